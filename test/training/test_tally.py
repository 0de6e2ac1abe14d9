"""What became of a handful of frames, counted by hand."""

import math

import numpy as np

from training.tally import Tally
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.validity import Reason, Rejection

HERE = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


def answer(*present: str, rejected: Reason | None = None) -> PoseEstimate:
    rejection = None if rejected is None else Rejection(rejected, "as it happens")
    return PoseEstimate(1, HERE, np.eye(6), present, rejection=rejection)


def test_each_frame_is_counted_once() -> None:
    both = answer("rgb", "depth")
    tally = Tally.of(
        [
            *(both, both, both, answer("depth")),
            answer("rgb", "depth", rejected="novel"),
            answer("rgb", rejected="novel"),
            answer("rgb", "depth", rejected="disagreement"),
            None,
        ],
        ("rgb", "depth"),
    )
    assert tally.used == {"rgb+depth": 3, "depth": 1}
    assert tally.degraded == 0.25
    assert tally.rejected == {"novel": 2, "disagreement": 1}
    assert tally.failed == 1


def test_a_model_of_one_sensor_is_never_degraded() -> None:
    assert Tally.of([answer("depth")], ("depth",)).degraded == 0.0


def test_without_poses_nothing_can_be_degraded() -> None:
    assert math.isnan(Tally.of([answer("rgb", rejected="novel"), None], ("rgb",)).degraded)
