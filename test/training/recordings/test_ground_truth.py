import numpy as np
from scipy.spatial.transform import Rotation

from training.recordings.ground_truth import GroundTruth
from vmloc_ros.pose import Pose

S = 1_000_000_000


def pose(x, yaw_deg=0.0):
    return Pose(np.array([x, 0.0, 0.0]), Rotation.from_euler("z", yaw_deg, degrees=True).as_quat())


def test_between_two_measurements_the_pose_is_interpolated():
    truth = GroundTruth({10 * S: pose(0.0), 10 * S + S // 2: pose(1.0, 60.0)})
    between = truth.at(10 * S + S // 8)
    assert between.distance_m(pose(0.25)) < 1e-12
    assert between.angle_deg(pose(0.0, 15.0)) < 1e-9


def test_at_a_measurement_the_pose_is_that_one_unchanged():
    measured = pose(0.1, 33.0)
    truth = GroundTruth({9 * S: pose(0.0), 10 * S: measured, 11 * S: pose(2.0)})
    assert truth.at(10 * S) is measured


def test_there_is_no_extrapolation():
    truth = GroundTruth({10 * S: pose(0.0), 10 * S + 100: pose(1.0)})
    assert truth.at(10 * S - 1) is None
    assert truth.at(10 * S + 101) is None


def test_there_is_no_interpolation_across_more_than_half_a_second():
    truth = GroundTruth({10 * S: pose(0.0), 10 * S + S // 2: pose(1.0), 11 * S + 1: pose(2.0)})
    assert truth.at(10 * S + S // 4) is not None
    assert truth.at(10 * S + 3 * S // 4) is None


def test_measurements_may_come_in_any_order():
    truth = GroundTruth({10 * S + 200: pose(2.0), 10 * S: pose(0.0), 10 * S + 100: pose(1.0)})
    assert truth.at(10 * S + 150).distance_m(pose(1.5)) < 1e-12


def test_without_measurements_there_is_no_pose():
    assert GroundTruth({}).at(10 * S) is None
    assert str(GroundTruth({})) == "no poses"
