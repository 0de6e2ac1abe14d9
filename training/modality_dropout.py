"""Which sensors a training frame keeps (VMLoc Eq. 18)."""

import torch
from torch import Tensor


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
