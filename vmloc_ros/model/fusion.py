"""Product of Gaussian experts (VMLoc Eqs. 4–5)."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Posterior:
    """q(z | x), a diagonal Gaussian per frame, float32."""

    mean: Tensor
    """(B, D)."""
    variance: Tensor
    """(B, D)."""
    expert_share: Tensor
    """(B, M + 1) share of each expert in the joint precision, averaged over D; last the prior."""

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw z = mean + sqrt(variance) ε (K, B, D); the paper's z = εμ + σ is a slip."""
        shape = (count, *self.mean.shape)
        noise = torch.randn(shape, generator=generator, device=self.mean.device)
        return self.mean + self.variance.sqrt() * noise


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
