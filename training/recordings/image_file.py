"""Image files of a recording: whole or an error, never a half-decoded picture.

OpenCV fills what is missing of a truncated PNG or JPEG with grey or zeros and only prints a
warning, so the files are checked before they are decoded.
"""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import RecordingError

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
JPEG_START_OF_SCAN, JPEG_END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"

INVALID_DEPTH_MM = 65535
"""7-Scenes writes this where there is no return; a `Frame` has 0 there."""

DECODE_BGR = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """Read a PNG or JPEG as (H, W, 3) uint8, RGB order.

    Raises:
        RecordingError: missing, truncated or no picture.
    """
    bgr = _decode(path, DECODE_BGR).astype(np.uint8, copy=False)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def read_depth_mm(path: Path) -> NDArray[np.uint16]:
    """Read a 16-bit PNG as (H, W) uint16 millimetres, 0 = no return.

    Raises:
        RecordingError: missing, truncated or not 16-bit with a single channel.
    """
    image = _decode(path, cv2.IMREAD_UNCHANGED)
    if image.dtype != np.uint16 or image.ndim != 2:
        raise RecordingError(
            f"{path}: depth must be a 16-bit PNG with one channel, "
            f"got {image.dtype} of shape {image.shape}"
        )
    depth_mm = image.astype(np.uint16, copy=False)
    depth_mm[depth_mm == INVALID_DEPTH_MM] = 0
    return depth_mm


def write_rgb(path: Path, rgb: NDArray[np.uint8]) -> None:
    """Write (H, W, 3) uint8 RGB as PNG."""
    _write_png(path, np.ascontiguousarray(rgb[..., ::-1]))


def write_depth_mm(path: Path, depth_mm: NDArray[np.uint16]) -> None:
    """Write (H, W) uint16 millimetres as 16-bit PNG."""
    _write_png(path, depth_mm)


def _decode(path: Path, flags: int) -> NDArray[np.generic]:
    try:
        data = path.read_bytes()
    except OSError as err:
        raise RecordingError(f"{path}: cannot be read ({err.strerror})") from err
    if not _is_whole(data):
        raise RecordingError(f"{path}: truncated or damaged PNG or JPEG; copy the file again")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as err:
        raise RecordingError(f"{path}: cannot be decoded as a picture") from err
    if image is None:
        raise RecordingError(f"{path}: cannot be decoded as a picture")
    return image


def _is_whole(data: bytes) -> bool:
    if data.startswith(PNG_SIGNATURE):
        return _png_is_whole(data)
    if data.startswith(JPEG_SIGNATURE):
        # Within a scan 0xff is always followed by 0x00 or a restart marker, so these two markers
        # are never picture data; a thumbnail in the header ends before the last scan starts.
        return data.rfind(JPEG_END_OF_IMAGE) > data.rfind(JPEG_START_OF_SCAN) > 0
    return False


def _png_is_whole(data: bytes) -> bool:
    """Walk the chunks (length, type, content, CRC) up to IEND."""
    start = len(PNG_SIGNATURE)
    while start + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        if end > len(data):
            return False
        (crc,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(memoryview(data)[start + 4 : end - 4]) != crc:
            return False
        if kind == b"IEND":
            return True
        start = end
    return False


def _write_png(path: Path, image: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    done, data = cv2.imencode(".png", image)
    assert done, "OpenCV encodes every 8-bit and 16-bit array as PNG"
    path.write_bytes(data.tobytes())
