"""`PoseTrack`: poses by stamp as a motion, interpolated."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vmloc_ros.pose import Array, Pose, interpolate
from vmloc_ros.sweeps.poses import Poses

NS_PER_S = 1_000_000_000
REACH_NS = 20_000_000
"""How far before the first or after the last pose that pose still counts: one period at 50 Hz."""
GAP_NS = 500_000_000
"""Poses that lie farther apart than this are not interpolated."""
SPAN_NS = 10 * NS_PER_S
"""What `until` looks back on: no more sweeps are put together."""
AHEAD_NS = 100_000_000
"""How far `until` goes on evenly: one period at 10 Hz."""


class PoseTrack:
    """Poses `T_fixed_body` in the order of their stamps: a `Motion`.

    Args:
        stamps_ns: K stamps, ascending, each once.
        poses: as many poses.
        translates: whether the positions mean something.
        breaks_ns: stamps of poses, ascending, that have nothing to do with those before them.
    """

    def __init__(
        self,
        stamps_ns: Sequence[int],
        poses: Sequence[Pose],
        translates: bool = True,
        breaks_ns: Sequence[int] = (),
    ) -> None:
        self._stamps_ns = stamps_ns
        self._poses = poses
        self._breaks_ns = breaks_ns
        self.translates = translates

    def at(self, stamp_ns: int) -> Pose | None:
        """Return the pose at a time; None where the poses do not reach."""
        if self.why_unknown(stamp_ns):
            return None
        before, after = self._neighbours(stamp_ns)
        if before == after:
            return self._poses[before]
        first_ns, second_ns = self._stamps_ns[before], self._stamps_ns[after]
        fraction = (stamp_ns - first_ns) / (second_ns - first_ns)
        return interpolate(self._poses[before], self._poses[after], fraction)

    def at_many(self, stamps_ns: NDArray[np.int64]) -> Poses:
        """Return the poses at times (M,), as `at` does each."""
        first, last = self._around(stamps_ns)
        if first == last:
            return _unknown(len(stamps_ns))
        knots_ns = np.array(self._stamps_ns[first:last], np.int64)
        positions = np.array([pose.position for pose in self._poses[first:last]])
        quats = np.array([pose.quat_xyzw for pose in self._poses[first:last]])
        after = np.searchsorted(knots_ns, stamps_ns).clip(0, len(knots_ns) - 1)
        before = np.where(knots_ns[after] > stamps_ns, np.maximum(after - 1, 0), after)
        span_ns = knots_ns[after] - knots_ns[before]
        fraction = ((stamps_ns - knots_ns[before]) / np.maximum(span_ns, 1)).clip(0.0, 1.0)[:, None]
        return Poses(
            positions[before] + fraction * (positions[after] - positions[before]),
            _between(quats[before], quats[after], fraction),
            (span_ns <= GAP_NS)
            & (knots_ns[0] - stamps_ns <= REACH_NS)
            & (stamps_ns - knots_ns[-1] <= REACH_NS),
        )

    def until(self, stamp_ns: int) -> "PoseTrack":
        """Return what was known of the last 10 s at a time, made of nothing that is stamped later.

        Where the last pose is older than that, by 0.1 s at most, the body is taken to have gone on
        as evenly as it did for as long before it.
        """
        first, end = self._begin(stamp_ns), bisect_right(self._stamps_ns, stamp_ns)
        stamps_ns, poses = [*self._stamps_ns[first:end]], [*self._poses[first:end]]
        ahead = _gone_on(stamps_ns, poses, stamp_ns)
        if ahead is not None:
            stamps_ns.append(stamp_ns)
            poses.append(ahead)
        return PoseTrack(stamps_ns, poses, self.translates)

    def why_unknown(self, stamp_ns: int) -> str:
        """Say why the pose at the time of an image is not known; empty where it is."""
        what = "odometry" if self.translates else "gyroscope"
        if not self._stamps_ns:
            return f"there is no {what} yet"
        early_ns, late_ns = self._stamps_ns[0] - stamp_ns, stamp_ns - self._stamps_ns[-1]
        if early_ns > REACH_NS:
            return f"the {what} begins {early_ns / NS_PER_S:.2f} s after the image"
        if late_ns > REACH_NS:
            return f"the {what} ends {late_ns / NS_PER_S:.2f} s before the image"
        before, after = self._neighbours(stamp_ns)
        gap_ns = self._stamps_ns[after] - self._stamps_ns[before]
        if gap_ns > GAP_NS:
            return f"the {what} has a gap of {gap_ns / NS_PER_S:.2f} s at the image"
        return ""

    def _neighbours(self, stamp_ns: int) -> tuple[int, int]:
        """Return the poses around a time: the same one twice where it was met, or at an end."""
        after = bisect_left(self._stamps_ns, stamp_ns)
        if after == len(self._stamps_ns):
            return after - 1, after - 1
        if after == 0 or self._stamps_ns[after] == stamp_ns:
            return after, after
        return after - 1, after

    def _around(self, stamps_ns: NDArray[np.int64]) -> tuple[int, int]:
        """Return the range of poses that times lie between: a small part of many."""
        if not (self._stamps_ns and len(stamps_ns)):
            return 0, 0
        first = bisect_right(self._stamps_ns, int(stamps_ns.min())) - 1
        last = bisect_left(self._stamps_ns, int(stamps_ns.max())) + 1
        return max(first, 0), min(last, len(self._stamps_ns))

    def _begin(self, stamp_ns: int) -> int:
        """Return the first pose that counts at a time."""
        newest_break = bisect_right(self._breaks_ns, stamp_ns)
        since_ns = self._breaks_ns[newest_break - 1] if newest_break else 0
        return bisect_left(self._stamps_ns, max(since_ns, stamp_ns - SPAN_NS))


def _gone_on(stamps_ns: Sequence[int], poses: Sequence[Pose], stamp_ns: int) -> Pose | None:
    """Continue poses to a time after them, over no more time than they tell of."""
    ahead_ns = stamp_ns - stamps_ns[-1] if stamps_ns else 0
    if not 0 < ahead_ns <= AHEAD_NS:
        return None
    earlier = bisect_right(stamps_ns, stamps_ns[-1] - ahead_ns) - 1
    if earlier < 0 or (span_ns := stamps_ns[-1] - stamps_ns[earlier]) > GAP_NS:
        return None
    return _continued(poses[earlier], poses[-1], ahead_ns / span_ns)


def _between(before: Array, after: Array, fraction: Array) -> Array:
    """Turn quaternions (M, 4) to others by fractions (M, 1) of the way."""
    start = Rotation.from_quat(before)
    way = (start.inv() * Rotation.from_quat(after)).as_rotvec()
    quats: Array = (start * Rotation.from_rotvec(fraction * way)).as_quat()
    return quats


def _continued(earlier: Pose, last: Pose, fraction: float) -> Pose:
    """Go on from `last` by a fraction of the way from `earlier`."""
    way = (earlier.rotation.inv() * last.rotation).as_rotvec()
    rotation = last.rotation * Rotation.from_rotvec(fraction * way)
    position = last.position + fraction * (last.position - earlier.position)
    return Pose(position, rotation.as_quat())


def _unknown(count: int) -> Poses:
    nowhere = np.tile([0.0, 0.0, 0.0, 1.0], (count, 1))
    return Poses(np.zeros((count, 3)), nowhere, np.zeros(count, bool))
