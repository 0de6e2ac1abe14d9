"""Rotations of the network against SciPy's."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from vmloc_ros.model.rotation import quat_from_two_axes, rotation_angle


def columns(rotations: Rotation) -> torch.Tensor:
    """The first two columns (N, 6)."""
    return torch.tensor(rotations.as_matrix()[:, :, :2].transpose(0, 2, 1).reshape(-1, 6))


def test_two_columns_of_a_rotation_name_it() -> None:
    rotations = Rotation.random(200, random_state=0)
    named = quat_from_two_axes(columns(rotations))
    angle = rotation_angle(named, torch.tensor(rotations.as_quat()))
    assert angle.max() < 1e-6


def test_half_turns_about_every_axis_are_read() -> None:
    half_turns = Rotation.from_rotvec(np.pi * np.eye(3))
    named = quat_from_two_axes(columns(half_turns))
    torch.testing.assert_close(named.abs(), torch.tensor(half_turns.as_quat()).abs())


def test_axes_of_any_length_and_angle_are_made_orthonormal() -> None:
    # The first along y, the second leans: what of it is upright to the first counts.
    named = quat_from_two_axes(torch.tensor([0.0, 3.0, 0.0, -2.0, 7.0, 0.0]))
    quarter = Rotation.from_euler("z", 90.0, degrees=True).as_quat()
    torch.testing.assert_close(named, torch.tensor(quarter, dtype=torch.float32))


def test_the_gradient_exists_through_a_whole_turn() -> None:
    turns = Rotation.from_euler("z", np.arange(7.0, 360.0, 15.0)[:, None], degrees=True)
    axes = (2.0 * columns(turns)).requires_grad_()
    assert torch.autograd.gradcheck(quat_from_two_axes, axes)
