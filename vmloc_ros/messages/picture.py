"""JPEG and PNG data: checked to be whole and of a sane size before they are decoded.

OpenCV fills what a truncated file lacks with grey or zeros, and allocates what a header claims.
"""

import struct
import zlib
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.header import quoted

MAX_PIXELS = 64_000_000
MAX_PIXELS_PER_BYTE = 8 * 1032
"""Deflate shrinks at most 1032 : 1 and a pixel has a bit at least; JPEG stays far below."""
MAX_SCANS = 100
"""Each scan of a progressive JPEG is a walk over all pixels; encoders write about ten."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_SIGNATURE = b"\xff\xd8\xff"
_JPEG_SCAN, _JPEG_END = b"\xff\xda", b"\xff\xd9"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 … SOF15; the three left out are tables."""


def decode_picture(data: bytes, flags: int, name: str) -> NDArray[Any]:
    """Decode a JPEG or PNG with OpenCV's `flags`; `name` stands for it in errors.

    Raises:
        MessageError: neither format, truncated, damaged, or of an absurd size.
    """
    width, height = _size(data, name)
    limit = min(MAX_PIXELS, MAX_PIXELS_PER_BYTE * len(data))
    if not 0 < width * height <= limit:
        raise MessageError(
            f"{quoted(name)} image claims {width}×{height} pixels in {len(data)} bytes; "
            f"1 to {limit} pixels are accepted"
        )
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as err:
        raise _damaged(data, name) from err
    if picture is None or picture.shape[:2] != (height, width):
        raise _damaged(data, name)
    return np.asarray(picture)


def _damaged(data: bytes, name: str) -> MessageError:
    return MessageError(f"{quoted(name)} image cannot be decoded: damaged {len(data)} bytes")


def _size(data: bytes, name: str) -> tuple[int, int]:
    """Return width and height of a picture that is there as a whole."""
    if data.startswith(_PNG_SIGNATURE) and _png_is_whole(data):
        width, height = struct.unpack_from(">II", data, 16)
        return width, height
    # Within a scan 0xff is never followed by these two markers, and a thumbnail in the header
    # ends before the last scan starts.
    if data.startswith(_JPEG_SIGNATURE) and data.rfind(_JPEG_END) > data.rfind(_JPEG_SCAN) > 0:
        _check_scans(data, name)
        return _jpeg_size(data)
    raise MessageError(
        f"{quoted(name)} image is no whole JPEG or PNG ({len(data)} bytes): truncated, damaged, or "
        "another format"
    )


def _png_is_whole(data: bytes) -> bool:
    """Walk the chunks (length, type, content, CRC) from IHDR to IEND."""
    start, expected = len(_PNG_SIGNATURE), b"IHDR"
    while start + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        if end > len(data) or (expected and (kind, length) != (expected, 13)):
            return False
        if zlib.crc32(data[start + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return False
        if kind == b"IEND":
            return True
        start, expected = end, b""
    return False


def _check_scans(data: bytes, name: str) -> None:
    scans = data.count(_JPEG_SCAN)
    if scans > MAX_SCANS:
        raise MessageError(
            f"{quoted(name)} image has {scans} scans; up to {MAX_SCANS} are accepted"
        )


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walk the segments (marker, length, content) to the frame header."""
    start = 2
    while start + 9 <= len(data) and data[start] == 0xFF:
        marker = data[start + 1]
        if marker == 0xFF:  # a fill byte
            start += 1
            continue
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, start + 5)
            return width, height
        start += 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    return 0, 0
