"""`deskew`, `put_together`: sweeps of a lidar that moved → as if seen at one moment."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.sweeps.motion import Motion
from vmloc_ros.sweeps.poses import Poses
from vmloc_ros.sweeps.sweep import Sweep

BINS = 100
"""Parts of a sweep that get one pose each. Of a turn of 0.1 s a part takes 1 ms, its points are
0.5 ms off at most: at 1 rad/s that is half a milliradian, a twelfth of a column of 1024."""


def deskew(sweep: Sweep, motion: Motion, at_ns: int) -> NDArray[np.float32] | None:
    """Move every point to where it is seen from the lidar at a moment.

    Points without times of their own are taken to be seen at the sweep's stamp. Points seen when
    the place of the lidar is not known are left out.

    Args:
        sweep: its points.
        motion: of the lidar.
        at_ns: the moment.

    Returns:
        (N', 4) x, y, z in the lidar's frame at the moment, and intensity; None where the lidar's
        place at the moment is not known.
    """
    return put_together([sweep], motion, at_ns)


def put_together(sweeps: Sequence[Sweep], motion: Motion, at_ns: int) -> NDArray[np.float32] | None:
    """Do as `deskew` with each of several sweeps, one at least, and return all the points."""
    now = motion.at(at_ns)
    if now is None:
        return None
    parts = [_binned(sweep) for sweep in sweeps]
    firsts = np.cumsum([0, *(len(times_ns) for _, times_ns in parts)])
    bins = np.concatenate([bins + first for (bins, _), first in zip(parts, firsts, strict=False)])
    poses = motion.at_many(np.concatenate([times_ns for _, times_ns in parts])).seen_from(now)
    points = _carried(np.concatenate([sweep.points for sweep in sweeps]), poses, bins)
    return points if poses.known.all() else points[poses.known[bins]]


def _binned(sweep: Sweep) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the part (N,) that each point belongs to, and the times (M,) of the parts' middles."""
    offsets_ns = sweep.offsets_ns
    if offsets_ns is None or offsets_ns.size == 0:
        return np.zeros(len(sweep.points), np.intp), np.array([sweep.stamp_ns], np.int64)
    first_ns, last_ns = int(offsets_ns.min()), int(offsets_ns.max())
    width_ns = (last_ns - first_ns) // BINS + 1
    bins = ((offsets_ns - first_ns) // width_ns).astype(np.intp)
    starts_ns = np.arange(first_ns, last_ns + 1, width_ns)
    ends_ns = np.minimum(starts_ns + width_ns - 1, last_ns)
    return bins, sweep.stamp_ns + (starts_ns + ends_ns) // 2


def _carried(
    points: NDArray[np.float32], poses: Poses, bins: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Apply to each point (N, 4), in place, the pose of its part."""
    R: NDArray[np.float32] = poses.rotations.as_matrix().astype(np.float32)  # (M, 3, 3)
    t = poses.positions.astype(np.float32)
    x, y, z = (points[:, axis].copy() for axis in range(3))
    for axis in range(3):  # column by column: three times as fast as matrices for each point
        part = R[:, axis, 0][bins] * x
        part += R[:, axis, 1][bins] * y
        part += R[:, axis, 2][bins] * z
        part += t[:, axis][bins]
        points[:, axis] = part
    return points
