"""When the points of a cloud were seen: the time fields of lidar drivers → nanoseconds."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NS_PER_S = 1_000_000_000

LONGEST_NS = NS_PER_S
"""No sweep lasts longer, nor lies farther from its stamp: other numbers are no times of it."""

TIME_FIELDS = (
    "t",  # Ouster: uint32, ns since the stamp
    "time",  # Velodyne: float32, s since the stamp, also before it
    "offset_time",  # Livox: uint32, ns since the stamp
    "time_offset",
    "time_offset_ns",  # Aeva: int32
    "point_time_offset",  # Blickfeld: uint32, ns
    "timestamp",  # Hesai, RoboSense: float64, s; Livox: float64, ns; both since 1970
    "time_stamp",  # Autoware: uint32, ns since the stamp
    "timeStamp",
)
"""Names of the field, in the order in which they are looked for."""

_CLOCK_FIELDS = ("timestamp", "time_stamp", "timeStamp")
"""Names that rather stand for a time of day: this decides in the first second of a simulation,
when a time of day and a time since the stamp are both small."""


class PointTimes(NamedTuple):
    """Times (N,) relative to the stamp, or None and why."""

    offsets_ns: NDArray[np.int64] | None
    reason: str = ""


def read_times(name: str, values: NDArray[Any], stamp_ns: int) -> PointTimes:
    """Read the values (N,) of a time field.

    Integers are nanoseconds since the stamp. Numbers with a fraction are seconds since the stamp;
    those of 64 bits also seconds or nanoseconds since 1970, which 32 bits cannot tell apart.
    Whatever fits the stamp within a second is taken; nothing that fits is nothing that is known.
    """
    if values.size == 0:
        return PointTimes(np.zeros(0, np.int64))
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        return PointTimes(None, f"field {name!r} of the cloud holds numbers that are not finite")
    for unit_ns, origin_ns in _readings(name, values.dtype, stamp_ns):
        offsets = _offsets_ns(values, unit_ns, origin_ns)
        if offsets is not None:
            return PointTimes(offsets)
    return PointTimes(
        None,
        f"field {name!r} of the cloud ({values.dtype.name}) holds no times within "
        f"{LONGEST_NS / NS_PER_S:g} s of the cloud's stamp",
    )


def _readings(name: str, dtype: np.dtype[Any], stamp_ns: int) -> list[tuple[int, int]]:
    """Return what the numbers may be: a unit (ns), and where their zero lies after the stamp."""
    if dtype.kind in "iu":
        return [(1, 0)]
    if dtype.itemsize < np.dtype(np.float64).itemsize:
        return [(NS_PER_S, 0)]
    since_1970 = [(NS_PER_S, -stamp_ns), (1, -stamp_ns)]
    since_stamp = [(NS_PER_S, 0)]
    return since_1970 + since_stamp if name in _CLOCK_FIELDS else since_stamp + since_1970


def _offsets_ns(values: NDArray[Any], unit_ns: int, origin_ns: int) -> NDArray[np.int64] | None:
    """Turn numbers to nanoseconds since the stamp; None where these are no times of a sweep."""
    first, last = (float(edge) * unit_ns + origin_ns for edge in (values.min(), values.max()))
    if not (first >= -LONGEST_NS and last <= LONGEST_NS and last - first <= LONGEST_NS):
        return None
    if unit_ns == 1:
        return values.astype(np.int64) + origin_ns
    # Whole seconds first: multiplied by 1e9, seconds since 1970 would lose their last digits.
    whole_s = -origin_ns // unit_ns
    part_s = values.astype(np.float64) - whole_s
    shift_ns = whole_s * unit_ns + origin_ns
    return np.rint(part_s * unit_ns).astype(np.int64) + shift_ns
