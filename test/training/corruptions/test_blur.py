from collections.abc import Callable

import numpy as np
import pytest

from training.corruptions.blur import Blur
from vmloc_ros.frame import Frame


def test_an_edge_becomes_as_wide_as_the_gaussian(frame_of: Callable[..., Frame]) -> None:
    image = np.zeros((20, 640, 3), np.uint8)
    image[:, 320:] = 200
    row = Blur(6.0)(frame_of(rgb=image), 0).rgb[10, :, 0].astype(float) / 200.0
    # One σ left and right of the edge, the integral of the Gaussian is 0.159 and 0.841.
    assert row[320 - 6] == pytest.approx(0.175, abs=0.02)
    assert row[320 + 5] == pytest.approx(0.825, abs=0.02)


def test_a_smaller_image_is_blurred_by_fewer_pixels(frame_of: Callable[..., Frame]) -> None:
    image = np.zeros((20, 320, 3), np.uint8)
    image[:, 160:] = 200
    blurred = Blur(6.0)(frame_of(rgb=image), 0).rgb[10, :, 0]
    between = (blurred > 200 * 0.16) & (blurred < 200 * 0.84)
    assert between.sum() == 6  # ± 3 px
