"""Bounds on the log-likelihood of a pose: importance-weighted (VMLoc), and the evidence bound."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from training.geometric_loss import Loss
from vmloc_ros.config import ObjectiveConfig
from vmloc_ros.model.fusion import Posterior


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
    loss: Loss,
    target: Tensor,
    config: ObjectiveConfig,
    generator: torch.Generator | None = None,
    weights: Tensor | None = None,
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
        weights: of the frames (B,) in the means over them; None: all alike.
    """
    gate = _GradientGate()
    z = gate.pass_through(posterior.sample(config.samples, generator))  # (K, B, D)
    log_weight = _log_weights(z, posterior, loss(decode(z), target), config.prior_weight)
    weight = torch.softmax(log_weight.detach(), dim=0)  # (K, B)
    gate.factor = _gradient_factor(weight, config)[..., None]
    count = torch.log(torch.tensor(float(config.samples)))
    return Bound(
        loss=-_mean((weight * log_weight).sum(0), weights),
        value=_mean(torch.logsumexp(log_weight.detach(), dim=0) - count, weights),
        effective_samples=_mean(weight.square().sum(0).reciprocal(), weights),
    )


def _log_weights(z: Tensor, posterior: Posterior, loss: Tensor, prior_weight: float) -> Tensor:
    """Log w of Eq. 15 (K, B). φ reaches log q through z alone: its parameters are detached."""
    assert posterior.variance is not None
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


def evidence_lower_bound(
    posterior: Posterior,
    decode: Callable[[Tensor], Tensor],
    loss: Loss,
    target: Tensor,
    prior_weight: float,
    weights: Tensor | None = None,
) -> Tensor:
    """Return the loss () of Eq. 3 with one sample: L_p + λ KL(q(z|x) ‖ N(0, I)) (PoE-VMLoc).

    Arguments as for `importance_weighted_bound`.
    """
    assert posterior.variance is not None
    mean, variance = posterior.mean, posterior.variance
    divergence = 0.5 * (mean.square() + variance - 1.0 - variance.log()).sum(-1)  # (B,)
    pose_loss = loss(decode(posterior.sample(1)), target)[0]  # (B,)
    return _mean(pose_loss + prior_weight * divergence, weights)


def _mean(values: Tensor, weights: Tensor | None) -> Tensor:
    """Return the mean () over frames (B,)."""
    return values.mean() if weights is None else (weights * values).sum() / weights.sum()
