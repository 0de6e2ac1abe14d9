"""`ResidentFrames`: training frames in the memory of the device that learns from them."""

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from training.cache import Batch, CachedFrames

LARGEST_SHARE = 0.5
"""Of a GPU's free memory; the rest is for the network and its gradients."""
_AT_ONCE = 256
"""Frames that are brought over in one piece."""


class ResidentFrames(Dataset[Batch]):
    """The frames of `CachedFrames` on a device: a batch is gathered there, and nothing is copied.

    Args:
        frames: on the host, not empty.
        device: for all of them.
    """

    def __init__(self, frames: CachedFrames, device: torch.device) -> None:
        self._frames, self._device = frames, device
        parts = [
            {
                name: values.to(device)
                for name, values in frames.gather(np.arange(start, stop)).items()
            }
            for start, stop in _pieces(len(frames))
        ]
        self._values = {name: _join([part[name] for part in parts]) for name in parts[0]}

    def __len__(self) -> int:
        return len(self._frames)

    def __getitems__(self, rows: list[int]) -> Batch:
        """Gather a batch, as `CachedFrames` does."""
        chosen = torch.from_numpy(self._frames.rows_of_clips(rows)).to(self._device)
        return {name: _rows(values, chosen) for name, values in self._values.items()}


def near(frames: CachedFrames, device: torch.device) -> CachedFrames | ResidentFrames:
    """Return frames in the memory of a GPU where they fit, else where they are."""
    if device.type != "cuda":
        return frames
    free, _ = torch.cuda.mem_get_info(device)
    if needed_bytes(frames) > LARGEST_SHARE * free:
        return frames
    return ResidentFrames(frames, device)


def needed_bytes(frames: CachedFrames) -> int:
    """Return the memory that frames take."""
    one = frames.gather(np.zeros(1, np.int64))
    return len(frames) * sum(values.nbytes for values in one.values())


def _pieces(count: int) -> list[tuple[int, int]]:
    return [(start, min(start + _AT_ONCE, count)) for start in range(0, count, _AT_ONCE)]


def _join(parts: list[Tensor]) -> Tensor:
    if parts[0].dtype != torch.uint16:
        return torch.cat(parts)
    return torch.cat([part.view(torch.int16) for part in parts]).view(torch.uint16)


def _rows(values: Tensor, chosen: Tensor) -> Tensor:
    # Devices copy 16 bits, but not all of torch's kernels know them as unsigned.
    if values.dtype != torch.uint16:
        return values[chosen]
    return values.view(torch.int16)[chosen].view(torch.uint16)
