"""Motions and sweeps that can be worked out by hand. x forward, y left, z up; yaw turns left."""

import numpy as np

from vmloc_ros.pose import Pose
from vmloc_ros.sweeps import PoseTrack, Sweep

MS, S = 10**6, 10**9
START = 1_700_000_000 * S


def placed(x=0.0, y=0.0, yaw_deg=0.0):
    half = np.radians(yaw_deg) / 2.0
    return Pose(np.array([x, y, 0.0]), np.array([0.0, 0.0, np.sin(half), np.cos(half)]))


def track(poses, **options):
    """Poses by milliseconds after the start."""
    return PoseTrack([START + round(ms * MS) for ms in poses], list(poses.values()), **options)


def driving(speed_m_s, first_ms=-500, last_ms=500):
    """Straight on from x = 0 at the start, a pose each 10 ms."""
    return track({ms: placed(speed_m_s * ms / 1e3) for ms in range(first_ms, last_ms + 1, 10)})


def turning(rate_rad_s, first_ms=-500, last_ms=500):
    """To the left on the spot, straight on at the start, a pose each 10 ms."""
    poses = {
        ms: placed(yaw_deg=np.degrees(rate_rad_s * ms / 1e3))
        for ms in range(first_ms, last_ms + 1, 10)
    }
    return track(poses)


def sweep(rows, offsets_ms=None, at_ms=0.0):
    """Points x y z, each seen so long after the sweep's stamp."""
    points = np.zeros((len(rows), 4), np.float32)
    points[:, :3] = rows
    offsets_ns = None if offsets_ms is None else np.rint(np.multiply(offsets_ms, MS))
    return Sweep(
        START + round(at_ms * MS),
        points,
        None if offsets_ns is None else offsets_ns.astype(np.int64),
    )
