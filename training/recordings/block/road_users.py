"""Cars, vans and people, each a few solids at the origin, facing +x."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import trimesh
from numpy.random import Generator

from training.recordings.block.street_pictures import CLOTHES, PAINTS
from training.recordings.solid import Solid, Vector, box, cylinder, frustum, sphere

VANS = 0.2
WHEEL_M = 0.32
"""Radius."""


def car_or_van(rng: Generator) -> list[Solid]:
    """Draw one of them."""
    return list(van(rng) if rng.random() < VANS else car(rng))


def parked(vehicle: list[Solid]) -> list[Solid]:
    """Switch its lamps off."""
    off = {"headlamp": "headlamp_off", "taillamp": "taillamp_off"}
    return [replace(solid, texture=off.get(solid.texture, solid.texture)) for solid in vehicle]


def car(rng: Generator) -> Iterator[Solid]:
    """A body, a cabin with windows all round, a roof, lamps and wheels."""
    paint = f"paint_{rng.integers(PAINTS)}"
    length, height = float(rng.uniform(3.7, 4.7)), float(rng.uniform(0.52, 0.7))
    yield box((0.0, 0.0, 0.25), (length, 1.74, height), paint)
    cabin, top = 0.25 + height, 0.55
    estate = float(rng.uniform(0.45, 0.62)) * length
    foot = (-0.06 * length, 0.0, cabin)
    yield frustum(foot, (estate + 0.7, 1.64), (estate - 0.35, 1.34, top), "glass")
    yield box((foot[0], 0.0, cabin + top), (estate - 0.35, 1.34, 0.06), paint)
    yield from _lamps(length, 0.25 + height - 0.2)
    yield from _wheels(0.31 * length)


def van(rng: Generator) -> Iterator[Solid]:
    """A high box behind a windscreen."""
    paint = f"paint_{rng.integers(PAINTS)}"
    length, height = float(rng.uniform(4.8, 5.6)), float(rng.uniform(1.6, 2.0))
    yield box((-0.5, 0.0, 0.3), (length - 1.0, 1.9, height), paint)
    yield box((length / 2.0 - 0.55, 0.0, 0.3), (1.1, 1.86, 0.75), paint)
    yield frustum((length / 2.0 - 0.75, 0.0, 1.05), (1.3, 1.8), (0.5, 1.6, 0.7), "glass")
    yield from _lamps(length, 0.75)
    yield from _wheels(0.32 * length)


def pedestrian(rng: Generator) -> list[Solid]:
    """Legs, a coat and a head."""
    height = float(rng.uniform(1.5, 1.9))
    coat, trousers = (f"cloth_{number}" for number in rng.integers(CLOTHES, size=2))
    legs = [box((x, y, 0.0), (0.16, 0.14, 0.5 * height), trousers) for x, y in _feet(rng)]
    return [
        *legs,
        cylinder((0.0, 0.0, 0.45 * height), 0.22, 0.4 * height, coat, sections=8),
        sphere((0.0, 0.0, 0.86 * height), 0.07 * height, "skin" if rng.random() < 0.5 else "hair"),
    ]


def _feet(rng: Generator) -> tuple[tuple[float, float], tuple[float, float]]:
    stride = float(rng.uniform(0.05, 0.2))
    return (stride, 0.09), (-stride, -0.09)


def _lamps(length: float, z: float) -> Iterator[Solid]:
    for y in (-0.62, 0.62):
        yield box((length / 2.0, y, z), (0.06, 0.3, 0.14), "headlamp")
        yield box((-length / 2.0, y, z), (0.06, 0.26, 0.16), "taillamp")


def _wheels(x: float) -> Iterator[Solid]:
    for at in ((x, 0.8), (-x, 0.8), (x, -0.8), (-x, -0.8)):
        yield _wheel((*at, 0.0))


def _wheel(foot: Vector) -> Solid:
    upright = cylinder(foot, WHEEL_M, 0.22, "tyre", sections=10)
    x, y, z = upright.mesh.vertices.T
    lying = np.column_stack([x, z - 0.11, WHEEL_M - y])
    return replace(upright, mesh=trimesh.Trimesh(lying, upright.mesh.faces, process=False))
