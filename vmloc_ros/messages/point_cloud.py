"""`sensor_msgs/PointCloud2` → x y z intensity."""

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.header import byte_order, payload

_DATATYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}
"""sensor_msgs/PointField: INT8 … FLOAT64."""


class _Layout(NamedTuple):
    """How the points lie in the data."""

    width: int
    height: int
    point_step: int
    row_step: int
    byte_order: Literal["<", ">"]


def decode_points(msg: Any) -> NDArray[np.float32]:
    """Decode a point cloud, organised or not, whatever the order and types of its fields.

    Returns:
        (N, 4) x, y, z in the unit of the message (m) and intensity, 0 where the cloud has none.
        Points with a coordinate that is not finite are left out (REP-117).

    Raises:
        MessageError: no x, y, z, or data that do not fit the header.
    """
    data = payload(msg)
    layout = _layout(msg, data.size)
    fields = {str(field.name): field for field in msg.fields}
    missing = [name for name in "xyz" if name not in fields]
    if missing:
        raise MessageError(f"the cloud has no field {missing[0]!r}; its fields: {list(fields)}")
    names = ["x", "y", "z"] + ["intensity"] * ("intensity" in fields)
    dtypes = [_dtype(fields[name], layout) for name in names]
    if data.size == 0:
        return np.empty((0, 4), np.float32)
    points = np.zeros((layout.height * layout.width, 4), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for column, (name, dtype) in enumerate(zip(names, dtypes, strict=True)):
            points[:, column] = _values(data, layout, int(fields[name].offset), dtype)
    np.nan_to_num(points[:, 3], copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    finite = np.isfinite(points[:, :3]).all(axis=1)
    return points if finite.all() else points[finite]


def _layout(msg: Any, size: int) -> _Layout:
    layout = _Layout(
        width=int(msg.width),
        height=int(msg.height),
        point_step=int(msg.point_step),
        row_step=int(msg.row_step),
        byte_order=byte_order(msg),
    )
    width, height, point_step, row_step, _ = layout
    is_empty = size == 0 and width * height == 0
    fits = min(width, height, point_step) > 0 and row_step >= width * point_step
    if not is_empty and not (fits and height * row_step == size):
        raise MessageError(
            f"a cloud of {width}×{height} points of {point_step} bytes needs a row_step of "
            f"{width * point_step} bytes or more and height × row_step bytes of data; its "
            f"row_step is {row_step}, its data are {size} bytes"
        )
    return layout


def _dtype(field: Any, layout: _Layout) -> np.dtype[Any]:
    if int(field.datatype) not in _DATATYPES:
        raise MessageError(f"field {field.name!r} of the cloud has datatype {field.datatype}")
    dtype: np.dtype[Any] = np.dtype(_DATATYPES[int(field.datatype)]).newbyteorder(layout.byte_order)
    offset = int(field.offset)
    if not 0 <= offset <= layout.point_step - dtype.itemsize:
        raise MessageError(
            f"field {field.name!r} of the cloud lies at byte {offset} of points that have "
            f"{layout.point_step} bytes"
        )
    return dtype


def _values(
    data: NDArray[np.uint8], layout: _Layout, offset: int, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Return one field of all points (N,)."""
    shape, strides = (layout.height, layout.width), (layout.row_step, layout.point_step)
    values: NDArray[Any] = np.ndarray(shape, dtype, data.data, offset, strides)
    return values.ravel()
