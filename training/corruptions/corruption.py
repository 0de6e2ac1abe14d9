"""`Corruption`: something that happens to what a sensor saw."""

from dataclasses import Field
from typing import Any, ClassVar, Protocol
from zlib import crc32

from numpy.random import Generator, default_rng

from vmloc_ros.frame import Frame

REFERENCE_WIDTH_PX, REFERENCE_HEIGHT_PX = 640, 480
"""The image in whose pixels lengths are given."""


class Corruption(Protocol):
    """Frame → Frame, a dataclass of its parameters. The frame has what is corrupted."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return a changed copy; the same for the same seed and stamp."""


def random_of(frame: Frame, seed: int, what: str) -> Generator:
    """Return the random numbers of a frame for one kind of corruption, named `what`.

    The kinds do not share them: a mask on depth lies elsewhere than one on colour.
    """
    return default_rng([seed, frame.stamp_ns % 2**64, crc32(what.encode())])


def pixels(length_px: float, width: int) -> float:
    """Return a length in the pixels of an image of this width."""
    return length_px * width / REFERENCE_WIDTH_PX
