"""From what the experts say to one latent: product of experts (VMLoc Eqs. 4–5), concatenation."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vmloc_ros.model.frame_noise import frame_randn


@dataclass(frozen=True, slots=True)
class Posterior:
    """q(z | x), a diagonal Gaussian per frame, float32; or features alone."""

    mean: Tensor
    """(B, D)."""
    variance: Tensor | None
    """(B, D); None where the latent is a vector of features."""
    expert_share: Tensor | None
    """(B, M + 1) share of each expert in the joint precision, averaged over D; last the prior. None
    where there are no precisions."""

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw z = mean + sqrt(variance) ε (K, B, D); the paper's z = εμ + σ is a slip."""
        assert self.variance is not None, "features have no distribution"
        frames, dim = self.mean.shape
        noise = frame_randn(count * frames, dim, device=self.mean.device, generator=generator)
        return self.mean + self.variance.sqrt() * noise.view(count, frames, dim)


def product_of_experts(means: Tensor, variances: Tensor, present: Tensor) -> Posterior:
    """Fuse the likelihood-like factors q̃(z|x_m) of the encoders with the prior N(0, I).

    Eq. 5, p(z|x) ∝ p(z) Π q̃(z|x_m), in precision space: an absent modality is a factor that is
    left out, which gives exactly the posterior under the remaining evidence, and with nothing
    present the prior. Eq. 4's division by the prior is not used: precisions could turn negative.

    Args:
        means: (B, M, D) of the M experts.
        variances: (B, M, D), positive.
        present: (B, M) bool.
    """
    precision = torch.where(present[..., None], variances.float().reciprocal(), 0.0)  # (B, M, D)
    joint = 1.0 + precision.sum(dim=1)  # (B, D)
    # where, not a product: what an absent sensor's encoder says must not leak, not even as NaN.
    weighted = torch.where(present[..., None], precision * means.float(), 0.0)
    share = torch.cat([precision, torch.ones_like(precision[:, :1])], dim=1) / joint[:, None]
    return Posterior(weighted.sum(dim=1) / joint, joint.reciprocal(), share.mean(dim=2))


def concatenation(features: Tensor, present: Tensor) -> Posterior:
    """Put features (B, M, D / M) side by side, zeros for a modality that is absent."""
    kept = torch.where(present[..., None], features.float(), 0.0)
    return Posterior(kept.flatten(1), None, None)
