"""`Drive`: how the car of one traversal goes once round the block."""

from functools import cached_property

import numpy as np
from numpy.random import Generator
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from training.recordings.block.street import LANE_M, Array, Street
from vmloc_ros.pose import Pose

FRAME_PERIOD_NS = 400_000_000
"""Every fourth turn of a lidar at 10 Hz is kept: about 3 m of street per frame."""

CAMERA_HEIGHT_M = 1.6
CAMERA_PITCH_DEG = 2.0
"""The camera looks a little down."""
OPTICAL = Rotation.from_matrix([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Takes the optical axes (z forward, x right, y down) to the car's (x forward, y left, z up)."""

TRAVERSAL_OFFSET_M, LATERAL_WANDER_M = 0.35, 0.3
"""Half ranges of the offset from the lane's middle, per traversal and along it."""
SPEED_RANGE = (0.8, 1.15)
COMFORT_MPS2 = 2.0
"""Sideways acceleration that is not exceeded in corners."""
BRAKING_M = 6.0
"""Over about this distance the speed changes."""
BOUNCE_M, SWAY_DEG = 0.012, 0.4
METRES_PER_KNOT, METRES_PER_BOUNCE = 30.0, 4.0
START_RANGE_M = 3.0
STEP_M = 0.25


class Drive:
    """One round in the right-hand lane, from near the street's origin back to it.

    Args:
        street: to drive.
        cruise_mps: speed away from corners, varied by ±15 %.
        rng: decides on the start, the speed profile and the line within the lane.
    """

    def __init__(self, street: Street, cruise_mps: float, rng: Generator) -> None:
        self._street = street
        start_m = float(rng.uniform(0.0, START_RANGE_M))
        grid_m = start_m + np.arange(0.0, street.length_m + STEP_M, STEP_M)
        speeds_mps = _speeds(street, cruise_mps, grid_m, rng)
        times_s = np.concatenate([[0.0], np.cumsum(STEP_M / speeds_mps[:-1])])
        self.times_s = np.arange(0.0, times_s[-1], FRAME_PERIOD_NS / 1e9)
        self.distances_m = np.interp(self.times_s, times_s, grid_m)
        offset_m = rng.uniform(-TRAVERSAL_OFFSET_M, TRAVERSAL_OFFSET_M)
        wander_m = LATERAL_WANDER_M * _course(rng, grid_m, METRES_PER_KNOT)
        self._line = CubicSpline(grid_m, street.at(grid_m, -LANE_M + offset_m + wander_m))
        sway_deg = SWAY_DEG * np.stack([_course(rng, grid_m, METRES_PER_BOUNCE) for _ in "pr"], 1)
        self._sway_deg = CubicSpline(grid_m, sway_deg)
        self._bounce_m = CubicSpline(grid_m, BOUNCE_M * _course(rng, grid_m, METRES_PER_BOUNCE))

    @cached_property
    def poses(self) -> list[Pose]:
        """T_map_camera of every frame."""
        xy, ahead = self._line(self.distances_m), self._line(self.distances_m, 1)
        height_m = CAMERA_HEIGHT_M + self._bounce_m(self.distances_m)
        yaw_deg = np.rad2deg(np.arctan2(ahead[:, 1], ahead[:, 0]))
        pitch_deg, roll_deg = self._sway_deg(self.distances_m).T
        angles = np.stack([yaw_deg, CAMERA_PITCH_DEG + pitch_deg, roll_deg], axis=1)
        rotations = Rotation.from_euler("ZYX", angles, degrees=True) * OPTICAL
        positions = np.column_stack([xy, height_m])
        return [Pose(at, turn.as_quat()) for at, turn in zip(positions, rotations, strict=True)]


def _speeds(street: Street, cruise_mps: float, grid_m: Array, rng: Generator) -> Array:
    """Return the speed (N,) along the way: a driver's mood, slower in corners."""
    low, high = SPEED_RANGE
    mood = (low + high) / 2.0 + (high - low) / 2.0 * _course(rng, grid_m, METRES_PER_KNOT)
    bend = np.abs(np.gradient(np.unwrap(street.heading(grid_m)), grid_m))  # 1/m
    fastest = np.sqrt(COMFORT_MPS2 / np.maximum(bend, 1e-6))
    speeds = np.minimum(cruise_mps * np.clip(mood, low, high), fastest)
    return np.asarray(gaussian_filter1d(speeds, BRAKING_M / STEP_M, mode="nearest"))


def _course(rng: Generator, grid_m: Array, knot_m: float) -> Array:
    """A smooth random course (N,) about within ±1."""
    along = (grid_m - grid_m[0]) / knot_m
    knots = np.arange(-1, int(along[-1]) + 3)
    return np.asarray(CubicSpline(knots, rng.uniform(-1.0, 1.0, len(knots)))(along))
