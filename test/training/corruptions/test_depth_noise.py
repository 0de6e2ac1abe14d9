from collections.abc import Callable

import numpy as np
import pytest

from training.corruptions.depth_noise import DepthNoise
from vmloc_ros.frame import Frame


@pytest.mark.parametrize(("depth_mm", "sigma_mm"), [(400, 2.4), (2400, 17.6)])
def test_the_noise_grows_with_the_square_of_the_distance(
    frame_of: Callable[..., Frame], depth_mm: int, sigma_mm: float
) -> None:
    # Twice 1.2 mm, and twice 1.2 + 1.9 · 2² mm.
    image = np.full((200, 200), depth_mm, np.uint16)
    noisy = DepthNoise(2.0)(frame_of(depth_mm=image), 0).depth_mm.astype(float)
    assert noisy.std() == pytest.approx(sigma_mm, rel=0.03)


def test_no_return_stays_none_and_none_is_lost(frame_of: Callable[..., Frame]) -> None:
    image = np.array([[0, 1, 2, 60000] * 50], np.uint16)
    noisy = DepthNoise(10.0)(frame_of(depth_mm=image), 0).depth_mm
    np.testing.assert_array_equal(noisy > 0, image > 0)
