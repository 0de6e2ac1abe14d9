"""`CameraMotion`: from where a frame was taken to where it is to be seen from."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vmloc_ros.model.frame_noise import frame_rand
from vmloc_ros.model.rotation import quat_from_rotation_vector, quat_matrix


@dataclass(frozen=True, slots=True, eq=False)
class CameraMotion:
    """T_old_new of B cameras: takes coordinates of the new one to those of the old one."""

    quat_old_new: Tensor
    """(B, 4) x y z w."""
    shift_m: Tensor
    """(B, 3) centre of the new camera in the optical axes of the old one, metres."""

    @classmethod
    def draw(
        cls, count: int, limits_rad: Sequence[float], shift_m: float, device: torch.device
    ) -> "CameraMotion":
        """Draw turns evenly up to limits about x (pitch), y (yaw) and z (roll), and shifts."""
        return cls._drawn(torch.ones(count, 1, device=device), limits_rad, shift_m)

    @classmethod
    def draw_sizes(
        cls, count: int, limits_rad: Sequence[float], shift_m: float, device: torch.device
    ) -> "CameraMotion":
        """Draw motions of all sizes: each within a share of the limits that is drawn evenly."""
        return cls._drawn(frame_rand(count, 1, device=device), limits_rad, shift_m)

    @classmethod
    def _drawn(cls, share: Tensor, limits_rad: Sequence[float], shift_m: float) -> "CameraMotion":
        count, device = len(share), share.device
        limits = torch.tensor(limits_rad, device=device) * share
        # What is not asked for takes no random numbers: trainings without a shift stay as they are.
        quat = quat_from_rotation_vector(_even(count, device) * limits)
        if not shift_m:
            return cls(quat, torch.zeros(count, 3, device=device))
        return cls(quat, _even(count, device) * shift_m * share)

    @property
    def R_old_new(self) -> Tensor:
        """Rotation matrices (B, 3, 3)."""
        return quat_matrix(self.quat_old_new)

    def T_new_old(self) -> Tensor:
        """Return the matrices (B, 4, 4) that take old coordinates to new ones."""
        R_new_old = self.R_old_new.transpose(1, 2)
        T = torch.zeros(len(R_new_old), 4, 4, device=R_new_old.device)
        T[:, :3, :3] = R_new_old
        T[:, :3, 3] = -(R_new_old * self.shift_m[:, None]).sum(-1)
        T[:, 3, 3] = 1.0
        return T

    def without_shift_unless(self, movable: Tensor) -> "CameraMotion":
        """Leave only the turn to the cameras that are not `movable` (B,) bool."""
        return CameraMotion(self.quat_old_new, torch.where(movable[:, None], self.shift_m, 0.0))


def _even(count: int, device: torch.device) -> Tensor:
    return 2.0 * frame_rand(count, 3, device=device) - 1.0
