"""The baselines on a few training poses, by hand."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from training.baselines import baseline_errors, constant_pose, nearest_poses
from training.trajectory import Trajectory
from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Pose

ROOT = Path(__file__).parents[2]
KITCHEN = Path(os.environ.get("VMLOC_DATA", ROOT.parent / "shared" / "data")) / "redkitchen"


def pose(x: float = 0.0, y: float = 0.0, z: float = 0.0, yaw_deg: float = 0.0) -> Pose:
    rotation = Rotation.from_euler("z", yaw_deg, degrees=True)
    return Pose(np.array([x, y, z]), rotation.as_quat())


def test_the_constant_pose_is_the_median_position_and_the_mean_rotation() -> None:
    constant = constant_pose(
        [pose(0.0, 5.0, yaw_deg=20.0), pose(1.0, 6.0, yaw_deg=40.0), pose(9.0, 0.0, yaw_deg=60.0)]
    )
    np.testing.assert_allclose(constant.position, [1.0, 5.0, 0.0])
    assert constant.angle_deg(pose(yaw_deg=40.0)) == pytest.approx(0.0, abs=1e-6)


def test_five_centimetres_count_as_much_as_five_degrees_for_the_nearest_pose() -> None:
    near, aligned = pose(0.02, yaw_deg=9.0), pose(0.10, yaw_deg=0.0)  # costs 2.2 and 2.0
    assert nearest_poses([near, aligned], [pose()]) == [aligned]
    nearer = pose(0.02, yaw_deg=7.0)  # costs 1.8
    assert nearest_poses([aligned, nearer], [pose()]) == [nearer]


def test_the_nearest_pose_does_not_mind_the_sign_of_a_quaternion() -> None:
    left, right = pose(yaw_deg=179.0), pose(yaw_deg=-179.0)  # 2° apart, opposite quaternions
    assert nearest_poses([pose(yaw_deg=170.0), left], [right]) == [left]


def test_the_baselines_need_training_poses() -> None:
    with pytest.raises(VmlocError, match="at least one training pose"):
        baseline_errors([], Trajectory((1,), (pose(),)))


@pytest.mark.skipif(not KITCHEN.is_dir(), reason="needs redkitchen in $VMLOC_DATA")
def test_the_baselines_of_the_red_kitchen_are_the_known_ones() -> None:
    truth = kitchen_poses("TestSplit.txt")
    errors = baseline_errors(
        kitchen_poses("TrainSplit.txt"), Trajectory(tuple(range(len(truth))), truth)
    )
    constant, nearest = errors["constant_pose"], errors["nearest_train_pose"]
    assert np.median(constant.translation_m) == pytest.approx(0.48, abs=0.005)
    assert np.median(nearest.translation_m) == pytest.approx(0.056, abs=0.0005)


def kitchen_poses(split: str) -> tuple[Pose, ...]:
    """Read the poses of a split without its images."""
    numbers = [int(line.split("sequence")[-1]) for line in (KITCHEN / split).read_text().split()]
    files = [path for k in numbers for path in sorted(KITCHEN.glob(f"seq-{k:02d}/*.pose.txt"))]
    return tuple(Pose.from_matrix(np.loadtxt(path)) for path in files)
