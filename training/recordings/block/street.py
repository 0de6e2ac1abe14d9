"""`Street`: a closed street round a city block, as distances along its centre line.

The map frame is the block's: z up, the carriageway at z = 0, metres. The street is driven
counterclockwise, on the right: the block's inside is to the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

Array = NDArray[np.float64]

LANE_M = 1.75
"""From the centre line to the middle of a lane."""
CARRIAGEWAY_M, PARKING_M, PAVEMENT_M = 3.5, 5.7, 9.3
"""From the centre line to the outer edges of the lanes, of the parked cars, of the pavement."""
KERB_M = 0.12

ARC_STEP_M = 0.1
PROBE_STEP_M = 0.5


@dataclass(frozen=True, slots=True)
class Spot:
    """A place beside the street, on the ground."""

    x: float
    y: float
    heading_deg: float
    """Direction of the street there, counterclockwise from east."""


class Street:
    """Straight pieces between rounded corners.

    Args:
        corners: at least 3, counterclockwise, metres.
        radius_m: of the centre line in the corners.
    """

    def __init__(self, corners: Sequence[tuple[float, float]], radius_m: float) -> None:
        points, headings = _rounded(np.array(corners, np.float64), radius_m)
        steps_m = np.linalg.norm(np.diff(points, axis=0), axis=1)
        self._distances_m = np.concatenate([[0.0], np.cumsum(steps_m)])
        self._points, self._headings = points, headings
        self.radius_m = radius_m
        self.length_m = float(self._distances_m[-1])
        probes = np.arange(0.0, self.length_m, PROBE_STEP_M)
        self._tree = KDTree(self.at(probes))

    def at(self, distance_m: ArrayLike, left_m: ArrayLike = 0.0) -> Array:
        """Return points (N, 2) that far along the street and to the left of its centre line."""
        along = np.atleast_1d(np.asarray(distance_m, np.float64)) % self.length_m
        centre = [np.interp(along, self._distances_m, self._points[:, axis]) for axis in (0, 1)]
        heading = self.heading(along)
        left = np.stack([-np.sin(heading), np.cos(heading)], axis=1)
        return np.asarray(np.stack(centre, axis=1) + np.atleast_1d(left_m)[:, None] * left)

    def heading(self, distance_m: ArrayLike) -> Array:
        """Return the direction (N,) there, radians counterclockwise from east."""
        along = np.atleast_1d(np.asarray(distance_m, np.float64)) % self.length_m
        return np.asarray(np.interp(along, self._distances_m, self._headings))

    def spot(self, distance_m: float, left_m: float) -> Spot:
        """Return one place."""
        x, y = self.at(distance_m, left_m)[0]
        return Spot(float(x), float(y), float(np.rad2deg(self.heading(distance_m)[0])))

    def distance_to_m(self, points: Array) -> Array:
        """Return how far points (N, 2) are from the centre line, to about 1 cm."""
        return np.asarray(self._tree.query(points)[0])


def _rounded(corners: Array, radius_m: float) -> tuple[Array, Array]:
    """Return points (N, 2) and directions (N,) of the closed line, the first also as the last."""
    points, headings = [], []
    heading = _heading(corners[0] - corners[-1])
    for before, corner, after in zip(
        np.roll(corners, 1, axis=0), corners, np.roll(corners, -1, axis=0), strict=True
    ):
        turn = _wrapped(_heading(after - corner) - _heading(corner - before))
        ahead = (corner - before) / np.linalg.norm(corner - before)
        start = corner - ahead * radius_m * np.tan(abs(turn) / 2.0)
        bend = np.linspace(0.0, turn, max(2, int(abs(turn) * radius_m / ARC_STEP_M)))
        side = np.sign(turn) * np.array([-ahead[1], ahead[0]])
        forward = radius_m * np.sin(np.abs(bend))[:, None] * ahead
        points.append(start + forward + radius_m * (1.0 - np.cos(bend))[:, None] * side)
        headings.append(heading + bend)
        heading += turn
    points.append(points[0][:1])
    headings.append(headings[0][:1] + 2.0 * np.pi)
    return np.concatenate(points), np.concatenate(headings)


def _heading(direction: Array) -> float:
    return float(np.arctan2(direction[1], direction[0]))


def _wrapped(angle: float) -> float:
    return float((angle + np.pi) % (2.0 * np.pi) - np.pi)
