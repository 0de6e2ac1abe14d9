"""`sensor_msgs/Image` (and `CompressedImage`) → colour and depth arrays."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.compressed_image import decode_compressed_depth_mm, decode_compressed_rgb
from vmloc_ros.messages.depth import metres_to_mm, valid_mm
from vmloc_ros.messages.encoding import COLOUR, DEPTH, Encoding, find_encoding, read_pixels


def decode_rgb(msg: Any) -> NDArray[np.uint8]:
    """Decode a colour image, raw or compressed (JPEG, PNG).

    Returns:
        (H, W, 3) RGB; for rgb8 without padding a view of the message's data, not to be written to.

    Raises:
        MessageError: an encoding that is not supported, or data that do not fit the header.
    """
    if is_compressed(msg):
        return decode_compressed_rgb(msg)
    encoding = find_encoding(msg, COLOUR, "colour")
    pixels = read_pixels(msg, encoding)
    try:
        return _to_8_bit(_to_rgb(pixels, encoding))
    except cv2.error as err:  # YUV shares colours among the pixels of a pair, or of two by two
        raise MessageError(
            f"a {msg.encoding} image of {msg.width}×{msg.height} cannot be converted to RGB"
        ) from err


def decode_depth_mm(msg: Any) -> NDArray[np.uint16]:
    """Decode a depth image (REP-118), raw or compressedDepth (PNG, RVL).

    Returns:
        (H, W) millimetres along the optical axis. 0 where there is no return: 0 and 65535 in
        integer images, NaN, infinities, values ≤ 0 and beyond 65.534 m in float images.

    Raises:
        MessageError: an encoding that is not supported, or data that do not fit the header.
    """
    if is_compressed(msg):
        return decode_compressed_depth_mm(msg)
    encoding = find_encoding(msg, DEPTH, "depth")
    pixels = read_pixels(msg, encoding)[..., 0]
    return metres_to_mm(pixels) if encoding.dtype == "f4" else valid_mm(pixels)


def is_compressed(msg: Any) -> bool:
    """Whether an image is a `CompressedImage`."""
    return hasattr(msg, "format")


def _to_rgb(pixels: NDArray[Any], encoding: Encoding) -> NDArray[Any]:
    """Return (H, W, 3) of the same depth, in the machine's byte order."""
    if min(pixels.shape[:2]) < encoding.smallest:
        raise MessageError(
            f"a Bayer image needs {encoding.smallest} pixels a side, got "
            f"{pixels.shape[1]}×{pixels.shape[0]}"
        )
    pixels = np.ascontiguousarray(pixels, encoding.dtype)
    return pixels if encoding.to_rgb is None else cv2.cvtColor(pixels, encoding.to_rgb)


def _to_8_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype.itemsize == 2:  # 65535 becomes 255: rounded division by 257
        pixels = cv2.convertScaleAbs(pixels, alpha=1 / 257)
    return np.asarray(pixels, np.uint8)
