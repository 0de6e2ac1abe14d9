"""`Decoders`: what turns the message of each modality into its array."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.messages.image import decode_depth_mm, decode_rgb
from vmloc_ros.messages.point_cloud import decode_points, decode_sweep
from vmloc_ros.sweeps.sweep import Sweep


@dataclass(frozen=True, slots=True)
class Decoders:
    """The package's own decoders, unless others that give the same arrays take their place.

    Each raises `MessageError` and nothing else.
    """

    rgb: Callable[[Any], NDArray[np.uint8]] = decode_rgb
    """(H, W, 3) colour, RGB order."""
    depth_mm: Callable[[Any], NDArray[np.uint16]] = decode_depth_mm
    """(H, W) millimetres, 0 = no return."""
    points: Callable[[Any], NDArray[np.float32]] = decode_points
    """(N, 4) x, y, z and intensity."""
    sweep: Callable[[Any], Sweep] = decode_sweep
    """The same points, and when each was seen."""


BUILTIN = Decoders()
