import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Pose, PoseNormalizer, interpolate, quat_exp, quat_log

QUARTER_TURN_Z = [0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)]
vectors = st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3)


def test_the_log_of_a_quarter_turn_is_an_eighth_of_a_circle_along_its_axis() -> None:
    np.testing.assert_allclose(quat_log(QUARTER_TURN_Z), [0.0, 0.0, np.pi / 4], atol=1e-15)


def test_a_half_turn_keeps_its_axis() -> None:
    np.testing.assert_allclose(quat_log([1.0, 0.0, 0.0, 0.0]), [np.pi / 2, 0.0, 0.0])


def test_the_log_of_the_identity_is_zero_and_of_a_tiny_rotation_is_exact() -> None:
    np.testing.assert_array_equal(quat_log([0.0, 0.0, 0.0, 1.0]), np.zeros(3))
    np.testing.assert_allclose(quat_log([1e-9, 0.0, 0.0, 1.0]), [1e-9, 0.0, 0.0], rtol=1e-12)


def test_both_signs_of_a_quaternion_have_the_same_log() -> None:
    q = np.array([0.1, -0.7, 0.5, 0.5])
    np.testing.assert_array_equal(quat_log(q), quat_log(-q))


@given(vectors)
def test_exp_and_log_are_inverse_within_the_half_ball(vector: list[float]) -> None:
    log_q = 0.9 * np.array(vector)  # norm at most 1.56 < π/2
    np.testing.assert_allclose(quat_log(quat_exp(log_q)), log_q, atol=1e-9)


def test_composition_takes_target_first() -> None:
    T_map_camera = Pose(np.array([1.0, 0.0, 0.0]), np.array(QUARTER_TURN_Z))
    T_camera_base = Pose(np.array([2.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
    np.testing.assert_allclose((T_map_camera @ T_camera_base).position, [1.0, 2.0, 0.0], atol=1e-15)


def test_a_pose_times_its_inverse_is_the_identity() -> None:
    pose = Pose(np.array([1.0, -2.0, 3.0]), np.array([0.5, -0.5, 0.5, 0.5]))
    np.testing.assert_allclose((pose @ pose.inverse()).matrix(), np.eye(4), atol=1e-15)


def test_distance_and_angle_are_in_metres_and_degrees() -> None:
    a = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
    b = Pose(np.array([3.0, 4.0, 0.0]), np.array(QUARTER_TURN_Z))
    assert a.distance_m(b) == pytest.approx(5.0)
    assert a.angle_deg(b) == pytest.approx(90.0)


def test_a_slightly_skewed_rotation_is_projected_to_a_true_one() -> None:
    skewed = np.eye(4)
    skewed[0, 1] = 5e-4
    R = Pose.from_matrix(skewed).matrix()[:3, :3]
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-14)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda T: T.__setitem__((0, 1), 5e-3), "no rigid transform"),
        (lambda T: T.__setitem__((0, 0), -1.0), "no rigid transform"),
        (lambda T: T.__setitem__((3, 0), 0.5), "no rigid transform"),
        (lambda T: T.__setitem__((0, 3), np.nan), "NaN"),
        (lambda T: T.__setitem__((0, 3), 1e160), "3 finite numbers below 1e.09 m"),
    ],
)
def test_what_is_no_pose_is_refused(change, message: str) -> None:
    T = np.eye(4)
    change(T)
    with pytest.raises(VmlocError, match=message):
        Pose.from_matrix(T)


def test_interpolation_halves_the_way_and_the_turn() -> None:
    a = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
    b = Pose(np.array([2.0, 0.0, 0.0]), np.array(QUARTER_TURN_Z))
    middle = interpolate(a, b, 0.5)
    np.testing.assert_allclose(middle.position, [1.0, 0.0, 0.0])
    assert a.angle_deg(middle) == pytest.approx(45.0)


def random_poses(count: int) -> list[Pose]:
    rng = np.random.default_rng(0)
    turns = Rotation.from_rotvec(rng.normal(0.0, 0.6, (count, 3)))
    return [
        Pose(p, q) for p, q in zip(rng.normal(5.0, 2.0, (count, 3)), turns.as_quat(), strict=True)
    ]


def test_normalised_targets_decode_to_the_poses_they_came_from() -> None:
    poses = random_poses(20)
    normalizer = PoseNormalizer.fit(poses)
    for pose in poses:
        back = normalizer.decode(normalizer.encode(pose))
        assert back.distance_m(pose) < 1e-12
        assert back.angle_deg(pose) < 1e-6


def test_normalised_positions_have_zero_mean_and_unit_root_mean_square() -> None:
    poses = random_poses(50)
    normalizer = PoseNormalizer.fit(poses)
    y = np.stack([normalizer.encode(pose) for pose in poses])
    np.testing.assert_allclose(y[:, :3].mean(axis=0), 0.0, atol=1e-12)
    assert np.square(y[:, :3]).mean() == pytest.approx(1.0)


def test_centring_keeps_rotations_around_a_half_turn_away_from_the_jump() -> None:
    turns = [Rotation.from_euler("z", angle, degrees=True) for angle in (170.0, 180.0, 190.0)]
    poses = [Pose(np.zeros(3), turn.as_quat()) for turn in turns]
    y = np.stack([PoseNormalizer.fit(poses).encode(pose) for pose in poses])
    np.testing.assert_allclose(np.degrees(2 * y[:, 5]), [-10.0, 0.0, 10.0], atol=1e-9)
