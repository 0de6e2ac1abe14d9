"""`GroundTruth`: poses over time, interpolated between measurements, never beyond them."""

from bisect import bisect_left
from collections.abc import Mapping

from vmloc_ros.pose import Pose, interpolate

MAX_GAP_NS = 500_000_000
"""Measurements farther apart say nothing about what was in between."""


class GroundTruth:
    """Poses of a body, as `T_map_camera`, by stamp in nanoseconds."""

    def __init__(self, poses: Mapping[int, Pose]) -> None:
        self._poses = poses
        self._stamps_ns = sorted(poses)

    def at(self, stamp_ns: int) -> Pose | None:
        """Return the pose at a time, or None before, after, or within a gap of more than 0.5 s."""
        exact = self._poses.get(stamp_ns)
        if exact is not None:
            return exact
        after = bisect_left(self._stamps_ns, stamp_ns)
        if after in (0, len(self._stamps_ns)):
            return None
        before_ns, after_ns = self._stamps_ns[after - 1], self._stamps_ns[after]
        if after_ns - before_ns > MAX_GAP_NS:
            return None
        fraction = (stamp_ns - before_ns) / (after_ns - before_ns)
        return interpolate(self._poses[before_ns], self._poses[after_ns], fraction)

    def __str__(self) -> str:
        if not self._stamps_ns:
            return "no poses"
        return f"{len(self._poses)} poses from {self._stamps_ns[0]} to {self._stamps_ns[-1]} ns"
