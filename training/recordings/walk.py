"""`Walk`: how a camera is carried through the synthetic room."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from training.recordings.room import Room
from vmloc_ros.pose import Pose

Array = NDArray[np.float64]

ROUND_M = (1.35, 0.85)
"""Half axes of the ellipse around the room's centre that walks follow."""
STEP_DEG = 1.2
"""Progress on the ellipse per frame: about 2 cm, 0.6 m/s at 30 Hz."""
HEIGHT_M, HEIGHT_WANDER_M = 1.4, 0.18
RADIUS_RANGE = (0.55, 1.05)
LOOK_HEIGHT_M, LOOK_WANDER_M = 1.0, 0.4
ROLL_DEG = 2.5
TREMOR_M, TREMOR_DEG = 0.004, 0.3
FRAMES_PER_KNOT, FRAMES_PER_TREMOR = 25, 4

CLEARANCE_M = 0.3
ATTEMPTS = 50
PROBES = 96


@dataclass(frozen=True, slots=True)
class Walk:
    """A smooth hand-held path: around the room's centre, looking across it."""

    start_deg: float
    """Where on the ellipse it begins."""
    frames: int

    def poses(self, room: Room, rng: Generator) -> list[Pose]:
        """Draw T_map_camera of every frame; a path that comes too close to anything is redrawn."""
        for _ in range(ATTEMPTS):
            positions, rotations = self._draw(rng)
            if clearance_m(room, positions) >= CLEARANCE_M:
                return [
                    Pose(position, rotation.as_quat())
                    for position, rotation in zip(positions, rotations, strict=True)
                ]
        raise AssertionError(f"no free path from {self.start_deg}° in {ATTEMPTS} attempts")

    def _draw(self, rng: Generator) -> tuple[Array, Rotation]:
        round_rad = np.deg2rad(self.start_deg + STEP_DEG * np.arange(self.frames))
        radius = self._wander(rng, *RADIUS_RANGE)
        height = HEIGHT_M + self._wander(rng, -HEIGHT_WANDER_M, HEIGHT_WANDER_M)
        east = radius * ROUND_M[0] * np.cos(round_rad)
        north = radius * ROUND_M[1] * np.sin(round_rad)
        positions = np.stack([east, north, height], axis=1)
        positions += TREMOR_M * self._tremor(rng)
        target = np.stack([-0.7 * east, -0.7 * north, np.full(self.frames, LOOK_HEIGHT_M)], axis=1)
        target += np.stack([self._wander(rng, -1.0, 1.0) for _ in range(3)], axis=1) * LOOK_WANDER_M
        roll_deg = self._wander(rng, -ROLL_DEG, ROLL_DEG)
        shake = Rotation.from_rotvec(TREMOR_DEG * self._tremor(rng), degrees=True)
        roll = Rotation.from_euler("z", roll_deg[:, None], degrees=True)
        return positions, looking(positions, target) * roll * shake

    def _wander(self, rng: Generator, low: float, high: float) -> Array:
        """A smooth random course (frames,) about between two bounds."""
        knots = np.arange(-1, self.frames // FRAMES_PER_KNOT + 3)
        course = CubicSpline(knots, rng.uniform(low, high, len(knots)))
        return np.asarray(course(np.arange(self.frames) / FRAMES_PER_KNOT))

    def _tremor(self, rng: Generator) -> Array:
        """The unsteadiness of a hand (frames, 3), of about unit size."""
        knots = np.arange(-1, self.frames // FRAMES_PER_TREMOR + 3)
        course = CubicSpline(knots, rng.standard_normal((len(knots), 3)))
        return np.asarray(course(np.arange(self.frames) / FRAMES_PER_TREMOR))


def looking(positions: Array, targets: Array) -> Rotation:
    """Return map ← camera rotations that look from positions to targets (N, 3), held upright."""
    forward = targets - positions
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    down = np.cross(forward, right)
    return Rotation.from_matrix(np.stack([right, down, forward], axis=2))


def clearance_m(room: Room, positions: Array) -> float:
    """Return the least distance from the positions (N, 3) to what is around, over many rays."""
    rays = _all_around(PROBES)
    origins = np.repeat(positions, PROBES, axis=0).astype(np.float32)
    hits = room.cast(origins, np.tile(rays, (len(positions), 1)).astype(np.float32))
    return float(hits.reach.min())


def _all_around(count: int) -> Array:
    """Evenly spread unit vectors (count, 3): a Fibonacci sphere."""
    index = np.arange(count) + 0.5
    z = 1.0 - 2.0 * index / count
    turn = np.pi * (1.0 + np.sqrt(5.0)) * index
    flat = np.sqrt(1.0 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)
