"""Random numbers of frames that do not depend on how many processes share a batch.

Where N processes train together, each seeded alike, process r has the frames r, r + N, r + 2N … of
the whole batch, the order of `DistributedSampler`. Each process draws for the whole batch and keeps
the rows of its own frames: a frame then meets the noise that it would meet in one process. Clips
are shared out likewise, and all their first frames come before all second ones, so that the rule
holds for these too.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def processes() -> tuple[int, int]:
    """Return this process's number and how many train together."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


def frame_rand(
    rows: int, *shape: int, device: torch.device, generator: torch.Generator | None = None
) -> Tensor:
    """Draw from [0, 1), (rows, ...): a row for each frame, or for each sample of each frame."""
    return _own_rows(
        rows, lambda count: torch.rand(count, *shape, device=device, generator=generator)
    )


def frame_randn(
    rows: int, *shape: int, device: torch.device, generator: torch.Generator | None = None
) -> Tensor:
    """Draw from N(0, 1), (rows, ...): a row for each frame, or for each sample of each frame."""
    return _own_rows(
        rows, lambda count: torch.randn(count, *shape, device=device, generator=generator)
    )


class FrameDropout(nn.Dropout):
    """Dropout whose mask is drawn as all noise of frames."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., D) to (..., D); all but the last dimension are of samples and frames."""
        if not self.training or self.p == 0.0 or processes() == (0, 1):
            return nn.functional.dropout(x, self.p, self.training, self.inplace)
        keep = 1.0 - self.p
        mask = _own_rows(
            x.shape[:-1].numel(),
            lambda count: x.new_empty(count, x.shape[-1]).bernoulli_(keep).div_(keep),
        )
        return x * mask.view_as(x)


def _own_rows(rows: int, draw: Callable[[int], Tensor]) -> Tensor:
    """Draw for all processes and keep the rows of this one.

    Row k · B + b is sample k of frame b; in the whole batch of N · B frames it is the row
    k · N · B + N · b + r = N (k · B + b) + r: one step holds for frames and for samples of them.
    """
    rank, count = processes()
    return draw(count * rows)[rank::count]
