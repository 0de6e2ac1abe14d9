"""What a street is laid out on: strips along its course, zebra crossings and patches."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import trimesh
from numpy.random import Generator
from numpy.typing import NDArray

from training.recordings.block.street import (
    CARRIAGEWAY_M,
    KERB_M,
    LANE_M,
    PARKING_M,
    PAVEMENT_M,
    Street,
)
from training.recordings.block.street_pictures import ASPHALT_LENGTH_M, PATCHES
from training.recordings.solid import Solid, Vector, box

FORECOURT_M = 12.5
"""The strip of lawn before the houses ends here; behind it the ground lies lower."""
LAWN_M, BACKGROUND_M = 0.1, -0.2
Edge = tuple[float, float]
"""To the left of the centre line, and height, metres."""
PAVED_EDGES = ((CARRIAGEWAY_M, 0.0), (PARKING_M, 0.0), (PARKING_M, KERB_M), (PAVEMENT_M, KERB_M))
LAWN_EDGES = ((PAVEMENT_M, KERB_M), (PAVEMENT_M, LAWN_M), (FORECOURT_M, LAWN_M))
STRIP_STEP_M = 1.0
STONES_M = (4.0, 4.0)
"""Repeat of cobbles, slabs and grass."""
CROSSING_EVERY_M, PATCH_EVERY_M = 120.0, 9.0
CROSSING_M = 3.0
PAINT_M = 0.01
"""Height of what is painted on the carriageway."""


def ground(street: Street, rng: Generator) -> Iterator[Solid]:
    """Carriageway, parking bays, kerbs, pavements and lawns."""
    edges = ((-CARRIAGEWAY_M, 0.0), (CARRIAGEWAY_M, 0.0))
    yield _strip(street, *edges, "asphalt", (2.0 * CARRIAGEWAY_M, ASPHALT_LENGTH_M))
    for side in (-1.0, 1.0):
        yield from _profile(street, side, PAVED_EDGES, ("cobbles", "kerb", "pavement"))
        if side < 0.0 or street.radius_m > FORECOURT_M:
            yield from _profile(street, side, LAWN_EDGES, ("kerb", "grass"))
    yield _background(street)
    yield from _crossings(street, rng)
    yield from _patches(street, rng)


def _profile(
    street: Street, side: float, edges: Sequence[Edge], textures: Sequence[str]
) -> Iterator[Solid]:
    for texture, ((left, z), (next_left, next_z)) in zip(textures, pairwise(edges), strict=True):
        yield _strip(street, (side * left, z), (side * next_left, next_z), texture, STONES_M)


def _strip(
    street: Street, start: Edge, end: Edge, texture: str, repeat_m: tuple[float, float]
) -> Solid:
    """Return a band along the street between two edges; its texture repeats across and along."""
    count = round(street.length_m / STRIP_STEP_M)
    along = np.linspace(0.0, street.length_m, count + 1)
    wide_m = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    # A whole number of repeats: where the street closes there is no seam.
    down = max(1, round(street.length_m / repeat_m[1])) * along / street.length_m
    vertices, uv = [], []
    for (left, z), right in ((start, 0.0), (end, wide_m / repeat_m[0])):
        vertices.append(np.column_stack([street.at(along, left), np.full(count + 1, z)]))
        uv.append(np.column_stack([np.full(count + 1, right), down]))
    faces = _band(count)
    mesh = trimesh.Trimesh(np.concatenate(vertices), faces, process=False)
    coordinates = np.concatenate(uv)[faces].astype(np.float32)
    return Solid(mesh, (0.0, 0.0, 0.0), texture, uv=coordinates)


def _band(count: int) -> NDArray[np.int64]:
    """Return the corners (2 · count, 3) of the triangles between two rows of count + 1 points."""
    here = np.arange(count)
    beside = here + count + 1
    lower = np.column_stack([here, beside, here + 1])
    return np.concatenate([lower, np.column_stack([beside, beside + 1, here + 1])])


def _background(street: Street) -> Solid:
    """The ground behind the houses, as far as the haze."""
    points = street.at(np.arange(0.0, street.length_m))
    centre, size = points.mean(axis=0), np.ptp(points, axis=0) + 400.0
    foot: Vector = (float(centre[0]), float(centre[1]), BACKGROUND_M - 1.0)
    return box(foot, (float(size[0]), float(size[1]), 1.0), "grass", repeat_m=6.0)


def _crossings(street: Street, rng: Generator) -> Iterator[Solid]:
    count = max(1, round(street.length_m / CROSSING_EVERY_M))
    for index in range(count):
        spot = street.spot((index + float(rng.uniform(0.2, 0.8))) * street.length_m / count, 0.0)
        size = (2.0 * CARRIAGEWAY_M, CROSSING_M, PAINT_M)
        # Its length lies across the street, so that the bars lie along it.
        yield box((spot.x, spot.y, 0.0), size, "zebra", yaw_deg=spot.heading_deg + 90.0)


def _patches(street: Street, rng: Generator) -> Iterator[Solid]:
    """Where the asphalt was mended."""
    for _ in range(round(street.length_m / PATCH_EVERY_M)):
        left = float(rng.choice([-LANE_M, LANE_M]) + rng.uniform(-0.8, 0.8))
        spot = street.spot(float(rng.uniform(0.0, street.length_m)), left)
        length, width = (float(side) for side in rng.uniform((0.6, 0.5), (4.0, 1.4)))
        foot = (spot.x, spot.y, -PAINT_M / 2.0)
        size = (length, width, PAINT_M)
        yield box(foot, size, f"patch_{rng.integers(PATCHES)}", yaw_deg=spot.heading_deg)
