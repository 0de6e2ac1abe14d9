from collections.abc import Callable

import numpy as np
import pytest

from training.corruptions.colour_noise import ColourNoise
from vmloc_ros.frame import Frame


def test_the_noise_has_the_standard_deviation_that_is_asked_for(
    frame_of: Callable[..., Frame],
) -> None:
    noisy = ColourNoise(10.0)(frame_of(rgb=np.full((100, 100, 3), 128, np.uint8)), 0)
    difference = noisy.rgb.astype(float) - 128.0
    assert difference.std() == pytest.approx(10.0, rel=0.03)
    assert difference.mean() == pytest.approx(0.0, abs=0.2)


def test_black_and_white_do_not_wrap_around(frame_of: Callable[..., Frame]) -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    image[:, 20:] = 255
    noisy = ColourNoise(10.0)(frame_of(rgb=image), 0).rgb
    assert noisy[:, :20].max() < 60
    assert noisy[:, 20:].min() > 195
