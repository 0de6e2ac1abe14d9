"""`sensor_msgs/Image` (and `CompressedImage`) → colour and depth arrays."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.compressed_image import decode_compressed_depth_mm, decode_compressed_rgb
from vmloc_ros.messages.depth import metres_to_mm, valid_mm
from vmloc_ros.messages.header import byte_order, payload


class _Encoding(NamedTuple):
    dtype: str
    channels: int
    to_rgb: int | None = None
    """OpenCV's conversion to RGB."""


# OpenCV names a Bayer pattern by the second row's second and third pixel, ROS by the first four.
_COLOUR: Mapping[str, _Encoding] = {
    "rgb8": _Encoding("u1", 3),
    "bgr8": _Encoding("u1", 3, cv2.COLOR_BGR2RGB),
    "rgba8": _Encoding("u1", 4, cv2.COLOR_RGBA2RGB),
    "bgra8": _Encoding("u1", 4, cv2.COLOR_BGRA2RGB),
    "mono8": _Encoding("u1", 1, cv2.COLOR_GRAY2RGB),
    "mono16": _Encoding("u2", 1, cv2.COLOR_GRAY2RGB),
    "bayer_rggb8": _Encoding("u1", 1, cv2.COLOR_BayerBG2RGB),
    "bayer_bggr8": _Encoding("u1", 1, cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg8": _Encoding("u1", 1, cv2.COLOR_BayerGR2RGB),
    "bayer_grbg8": _Encoding("u1", 1, cv2.COLOR_BayerGB2RGB),
}
_DEPTH: Mapping[str, _Encoding] = {
    "16UC1": _Encoding("u2", 1),
    "mono16": _Encoding("u2", 1),
    "32FC1": _Encoding("f4", 1),
}


def decode_rgb(msg: Any) -> NDArray[np.uint8]:
    """Decode a colour image, raw or compressed (JPEG, PNG).

    Returns:
        (H, W, 3) RGB; for rgb8 without padding a view of the message's data, not to be written to.

    Raises:
        MessageError: an encoding that is not supported, or data that do not fit the header.
    """
    if _is_compressed(msg):
        return decode_compressed_rgb(msg)
    encoding = _encoding(msg, _COLOUR, "colour")
    pixels = _to_8_bit(_pixels(msg, encoding))
    if encoding.to_rgb is None:
        return pixels
    try:
        return np.asarray(cv2.cvtColor(pixels, encoding.to_rgb), np.uint8)
    except cv2.error as err:  # a Bayer pattern needs more than a pixel
        raise MessageError(
            f"a {msg.encoding} image of {msg.width}×{msg.height} cannot be converted to RGB"
        ) from err


def decode_depth_mm(msg: Any) -> NDArray[np.uint16]:
    """Decode a depth image (REP-118), raw or compressedDepth with PNG.

    Returns:
        (H, W) millimetres along the optical axis. 0 where there is no return: 0 and 65535 in
        integer images, NaN, infinities, values ≤ 0 and beyond 65.534 m in float images.

    Raises:
        MessageError: an encoding that is not supported, or data that do not fit the header.
    """
    if _is_compressed(msg):
        return decode_compressed_depth_mm(msg)
    encoding = _encoding(msg, _DEPTH, "depth")
    pixels = _pixels(msg, encoding)[..., 0]
    return metres_to_mm(pixels) if encoding.dtype == "f4" else valid_mm(pixels)


def _is_compressed(msg: Any) -> bool:
    return hasattr(msg, "format")


def _encoding(msg: Any, known: Mapping[str, _Encoding], kind: str) -> _Encoding:
    encoding = known.get(str(msg.encoding))
    if encoding is None:
        names = ", ".join(known)
        raise MessageError(f"{kind} encoding {msg.encoding!r} is not supported; known: {names}")
    return encoding


def _pixels(msg: Any, encoding: _Encoding) -> NDArray[Any]:
    """Return a view (H, W, C) of the data, in the message's byte order."""
    data = payload(msg)
    width, height, step = int(msg.width), int(msg.height), int(msg.step)
    dtype = np.dtype(encoding.dtype).newbyteorder(byte_order(msg))
    row = width * encoding.channels * dtype.itemsize
    if width < 1 or height < 1 or step < row or height * step != data.size:
        raise MessageError(
            f"an image of {width}×{height} {msg.encoding} needs a step of {row} bytes or more and "
            f"height × step bytes of data; its step is {step}, its data are {data.size} bytes"
        )
    rows: NDArray[Any] = data.reshape(height, step)[:, :row]
    pixels: NDArray[Any] = rows.view(dtype).reshape(height, width, encoding.channels)
    return pixels


def _to_8_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype.itemsize == 2:  # 65535 becomes 255: rounded division by 257
        pixels = (pixels.astype(np.uint32) + 128) // 257
    return np.ascontiguousarray(pixels, np.uint8)
