from collections.abc import Callable

import numpy as np

from training.corruptions.blackout import Blackout
from vmloc_ros.frame import Frame


def test_nothing_is_seen_and_every_sensor_is_there(full_frame: Frame) -> None:
    black = Blackout(("rgb", "depth", "lidar"))(full_frame, 0)
    for data, shape in (
        (black.rgb, (48, 64, 3)), (black.depth_mm, (48, 64)), (black.points, (720, 4)),
    ):  # fmt: skip
        assert data.shape == shape
        assert not data.any()


def test_a_sensor_that_the_frame_lacks_stays_away(frame_of: Callable[..., Frame]) -> None:
    black = Blackout(("rgb", "depth"))(frame_of(rgb=np.ones((2, 2, 3), np.uint8)), 0)
    assert black.depth_mm is None
    assert not black.rgb.any()
