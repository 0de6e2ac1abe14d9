from dataclasses import replace

import numpy as np

from training.corruptions.delay import Delay
from vmloc_ros.frame import Frame


def sequence(length: int) -> list[Frame]:
    """Frames whose colour and depth are their number."""
    return [
        Frame(
            100 + number,
            "camera_optical_frame",
            rgb=np.full((2, 2, 3), number, np.uint8),
            depth_mm=np.full((2, 2), number, np.uint16),
        )
        for number in range(length)
    ]


def test_one_sensor_shows_what_it_saw_two_frames_earlier() -> None:
    late = Delay("depth", 2)(sequence(5))
    assert late.stamp_ns == 104
    assert (late.rgb.max(), late.depth_mm.max()) == (4, 2)


def test_the_first_frames_of_a_sequence_have_nothing_older() -> None:
    assert Delay("rgb", 2)(sequence(2)) is None
    assert Delay("rgb", 2)(sequence(3)) is not None


def test_a_sensor_that_is_missing_now_or_was_then_cannot_be_late() -> None:
    frames = sequence(2)
    blind = [replace(frame, depth_mm=None) for frame in frames]
    assert Delay("depth", 1)([blind[0], frames[1]]) is None
    assert Delay("depth", 1)([frames[0], blind[1]]) is None
