"""Rotations compared as quaternions; the rest is in test_objective."""

import math

import pytest
import torch

from training.geometric_loss import GeometricLoss


def turn_about_z(degrees: float) -> torch.Tensor:
    return torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0, math.radians(degrees) / 2.0]])


def test_quaternions_are_compared_component_by_component() -> None:
    loss = GeometricLoss(0.0, 0.0, as_quaternions=True)
    # (0, 0, sin 30°, cos 30°) beside (0, 0, 0, 1)
    expected = (0.5 + 1.0 - math.sqrt(0.75)) / 4.0
    assert loss(turn_about_z(60.0), turn_about_z(0.0)).item() == pytest.approx(expected)


def test_both_signs_of_a_quaternion_are_one_rotation() -> None:
    loss = GeometricLoss(0.0, 0.0, as_quaternions=True)
    nearly_the_same = loss(turn_about_z(179.0), turn_about_z(-179.0)).item()
    assert nearly_the_same == pytest.approx(2.0 * math.sin(math.radians(0.5)) / 4.0, rel=0.01)
