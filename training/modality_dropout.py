"""Which sensors a training frame keeps (VMLoc Eq. 18): drawn, or all choices by their probability.

The paper draws. The encoders are nearly all the work of a step and say the same of a frame whatever
is kept, so every choice can be learned from at once: the same loss in expectation, and each expert
learns from every frame. MVAE (Wu and Goodman 2018) adds up bounds of subsets in this way.
"""

import torch
from torch import Tensor

from vmloc_ros.model.frame_noise import frame_rand


def expected_masks(recorded: Tensor, keep_all: float) -> tuple[Tensor, Tensor]:
    """Return every choice of Eq. 18 instead of a draw: all experts, then each one alone.

    Args:
        recorded: (B, M) bool, what the frames have; at least one each.
        keep_all: probability p_1 of keeping all.

    Returns:
        (S · B, M) bool, row s · B + b is choice s of frame b, and the probabilities (S · B,) of the
        choices. S is 1 + M, but 1 where there is no choice. What a frame does not have gets 0.
    """
    if keep_all == 1.0 or recorded.shape[1] == 1:
        return recorded, torch.ones(len(recorded), device=recorded.device)
    alone = torch.eye(recorded.shape[1], dtype=torch.bool, device=recorded.device)
    masks = torch.cat([recorded[None], alone[:, None] & recorded])  # (S, B, M)
    single = (1.0 - keep_all) * recorded.T / recorded.sum(1)  # (M, B)
    probability = torch.cat([torch.full_like(single[:1], keep_all), single])
    return masks.flatten(0, 1), probability.flatten()


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
