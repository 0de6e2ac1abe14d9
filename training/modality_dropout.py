"""Which sensors a training frame keeps (VMLoc Eq. 18)."""

import torch
from torch import Tensor

from vmloc_ros.model.frame_noise import frame_rand


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
    frames, modalities = recorded.shape
    drawn = frame_rand(frames, modalities + 1, device=recorded.device, generator=generator)
    chosen = torch.where(recorded, drawn[:, :-1], -1.0).argmax(1, keepdim=True)  # (B, 1)
    single = torch.zeros_like(recorded).scatter_(1, chosen, True)
    return torch.where(drawn[:, -1:] < keep_all, recorded, single)
