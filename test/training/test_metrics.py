"""Metrics by hand on a few poses, and against evo on many."""

import json
import math

import numpy as np
import pytest
from evo.core import metrics as evo
from evo.core.trajectory import PoseTrajectory3D
from scipy.spatial.transform import Rotation

from training.baselines import baseline_errors
from training.frame_errors import FrameErrors, pose_errors
from training.metrics import Metrics
from training.tally import Tally
from training.trajectory import Trajectory
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Pose


def pose(x: float = 0.0, y: float = 0.0, z: float = 0.0, yaw_deg: float = 0.0) -> Pose:
    rotation = Rotation.from_euler("z", yaw_deg, degrees=True)
    return Pose(np.array([x, y, z]), rotation.as_quat())


def along(*poses: Pose, first_ns: int = 0) -> Trajectory:
    return Trajectory(tuple(range(first_ns, first_ns + len(poses))), poses)


def scattered(count: int, seed: int) -> tuple[Pose, ...]:
    rng = np.random.default_rng(seed)
    rotations = Rotation.random(count, rng=rng)
    return tuple(Pose(rng.normal(size=3), rotation.as_quat()) for rotation in rotations)


def without_baselines(errors: FrameErrors) -> Metrics:
    return Metrics.measure(errors, {})


def test_errors_are_the_distance_and_the_angle_at_the_same_stamp() -> None:
    truth = along(pose(), pose(1.0, yaw_deg=10.0), pose(2.0))
    estimates = Trajectory((2, 1), (pose(2.0, 4.0, 3.0), pose(1.0, yaw_deg=-20.0)))
    errors = pose_errors(estimates, truth)
    np.testing.assert_allclose(errors.translation_m, [np.nan, 0.0, 5.0])
    np.testing.assert_allclose(errors.rotation_deg, [np.nan, 30.0, 0.0], atol=1e-9)


def test_a_stamp_one_nanosecond_off_is_no_match() -> None:
    truth = Trajectory((1_000_000_000_000_000_000, 5), (pose(), pose()))
    estimates = Trajectory((1_000_000_000_000_000_001, 5), (pose(9.0), pose()))
    np.testing.assert_array_equal(pose_errors(estimates, truth).answered, [False, True])


def test_estimates_of_another_recording_are_refused() -> None:
    with pytest.raises(RecordingError, match="none of the 2 estimates bears a stamp of the rec"):
        pose_errors(along(pose(), pose(), first_ns=100), along(pose(), pose()))


def test_nothing_can_be_measured_without_ground_truth() -> None:
    with pytest.raises(RecordingError, match="no frame with ground truth"):
        pose_errors(along(pose()), along())


def test_medians_are_over_answered_frames_and_recall_over_all() -> None:
    errors = FrameErrors(np.array([0.04, 0.09, 0.20, np.nan]), np.array([4.0, 9.0, 9.0, np.nan]))
    metrics = without_baselines(errors)
    assert (metrics.frames, metrics.poses, metrics.availability) == (4, 3, 0.75)
    assert metrics.median_translation_m == 0.09
    assert metrics.median_rotation_deg == 9.0
    assert metrics.mean_translation_m == pytest.approx(0.11)
    assert metrics.mean_rotation_deg == pytest.approx(22.0 / 3.0)
    # Linear between the order statistics: 0.95 · (3 − 1) = 1.9.
    assert metrics.p95_translation_m == pytest.approx(0.09 + 0.9 * 0.11)
    assert metrics.p95_rotation_deg == 9.0
    assert metrics.recall_5cm_5deg == 0.25
    assert metrics.recall_10cm_10deg == 0.5
    assert metrics.recall_25cm_10deg == 0.75


def test_a_frame_within_one_limit_alone_is_a_miss() -> None:
    errors = FrameErrors(np.array([0.01, 0.09]), np.array([6.0, 1.0]))
    assert errors.recall(0.05, 5.0) == 0.0
    assert errors.recall(0.10, 10.0) == 1.0


def test_where_no_frame_has_a_pose_the_numbers_are_null_and_recall_is_zero() -> None:
    metrics = without_baselines(pose_errors(along(), along(pose(), pose())))
    assert math.isnan(metrics.median_translation_m)
    content = json.loads(json.dumps(metrics.to_json_dict(), allow_nan=False))
    assert content["median_translation_m"] is None
    assert content["availability"] == 0.0
    assert content["recall_25cm_10deg"] == 0.0


def test_medians_and_means_agree_with_evo() -> None:
    truth, estimates = scattered(200, seed=1), scattered(200, seed=2)
    metrics = without_baselines(pose_errors(along(*estimates), along(*truth)))
    for relation, key in (
        (evo.PoseRelation.translation_part, "translation_m"),
        (evo.PoseRelation.rotation_angle_deg, "rotation_deg"),
    ):
        median, mean = evo_ape(truth, estimates, relation)
        assert getattr(metrics, f"median_{key}") == pytest.approx(median, abs=1e-6)
        assert getattr(metrics, f"mean_{key}") == pytest.approx(mean, abs=1e-6)


def evo_ape(
    truth: tuple[Pose, ...], estimates: tuple[Pose, ...], relation: evo.PoseRelation
) -> tuple[float, float]:
    """Return median and mean of the absolute pose error."""
    ape = evo.APE(relation)
    ape.process_data((evo_trajectory(truth), evo_trajectory(estimates)))
    statistics = (evo.StatisticsType.median, evo.StatisticsType.mean)
    median, mean = (float(ape.get_statistic(statistic)) for statistic in statistics)
    return median, mean


def evo_trajectory(poses: tuple[Pose, ...]) -> PoseTrajectory3D:
    return PoseTrajectory3D(
        poses_se3=[pose.matrix() for pose in poses],
        timestamps=np.arange(len(poses), dtype=np.float64),
    )


def test_the_baselines_stand_beside_the_metrics() -> None:
    truth = along(pose(1.0), pose(3.0, yaw_deg=8.0))
    training = [pose(1.0), pose(2.0), pose(3.0)]
    baselines = baseline_errors(training, truth)
    content = Metrics.measure(pose_errors(truth, truth), baselines).to_json_dict()
    assert content["baselines"]["constant_pose"]["median_translation_m"] == 1.0
    assert content["baselines"]["nearest_train_pose"]["median_translation_m"] == 0.0
    assert content["baselines"]["nearest_train_pose"]["median_rotation_deg"] == pytest.approx(4.0)


def test_what_became_of_the_frames_is_there_only_where_it_is_known() -> None:
    errors = pose_errors(along(pose()), along(pose(), pose()))
    assert "rejected" not in Metrics.measure(errors, {}).to_json_dict()
    tally = Tally(used={"rgb": 1}, degraded=1.0, rejected={"novel": 1}, failed=0)
    content = Metrics.measure(errors, {}, tally=tally).to_json_dict()
    assert content["used"] == {"rgb": 1}
    assert content["rejected"] == {"novel": 1}
    assert (content["degraded"], content["failed"]) == (1.0, 0)
    assert "tally" not in content
