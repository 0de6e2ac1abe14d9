"""The objective of VMLoc: geometric loss, importance-weighted bound, modality dropout."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vmloc_ros.config import ObjectiveConfig
from vmloc_ros.model.fusion import Posterior


class GeometricLoss(nn.Module):
    """L_p of Eq. 11 with L1 averaged over the three components, and learned scales s_t, s_r.

    Three times this loss is the negative log-likelihood of Laplace noise with scales exp(s), up to
    a constant. The paper's β0 and γ0 are exchanged in print: position starts at 0, rotation at −3.

    Args:
        position_log_scale: s_t at the start.
        rotation_log_scale: s_r at the start.
        either_branch: compare with that of the two logarithms of the target's rotation that is
            nearer to the answer, so that nothing jumps at half a turn.
    """

    def __init__(
        self, position_log_scale: float, rotation_log_scale: float, *, either_branch: bool = False
    ) -> None:
        super().__init__()
        self._either_branch = either_branch
        self.position_log_scale = nn.Parameter(torch.tensor(position_log_scale))
        self.rotation_log_scale = nn.Parameter(torch.tensor(rotation_log_scale))

    def forward(self, pose: Tensor, target: Tensor) -> Tensor:
        """Compare y (..., 6) with targets that broadcast to it; returns (...)."""
        turn = target[..., 3:].expand_as(pose[..., 3:])
        if self._either_branch:
            turn = _nearer_branch(turn, pose[..., 3:].detach())
        error = torch.cat([pose[..., :3] - target[..., :3], pose[..., 3:] - turn], dim=-1).abs()
        s_t, s_r = self.position_log_scale, self.rotation_log_scale
        position = error[..., :3].mean(-1) * torch.exp(-s_t) + s_t
        rotation = error[..., 3:].mean(-1) * torch.exp(-s_r) + s_r
        return position + rotation


def _nearer_branch(log_quat: Tensor, answer: Tensor) -> Tensor:
    """Return log q or log −q (..., 3), the same rotation, whichever is nearer to an answer."""
    other = log_quat * (1.0 - torch.pi / log_quat.norm(dim=-1, keepdim=True).clamp_min(1e-6))
    distance, other_distance = (
        (branch - answer).abs().sum(-1, keepdim=True) for branch in (log_quat, other)
    )
    return torch.where(other_distance < distance, other, log_quat)


@dataclass(frozen=True, slots=True)
class Bound:
    """The bound of one batch."""

    loss: Tensor
    """() to minimise; its gradient is the doubly reparameterised one."""
    value: Tensor
    """() mean of log 1/K Σ w (Eq. 7), with the weights of Eq. 15."""
    effective_samples: Tensor
    """() mean of 1 / Σ w̃²: of the K samples, how many carry weight."""


def importance_weighted_bound(
    posterior: Posterior,
    decode: Callable[[Tensor], Tensor],
    loss: Callable[[Tensor, Tensor], Tensor],
    target: Tensor,
    config: ObjectiveConfig,
    generator: torch.Generator | None = None,
) -> Bound:
    """Compute Eqs. 7–15 in one backward pass.

    The decoder and the loss scales get Σ w̃ ∂ log w (Eq. 14). On the way to the encoders the
    gradient of each sample is scaled once more: by w̃ as the paper prints it (Eq. 13), or by
    (1 − λ) + λ w̃, which keeps the estimator unbiased when λ ≠ 1 scales the score term too.

    Args:
        posterior: q(z|x) of B frames.
        decode: (K, B, D) to y (K, B, 6).
        loss: L_p, (K, B, 6) and target (B, 6) to (K, B).
        target: (B, 6).
        config: K, λ and the kind of gradient.
        generator: source of ε; the global one by default.
    """
    gate = _GradientGate()
    z = gate.pass_through(posterior.sample(config.samples, generator))  # (K, B, D)
    log_weight = _log_weights(z, posterior, loss(decode(z), target), config.prior_weight)
    weight = torch.softmax(log_weight.detach(), dim=0)  # (K, B)
    gate.factor = _gradient_factor(weight, config)[..., None]
    count = torch.log(torch.tensor(float(config.samples)))
    return Bound(
        loss=-(weight * log_weight).sum(0).mean(),
        value=(torch.logsumexp(log_weight.detach(), dim=0) - count).mean(),
        effective_samples=weight.square().sum(0).reciprocal().mean(),
    )


def _log_weights(z: Tensor, posterior: Posterior, loss: Tensor, prior_weight: float) -> Tensor:
    """Log w of Eq. 15 (K, B). φ reaches log q through z alone: its parameters are detached."""
    mean, variance = posterior.mean.detach(), posterior.variance.detach()
    # Σ over D of log N(z; 0, 1) − log N(z; μ, σ²); the constants cancel.
    ratio = 0.5 * ((z - mean).square() / variance + variance.log() - z.square()).sum(-1)
    return -loss + prior_weight * ratio


def _gradient_factor(weight: Tensor, config: ObjectiveConfig) -> Tensor:
    if config.dreg == "paper":
        return weight
    return (1.0 - config.prior_weight) + config.prior_weight * weight


class _GradientGate:
    """An identity whose backward pass multiplies by a factor set after the forward pass."""

    def __init__(self) -> None:
        self.factor: Tensor | None = None
        self.passes = 0

    def pass_through(self, z: Tensor) -> Tensor:
        result: Tensor = _Gate.apply(z, self)
        return result


class _Gate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, z: Tensor, gate: _GradientGate) -> Tensor:
        ctx.gate = gate  # type: ignore[attr-defined]
        return z.view_as(z)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        gate: _GradientGate = ctx.gate  # type: ignore[attr-defined]
        assert gate.factor is not None, "the factor is set before the backward pass"
        gate.passes += 1
        return gate.factor * gradient, None


def drop_modalities(
    recorded: Tensor, keep_all: float, generator: torch.Generator | None = None
) -> Tensor:
    """Draw which experts each frame keeps (Eq. 18): all, or one of those recorded.

    Args:
        recorded: (B, M) bool, what the frames have; at least one each.
        keep_all: probability p_1 of keeping all; each single one has (1 − p_1) / M.
        generator: random source on the device of `recorded`; the global one by default.

    Returns:
        (B, M) bool, at least one true in each row.
    """
    device = recorded.device
    chosen = torch.multinomial(recorded.float(), 1, generator=generator)  # (B, 1)
    single = torch.zeros_like(recorded).scatter_(1, chosen, True)
    keep = torch.rand(len(recorded), 1, generator=generator, device=device) < keep_all
    return torch.where(keep, recorded, single)
