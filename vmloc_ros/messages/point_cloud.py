"""`sensor_msgs/PointCloud2` → x y z intensity, and when each point was seen."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.header import byte_order, payload, quoted, stamp_ns
from vmloc_ros.messages.point_times import TIME_FIELDS, PointTimes, read_times
from vmloc_ros.sweeps.sweep import Sweep

_DATATYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}
"""sensor_msgs/PointField: INT8 … FLOAT64."""


class CloudLayout(NamedTuple):
    """How the points of a cloud lie in its data, checked against the size of these."""

    width: int
    height: int
    point_step: int
    row_step: int
    byte_order: Literal["<", ">"]
    fields: Mapping[str, tuple[np.dtype[Any], int]]
    """Type and offset within a point of x, y, z and, where there is one, intensity."""


class TimeField(NamedTuple):
    """Where a cloud says when its points were seen."""

    name: str
    dtype: np.dtype[Any]
    offset: int


def decode_points(msg: Any) -> NDArray[np.float32]:
    """Decode a point cloud, organised or not, whatever the order and types of its fields.

    Returns:
        (N, 4) x, y, z in the unit of the message (m) and intensity, 0 where the cloud has none.
        Points with a coordinate that is not finite are left out (REP-117).

    Raises:
        MessageError: no x, y, z, or data that do not fit the header.
    """
    layout = cloud_layout(msg)
    data = payload(msg)
    if data.size == 0:
        return np.empty((0, 4), np.float32)
    return points_of([_values(data, layout, *place) for place in layout.fields.values()])


def decode_sweep(msg: Any) -> Sweep:
    """Decode a point cloud with the times of its points, as lidar drivers write them.

    Times that make no sense cost the times alone; `Sweep.untimed` says why.

    Raises:
        MessageError: no x, y, z, no stamp, or data that do not fit the header.
    """
    layout, data, field = cloud_layout(msg), payload(msg), time_field(msg)
    if data.size == 0:
        return sweep_of(msg, [np.zeros(0)] * 3, field, np.zeros(0))
    columns = [_values(data, layout, *place) for place in layout.fields.values()]
    times = None if field is None else _values(data, layout, field.dtype, field.offset)
    return sweep_of(msg, columns, field, times)


def cloud_layout(msg: Any) -> CloudLayout:
    """Read the header of a point cloud.

    Raises:
        MessageError: no x, y, z, or data that do not fit the header.
    """
    width, height, size = int(msg.width), int(msg.height), payload(msg).size
    point_step, row_step = int(msg.point_step), int(msg.row_step)
    is_empty = size == 0 and width * height == 0
    fits = min(width, height, point_step) > 0 and row_step >= width * point_step
    if not is_empty and not (fits and height * row_step == size):
        raise MessageError(
            f"a cloud of {width}×{height} points of {point_step} bytes needs a row_step of "
            f"{width * point_step} bytes or more and height × row_step bytes of data; its "
            f"row_step is {row_step}, its data are {size} bytes"
        )
    fields = _fields(msg, point_step)
    return CloudLayout(width, height, point_step, row_step, byte_order(msg), fields)


def time_field(msg: Any) -> TimeField | None:
    """Find the time of the points by its name; a field of several values is no time of a point.

    Raises:
        MessageError: the field lies outside the points or is of no type.
    """
    by_name = {str(field.name): field for field in msg.fields}
    for name in TIME_FIELDS:
        if name in by_name and int(by_name[name].count) in (0, 1):
            place = _place(by_name[name], byte_order(msg), int(msg.point_step))
            return TimeField(name, *place)
    return None


def points_of(columns: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Put x, y, z and maybe intensity, each (N,), together to (N, 4) as `decode_points` does."""
    points, finite = _stacked(columns)
    return points if finite.all() else points[finite]


def sweep_of(
    msg: Any,
    columns: Sequence[NDArray[Any]],
    field: TimeField | None,
    times: NDArray[Any] | None,
) -> Sweep:
    """Put x, y, z, maybe intensity, and maybe times, each (N,), together as `decode_sweep` does."""
    points, finite = _stacked(columns)
    read = PointTimes(None, "the cloud has no field with the times of its points")
    if field is not None and times is not None:  # a point without coordinates may have no time
        read = read_times(field.name, times if finite.all() else times[finite], stamp_ns(msg))
    points = points if finite.all() else points[finite]
    return Sweep(stamp_ns(msg), points, read.offsets_ns, read.reason)


def _stacked(columns: Sequence[NDArray[Any]]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return points (N, 4), and which of them have finite coordinates."""
    points = np.zeros((columns[0].size, 4), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for number, column in enumerate(columns):
            points[:, number] = column
    np.nan_to_num(points[:, 3], copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return points, np.asarray(np.isfinite(points[:, :3]).all(axis=1))


def _fields(msg: Any, point_step: int) -> Mapping[str, tuple[np.dtype[Any], int]]:
    by_name = {str(field.name): field for field in msg.fields}
    missing = [name for name in "xyz" if name not in by_name]
    if missing:
        raise MessageError(
            f"the cloud has no field {missing[0]!r}; its fields: {quoted(', '.join(by_name))}"
        )
    names = ["x", "y", "z"] + ["intensity"] * ("intensity" in by_name)
    return {name: _place(by_name[name], byte_order(msg), point_step) for name in names}


def _place(field: Any, order: Literal["<", ">"], point_step: int) -> tuple[np.dtype[Any], int]:
    if int(field.datatype) not in _DATATYPES:
        raise MessageError(f"field {field.name!r} of the cloud has datatype {field.datatype}")
    dtype: np.dtype[Any] = np.dtype(_DATATYPES[int(field.datatype)]).newbyteorder(order)
    offset = int(field.offset)
    if not 0 <= offset <= point_step - dtype.itemsize:
        raise MessageError(
            f"field {field.name!r} of the cloud lies at byte {offset} of points that have "
            f"{point_step} bytes"
        )
    return dtype, offset


def _values(
    data: NDArray[np.uint8], layout: CloudLayout, dtype: np.dtype[Any], offset: int
) -> NDArray[Any]:
    """Return one field of all points (N,)."""
    shape, strides = (layout.height, layout.width), (layout.row_step, layout.point_step)
    values: NDArray[Any] = np.ndarray(shape, dtype, data.data, offset, strides)
    return values.ravel()
