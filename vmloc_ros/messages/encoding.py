"""`Encoding`: how the pixels of a `sensor_msgs/Image` lie in its data."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.header import byte_order, payload, quoted


class Encoding(NamedTuple):
    """One entry of sensor_msgs/image_encodings."""

    dtype: str
    channels: int = 1
    to_rgb: int | None = None
    """OpenCV's conversion to RGB."""
    smallest: int = 1
    """Pixels that a side has at least."""
    has_chroma_rows: bool = False
    """Half as many rows of colour follow the rows of brightness."""

    def row_bytes(self, width: int) -> int:
        """Return the bytes that a row of pixels takes, without padding."""
        return width * self.channels * np.dtype(self.dtype).itemsize

    def rows(self, height: int) -> int:
        """Return the rows in the data of an image."""
        return height + height // 2 if self.has_chroma_rows else height


# OpenCV names a Bayer pattern by the second row's second and third pixel, ROS by the first four.
_BAYER = {
    "rggb": cv2.COLOR_BayerBG2RGB,
    "bggr": cv2.COLOR_BayerRG2RGB,
    "gbrg": cv2.COLOR_BayerGR2RGB,
    "grbg": cv2.COLOR_BayerGB2RGB,
}
_BAYER_SIDE = 3
"""OpenCV fills the border from within: of fewer pixels it makes a black image."""

COLOUR: Mapping[str, Encoding] = {
    "rgb8": Encoding("u1", 3),
    "bgr8": Encoding("u1", 3, cv2.COLOR_BGR2RGB),
    "rgba8": Encoding("u1", 4, cv2.COLOR_RGBA2RGB),
    "bgra8": Encoding("u1", 4, cv2.COLOR_BGRA2RGB),
    "mono8": Encoding("u1", 1, cv2.COLOR_GRAY2RGB),
    "rgb16": Encoding("u2", 3),
    "bgr16": Encoding("u2", 3, cv2.COLOR_BGR2RGB),
    "rgba16": Encoding("u2", 4, cv2.COLOR_RGBA2RGB),
    "bgra16": Encoding("u2", 4, cv2.COLOR_BGRA2RGB),
    "mono16": Encoding("u2", 1, cv2.COLOR_GRAY2RGB),
    **{f"bayer_{name}8": Encoding("u1", 1, code, _BAYER_SIDE) for name, code in _BAYER.items()},
    **{f"bayer_{name}16": Encoding("u2", 1, code, _BAYER_SIDE) for name, code in _BAYER.items()},
    "uyvy": Encoding("u1", 2, cv2.COLOR_YUV2RGB_UYVY),
    "yuv422": Encoding("u1", 2, cv2.COLOR_YUV2RGB_UYVY),
    "yuyv": Encoding("u1", 2, cv2.COLOR_YUV2RGB_YUY2),
    "yuv422_yuy2": Encoding("u1", 2, cv2.COLOR_YUV2RGB_YUY2),
    "nv12": Encoding("u1", 1, cv2.COLOR_YUV2RGB_NV12, has_chroma_rows=True),
    "nv21": Encoding("u1", 1, cv2.COLOR_YUV2RGB_NV21, has_chroma_rows=True),
}
DEPTH: Mapping[str, Encoding] = {
    "16UC1": Encoding("u2"),
    "mono16": Encoding("u2"),
    "32FC1": Encoding("f4"),
}


def find_encoding(msg: Any, known: Mapping[str, Encoding], kind: str) -> Encoding:
    """Return the entry of an image's encoding; `kind` stands for `known` in errors.

    Raises:
        MessageError: it is not among those known.
    """
    encoding = known.get(str(msg.encoding))
    if encoding is None:
        names = ", ".join(known)
        raise MessageError(
            f"{kind} encoding {quoted(msg.encoding)} is not supported; known: {names}"
        )
    return encoding


def read_pixels(msg: Any, encoding: Encoding) -> NDArray[Any]:
    """Return a view (rows, W, C) of an image's data, in the message's byte order.

    Raises:
        MessageError: the data do not fit the header.
    """
    data = payload(msg)
    width, height, step = int(msg.width), int(msg.height), int(msg.step)
    dtype = np.dtype(encoding.dtype).newbyteorder(byte_order(msg))
    row, count = encoding.row_bytes(width), encoding.rows(height)
    if width < 1 or height < 1 or step < row or count * step != data.size:
        raise MessageError(
            f"an image of {width}×{height} {msg.encoding} needs a step of {row} bytes or more and "
            f"{count} × step bytes of data; its step is {step}, its data are {data.size} bytes"
        )
    rows: NDArray[Any] = data.reshape(count, step)[:, :row]
    pixels: NDArray[Any] = rows.view(dtype).reshape(count, width, encoding.channels)
    return pixels
