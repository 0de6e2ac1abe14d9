"""Messages that tell whether other decoders give the package's arrays, bit for bit."""

from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image, PointCloud2, PointField

from vmloc_ros.messages import Decoders, decode_depth_mm, decode_points, decode_rgb
from vmloc_ros.messages.encoding import COLOUR, DEPTH, Encoding

# Bayer and YUV stay with the package: how they come out depends on the version of OpenCV.
BRIDGED_COLOUR: Mapping[str, Encoding] = {
    name: COLOUR[name] for name in ("rgb8", "bgr8", "rgba8", "bgra8", "mono8", "mono16")
}
"""Encodings that are tried, and left to cv_bridge where it passes."""
BRIDGED_DEPTH = DEPTH

_SIDE = 256
_POINT = np.dtype(
    [
        ("x", "<f4"),
        ("y", "<f4"),
        ("z", "<f8"),
        ("gap", "V2"),
        ("intensity", "<u2"),
        ("rest", "V4"),
    ]
)
_DATATYPES = {"x": 7, "y": 7, "z": 8, "intensity": 4}  # FLOAT32, FLOAT64, UINT16


def image_difference(decoders: Decoders) -> str:
    """Say which image the decoders turn into another array than the package; empty if none."""
    for msg in _images(BRIDGED_COLOUR):
        if not _are_identical(decoders.rgb(msg), decode_rgb(msg)):
            return f"it turns {msg.encoding} into another colour image"
    for msg in _images(BRIDGED_DEPTH):
        if not _are_identical(decoders.depth_mm(msg), decode_depth_mm(msg)):
            return f"it turns {msg.encoding} into another depth image"
    return ""


def cloud_difference(read: Callable[[Any], NDArray[np.float32]]) -> str:
    """Say whether a reader of clouds reads other points than the package; empty if not."""
    msg = _cloud()
    return "" if _are_identical(read(msg), decode_points(msg)) else "it reads other points"


def _are_identical(one: NDArray[Any], other: NDArray[Any]) -> bool:
    is_like = one.dtype == other.dtype and one.flags.c_contiguous == other.flags.c_contiguous
    return is_like and np.array_equal(one, other)


def _images(encodings: Mapping[str, Encoding]) -> Iterator[Image]:
    """Yield an image of each encoding in both byte orders, with every value of 16 bits."""
    for name, encoding in encodings.items():
        unit = 1000.0 if encoding.dtype == "f4" else 1.0
        numbers = np.resize(np.arange(_SIDE * _SIDE) / unit, (_SIDE, _SIDE * encoding.channels))
        # To bytes by way of integers: what a float beyond 255 becomes is not defined.
        numbers = numbers.astype(np.int64).astype("u1") if encoding.dtype == "u1" else numbers
        for is_bigendian, order in enumerate("<>"):
            yield Image(
                encoding=name,
                width=_SIDE,
                height=_SIDE,
                step=encoding.row_bytes(_SIDE),
                is_bigendian=is_bigendian,
                data=array("B", numbers.astype(f"{order}{encoding.dtype}").tobytes()),
            )


def _cloud() -> PointCloud2:
    """Return two points of several types, one of them none, among bytes of no field."""
    points = np.zeros(2, _POINT)
    points["x"], points["y"], points["z"] = (1.5, np.nan), (-2.0, 5.0), (3.25, 6.0)
    points["intensity"] = (4, 7)
    assert _POINT.fields is not None, "it is made of fields"
    fields = [
        PointField(name=name, offset=_POINT.fields[name][1], datatype=datatype, count=1)
        for name, datatype in _DATATYPES.items()
    ]
    return PointCloud2(
        width=points.size,
        height=1,
        point_step=_POINT.itemsize,
        row_step=points.nbytes,
        fields=fields,
        data=array("B", points.tobytes()),
    )
