"""`sensor_msgs/CompressedImage` → colour (JPEG, PNG) and depth (compressedDepth with PNG)."""

import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.depth import metres_to_mm, valid_mm
from vmloc_ros.messages.header import payload
from vmloc_ros.messages.picture import decode_picture

_QUANTISATION = struct.Struct("<iff")
"""Header of compressedDepth: a format number that drivers leave wrong, then a and b."""


def decode_compressed_rgb(msg: Any) -> NDArray[np.uint8]:
    """Decode a JPEG or PNG to (H, W, 3) RGB.

    Raises:
        MessageError: another format, damaged, or larger than any camera's image.
    """
    # The orientation that EXIF may state would no longer fit the intrinsics.
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    picture = decode_picture(payload(msg).tobytes(), flags, str(msg.format))
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def decode_compressed_depth_mm(msg: Any) -> NDArray[np.uint16]:
    """Decode compressedDepth (PNG of 16UC1 millimetres, or of quantised 32FC1) to (H, W) mm.

    Raises:
        MessageError: another format or encoding, or damaged.
    """
    encoding, _, transport = str(msg.format).partition(";")
    is_known = encoding.strip() in ("16UC1", "mono16", "32FC1")
    if not is_known or transport.strip() not in ("compressedDepth", "compressedDepth png"):
        raise MessageError(
            f"compressed depth format {msg.format!r} is not supported; known: "
            "16UC1, mono16 and 32FC1 with 'compressedDepth' or 'compressedDepth png'"
        )
    data = payload(msg).tobytes()
    if len(data) < _QUANTISATION.size:
        raise MessageError(f"compressed depth of {len(data)} bytes lacks its header of 12 bytes")
    _, a, b = _QUANTISATION.unpack_from(data)
    picture = decode_picture(data[_QUANTISATION.size :], cv2.IMREAD_UNCHANGED, str(msg.format))
    if picture.dtype != np.uint16 or picture.ndim != 2:
        raise MessageError(
            f"compressed depth must be a 16-bit PNG with one channel, got {picture.dtype} of "
            f"shape {picture.shape}"
        )
    return (
        metres_to_mm(_metres(picture, a, b)) if encoding.strip() == "32FC1" else valid_mm(picture)
    )


def _metres(inverse_depth: NDArray[np.uint16], a: float, b: float) -> NDArray[np.float64]:
    """Undo the quantisation 1/d = (v − b) / a; v = 0 stands for no return."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(inverse_depth > 0, a / (inverse_depth - b), np.nan)
