from collections.abc import Callable

import numpy as np

from training.corruptions.darkness import Darkness
from vmloc_ros.frame import Frame


def test_a_tenth_of_the_light_leaves_a_third_of_the_grey_level(
    frame_of: Callable[..., Frame],
) -> None:
    image = np.array([[[0, 100, 255]]], np.uint8)
    # 0.1 ** (1 / 2.2) = 0.3511
    np.testing.assert_array_equal(Darkness(0.1)(frame_of(rgb=image), 0).rgb, [[[0, 35, 90]]])


def test_little_light_leaves_few_grey_levels(frame_of: Callable[..., Frame]) -> None:
    image = np.arange(255, dtype=np.uint8).reshape(5, 17, 3)
    # 254 * 0.01 ** (1 / 2.2) = 31.3
    assert len(np.unique(Darkness(0.01)(frame_of(rgb=image), 0).rgb)) == 32


def test_all_of_the_light_changes_nothing(full_frame: Frame) -> None:
    np.testing.assert_array_equal(Darkness(1.0)(full_frame, 0).rgb, full_frame.rgb)
