"""`LatentWindow`: what a network with memory keeps of past frames."""

from collections import deque

import torch
from torch import Tensor

LONGEST_GAP_NS = 1_000_000_000
"""Frames farther apart do not belong to one clip."""


class LatentWindow:
    """The latents of the last T frames; it starts anew when time jumps, backwards or far ahead.

    Args:
        frames: T.
    """

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._latents: deque[Tensor] = deque(maxlen=frames)
        self._stamp_ns = 0

    def extend(self, stamp_ns: int, z: Tensor) -> Tensor:
        """Add a frame (S, D); returns (T, S, D), the oldest repeated where the past is short."""
        if not 0 < stamp_ns - self._stamp_ns <= LONGEST_GAP_NS:
            self._latents.clear()
        self._stamp_ns = stamp_ns
        self._latents.append(z)
        missing = self._frames - len(self._latents)
        return torch.stack([self._latents[0]] * missing + list(self._latents))
