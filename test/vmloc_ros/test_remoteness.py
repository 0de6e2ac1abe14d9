"""Distances to what was trained on, computed by hand."""

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vmloc_ros.config import parse_config
from vmloc_ros.errors import ConfigError
from vmloc_ros.pose import Pose
from vmloc_ros.remoteness import Remoteness, TrainingPath

CONTENT: dict[str, Any] = {
    "novelty": {"rgb": 0.5, "depth": 0.25},
    "position_m": 0.1,
    "rotation_rad": 0.05,
    "slope": {"rgb": 0.0, "depth": 1.0, "rgb+depth": 3.0},
}


def remoteness(**changes: Any) -> Remoteness:
    return parse_config(CONTENT | changes, Remoteness, "test")


def pose(x: float = 0.0, turn: float = 0.0) -> Pose:
    return Pose(np.array([x, 0.0, 0.0]), Rotation.from_rotvec([0.0, 0.0, turn]).as_quat())


def test_it_is_the_mean_of_how_unlike_the_images_are_and_how_far_the_answer_is() -> None:
    path = TrainingPath([pose()], remoteness())
    # (0.5 / 0.5 + 0.75 / 0.25) / 2 = 2; 0.4 m are four units on one of two axes.
    far = 4.0 / np.sqrt(2.0)
    found = path.remoteness({"rgb": 0.5, "depth": 0.75}, pose(x=0.4))
    assert found == pytest.approx((2.0 + far) / 2.0)
    assert path.remoteness({"depth": 0.25}, pose()) == pytest.approx(0.5)


@pytest.mark.parametrize(("far", "growth"), [(0.0, 0.25), (1.0, 1.0), (2.0, 1.75), (9.0, 7.0)])
def test_sigma_grows_linearly_and_is_as_calibrated_where_remoteness_is_one(
    far: float, growth: float
) -> None:
    assert remoteness().growth("rgb+depth", far) == pytest.approx(growth)
    assert remoteness().growth("rgb", far) == 1.0


def test_the_nearest_training_pose_counts_in_distance_and_angle_together() -> None:
    path = TrainingPath([pose(), pose(x=1.0), pose(x=1.0, turn=1.0)], remoteness())
    # 0.3 m are three units, 0.2 rad are four; 0.9 rad from one training pose are 0.1 from another.
    assert path.offset(pose(x=0.3, turn=0.2)) == pytest.approx(5.0 / np.sqrt(2.0), rel=1e-3)
    assert path.offset(pose(x=1.0, turn=0.9)) == pytest.approx(2.0 / np.sqrt(2.0), rel=1e-3)


def test_both_quaternions_of_a_rotation_are_the_same_place() -> None:
    # w is near 0 on both sides of the half turn, where `Pose` changes the sign.
    path = TrainingPath([pose(turn=np.pi - 0.05)], remoteness())
    assert path.offset(pose(turn=np.pi + 0.05)) == pytest.approx(2.0 / np.sqrt(2.0), rel=1e-3)
    path = TrainingPath([pose()], remoteness())
    assert path.offset(pose()) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"novelty": {"rgb": 1.0}}, "remoteness.novelty needs a positive number for depth"),
        (
            {"novelty": {"rgb": 0.0, "depth": 1.0}},
            "remoteness.novelty needs a positive number for rgb",
        ),
        (
            {"slope": {"rgb": 0.0, "depth": -1.0}},
            "remoteness.slope needs a number of at least 0 for depth",
        ),
        (
            {"slope": {"rgb": 0.0, "depth": 0.0}},
            "remoteness.slope needs a number of at least 0 for rgb+depth",
        ),
    ],
)
def test_what_it_lacks_is_named(changes: dict[str, Any], problem: str) -> None:
    sets = ("rgb", "depth", "rgb+depth")
    assert remoteness().problem(("rgb", "depth"), sets) is None
    assert remoteness(**changes).problem(("rgb", "depth"), sets) == problem


@pytest.mark.parametrize("changes", [{"position_m": 0.0}, {"rotation_rad": float("nan")}])
def test_units_that_mean_nothing_are_refused(changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(ConfigError, match=name):
        remoteness(**changes)
