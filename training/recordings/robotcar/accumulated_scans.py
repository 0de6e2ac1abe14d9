"""`AccumulatedScans`: the lidars of a traversal as one cloud around the vehicle at a moment."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from training.recordings.robotcar.calibration import T_VEHICLE_BASE, Calibration
from training.recordings.robotcar.lidar_scans import LidarScans
from training.recordings.robotcar.motion import Motion
from vmloc_ros.pose import Array, Pose

KEPT = 1024
"""Scans kept where they were placed: neighbouring images share most of theirs."""

_NOWHERE = -1


class AccumulatedScans:
    """Brings the scans of the seconds before an image to where the vehicle is at the image.

    A scan has few points, and a push-broom lidar sees a surface only while it passes it.

    Args:
        lidars: their scans.
        calibration: where they sit.
        motion: of the vehicle.
        window_ns: how far back scans are taken.
    """

    def __init__(
        self, lidars: Sequence[LidarScans], calibration: Calibration, motion: Motion, window_ns: int
    ) -> None:
        self._lidars = [(scans, calibration.T_vehicle_lidar(scans.lidar)) for scans in lidars]
        self._motion = motion
        self._window_ns = window_ns
        self._place = lru_cache(KEPT)(self._place_scan)

    def at(self, stamp_ns: int) -> NDArray[np.float32] | None:
        """Return the points (N, 4) in the frame base at a moment, from scans up to it.

        None where no scan can be placed: none is that recent, or the motion is not known.
        """
        now = self._motion.at(stamp_ns)
        if now is None:
            return None
        clouds = list(self._clouds(stamp_ns, now.chain))
        if not clouds:
            return None
        T_base_chain = (now.pose @ T_VEHICLE_BASE).inverse()
        return _transform(T_base_chain, np.concatenate(clouds)).astype(np.float32)

    def _clouds(self, now_ns: int, chain: int) -> Iterator[Array]:
        """Yield the scans of the window in the frame of a chain of the motion."""
        for lidar, (scans, _) in enumerate(self._lidars):
            for then_ns in scans.until(now_ns, self._window_ns):
                placed_in, points = self._place(lidar, then_ns)
                if placed_in == chain:
                    yield points

    def _place_scan(self, lidar: int, then_ns: int) -> tuple[int, Array]:
        scans, T_vehicle_lidar = self._lidars[lidar]
        then = self._motion.at(then_ns)
        if then is None:
            return _NOWHERE, np.zeros((0, 4))
        return then.chain, _transform(then.pose @ T_vehicle_lidar, scans.read(then_ns))


def _transform(T: Pose, points: Array) -> Array:
    return np.column_stack([T.rotation.apply(points[:, :3]) + T.position, points[:, 3]])
