"""`GeometricLoss`: how far a pose is off, with learned scales (VMLoc Eq. 11)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from vmloc_ros.model.rotation import quat_from_rotation_vector

Loss = Callable[[Tensor, Tensor], Tensor]
"""Poses y (..., 6) and targets that broadcast to them, to losses (...)."""


class GeometricLoss(nn.Module):
    """L_p of Eq. 11 with L1 averaged over the three components, and learned scales s_t, s_r.

    Three times this loss is the negative log-likelihood of Laplace noise with scales exp(s), up to
    a constant. The paper's β0 and γ0 are exchanged in print: position starts at 0, rotation at −3.

    Args:
        position_log_scale: s_t at the start.
        rotation_log_scale: s_r at the start.
        either_branch: compare with that of the two logarithms of the target's rotation that is
            nearer to the answer, so that nothing jumps at half a turn.
        as_quaternions: compare rotations as unit quaternions of the same hemisphere (Kendall and
            Cipolla 2017), averaged over the four components.
    """

    def __init__(
        self,
        position_log_scale: float,
        rotation_log_scale: float,
        *,
        either_branch: bool = False,
        as_quaternions: bool = False,
    ) -> None:
        super().__init__()
        self._either_branch, self._as_quaternions = either_branch, as_quaternions
        self.position_log_scale = nn.Parameter(torch.tensor(position_log_scale))
        self.rotation_log_scale = nn.Parameter(torch.tensor(rotation_log_scale))

    def forward(self, pose: Tensor, target: Tensor) -> Tensor:
        """Compare y (..., 6) with targets that broadcast to it; returns (...)."""
        position = (pose[..., :3] - target[..., :3]).abs().mean(-1)
        return self.weigh(position, self._rotation_error(pose[..., 3:], target[..., 3:]))

    def weigh(self, position_error: Tensor, rotation_error: Tensor) -> Tensor:
        """Return the loss (...) of absolute errors (...)."""
        s_t, s_r = self.position_log_scale, self.rotation_log_scale
        position = position_error * torch.exp(-s_t) + s_t
        return position + (rotation_error * torch.exp(-s_r) + s_r)

    def _rotation_error(self, answer: Tensor, target: Tensor) -> Tensor:
        target = target.expand_as(answer)
        if self._as_quaternions:
            said, true = (quat_from_rotation_vector(2.0 * turn) for turn in (answer, target))
            sign = torch.where((said * true).sum(-1, keepdim=True) < 0.0, -1.0, 1.0)
            return (said - sign * true).abs().mean(-1)
        if self._either_branch:
            target = _nearer_branch(target, answer.detach())
        return (answer - target).abs().mean(-1)


def _nearer_branch(log_quat: Tensor, answer: Tensor) -> Tensor:
    """Return log q or log −q (..., 3), the same rotation, whichever is nearer to an answer."""
    other = log_quat * (1.0 - torch.pi / log_quat.norm(dim=-1, keepdim=True).clamp_min(1e-6))
    distance, other_distance = (
        (branch - answer).abs().sum(-1, keepdim=True) for branch in (log_quat, other)
    )
    return torch.where(other_distance < distance, other, log_quat)
