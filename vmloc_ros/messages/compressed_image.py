"""`sensor_msgs/CompressedImage` → colour (JPEG, PNG) and depth (compressedDepth: PNG, RVL)."""

import struct
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.depth import metres_to_mm, valid_mm
from vmloc_ros.messages.encoding import DEPTH
from vmloc_ros.messages.header import payload, quoted
from vmloc_ros.messages.picture import decode_picture
from vmloc_ros.messages.rvl import decode_rvl

_Codec: TypeAlias = Callable[[NDArray[np.uint8]], NDArray[np.uint16]]

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
    """Decode compressedDepth (PNG or RVL, of 16UC1 millimetres or quantised 32FC1) to (H, W) mm.

    Raises:
        MessageError: another format or encoding, or damaged.
    """
    encoding, codec = _encoding_and_codec(str(msg.format))
    data = payload(msg)
    if data.size < _QUANTISATION.size:
        raise MessageError(f"compressed depth of {data.size} bytes lacks its header of 12 bytes")
    _, a, b = _QUANTISATION.unpack_from(data.data)
    values = codec(data[_QUANTISATION.size :])
    return metres_to_mm(_metres(values, a, b)) if encoding == "32FC1" else valid_mm(values)


def _encoding_and_codec(stated: str) -> tuple[str, _Codec]:
    """Split "16UC1; compressedDepth rvl"; image_transport wrote no codec while there was one."""
    encoding, _, transport = (part.strip() for part in stated.partition(";"))
    if encoding not in DEPTH or transport not in _CODECS:
        raise MessageError(
            f"compressed depth format {quoted(stated)} is not supported; known: "
            f"{', '.join(DEPTH)} with {', '.join(repr(name) for name in _CODECS)}"
        )
    return encoding, _CODECS[transport]


def _decode_png(data: NDArray[np.uint8]) -> NDArray[np.uint16]:
    picture = decode_picture(data.tobytes(), cv2.IMREAD_UNCHANGED, "png")
    if picture.dtype != np.uint16 or picture.ndim != 2:
        raise MessageError(
            f"compressed depth must be a 16-bit PNG with one channel, got {picture.dtype} of "
            f"shape {picture.shape}"
        )
    return picture


_CODECS: Mapping[str, _Codec] = {
    "compressedDepth": _decode_png,
    "compressedDepth png": _decode_png,
    "compressedDepth rvl": decode_rvl,
}


def _metres(inverse_depth: NDArray[np.uint16], a: float, b: float) -> NDArray[np.float64]:
    """Undo the quantisation 1/d = (v − b) / a; v = 0 stands for no return."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(inverse_depth > 0, a / (inverse_depth - b), np.nan)
