import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from training.views.camera_motion import CameraMotion
from vmloc_ros.pose import Pose

CPU = torch.device("cpu")


def test_its_matrix_takes_old_coordinates_to_new_ones() -> None:
    T_old_new = Pose(np.array([0.1, -0.2, 0.3]), Rotation.from_euler("xyz", [3, 2, 1]).as_quat())
    quat, shift = (
        torch.tensor(numbers, dtype=torch.float32)[None]
        for numbers in (T_old_new.quat_xyzw, T_old_new.position)
    )
    expected = T_old_new.inverse().matrix()
    np.testing.assert_allclose(CameraMotion(quat, shift).T_new_old()[0], expected, atol=1e-6)


def test_turns_stay_within_their_limits_and_reach_them() -> None:
    torch.manual_seed(0)
    motion = CameraMotion.draw(2000, [0.0, 0.2, 0.1], 0.0, CPU)
    vectors = np.abs(Rotation.from_quat(motion.quat_old_new).as_rotvec()).max(axis=0)
    np.testing.assert_allclose(vectors, [0.0, 0.2, 0.1], atol=1e-3)
    assert not motion.shift_m.any()


def test_motions_of_all_sizes_are_drawn_within_a_share_of_the_limits_each() -> None:
    torch.manual_seed(0)
    motion = CameraMotion.draw_sizes(4000, [0.2] * 3, 0.5, CPU)
    turns = Rotation.from_quat(motion.quat_old_new).magnitude()
    shifts = motion.shift_m.norm(dim=1).numpy()
    assert motion.shift_m.abs().max() == pytest.approx(0.5, abs=0.02)
    # Turn and shift share the size: small ones come together.
    assert np.corrcoef(turns, shifts)[0, 1] > 0.5
    assert np.quantile(shifts, 0.1) < 0.1 * np.quantile(shifts, 0.95)


def test_a_turn_of_a_seed_is_the_same_with_and_without_a_shift() -> None:
    torch.manual_seed(0)
    still = CameraMotion.draw(4, [0.1] * 3, 0.0, CPU)
    torch.manual_seed(0)
    torch.testing.assert_close(
        CameraMotion.draw(4, [0.1] * 3, 0.2, CPU).quat_old_new, still.quat_old_new
    )


def test_a_camera_that_is_not_movable_keeps_its_turn_alone() -> None:
    torch.manual_seed(0)
    motion = CameraMotion.draw(2, [math.pi / 9] * 3, 0.2, CPU)
    held = motion.without_shift_unless(torch.tensor([True, False]))
    torch.testing.assert_close(held.quat_old_new, motion.quat_old_new)
    torch.testing.assert_close(held.shift_m[0], motion.shift_m[0])
    assert held.shift_m[1].tolist() == [0.0, 0.0, 0.0]
