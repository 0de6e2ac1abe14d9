"""Pieces of furniture, each a few textured solids in the map frame (z up, metres)."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from training.recordings.procedural_textures import BOOKS, CARTONS, CUSHIONS
from training.recordings.solid import Solid, Vector, box, cylinder, sphere


def table(foot: Vector, size: Vector, texture: str) -> Iterator[Solid]:
    """A top on four legs."""
    (x, y, z), (length, depth, height) = foot, size
    yield box((x, y, z + height - 0.04), (length, depth, 0.04), texture)
    for dx in (-length / 2 + 0.06, length / 2 - 0.06):
        for dy in (-depth / 2 + 0.06, depth / 2 - 0.06):
            yield box((x + dx, y + dy, z), (0.06, 0.06, height - 0.04), texture)


def desk(x: float, y: float) -> Iterator[Solid]:
    """A table with a screen, a keyboard, a mug and a pile of books; one sits to its south."""
    yield from table((x, y, 0.0), (1.5, 0.7, 0.74), "oak")
    yield box((x - 0.15, y + 0.12, 0.74), (0.24, 0.18, 0.02), "black")
    yield box((x - 0.15, y + 0.16, 0.76), (0.05, 0.04, 0.12), "black")
    yield box((x - 0.15, y + 0.13, 0.84), (0.62, 0.04, 0.36), "screen", glows=True)
    yield box((x - 0.15, y - 0.15, 0.74), (0.44, 0.15, 0.02), "keyboard")
    yield cylinder((x + 0.3, y - 0.12, 0.74), 0.04, 0.1, "ball")
    for layer in range(4):
        foot = (x + 0.55, y + 0.05, 0.74 + 0.04 * layer)
        yield box(foot, (0.24, 0.17, 0.038), f"book_{layer}", yaw_deg=13.0 * layer)


def chair(x: float, y: float, yaw_deg: float) -> Iterator[Solid]:
    """A seat on a post, and a back."""
    back = np.deg2rad(yaw_deg)
    yield cylinder((x, y, 0.0), 0.24, 0.04, "black")
    yield cylinder((x, y, 0.04), 0.03, 0.38, "metal")
    yield box((x, y, 0.42), (0.46, 0.46, 0.07), "chair", yaw_deg=yaw_deg)
    foot = (x + 0.22 * float(np.cos(back)), y + 0.22 * float(np.sin(back)), 0.5)
    yield box(foot, (0.05, 0.42, 0.42), "chair", yaw_deg=yaw_deg)


def bookshelf(rng: Generator, x: float, y: float) -> Iterator[Solid]:
    """Five boards between two sides, with books of all sizes; open to the east."""
    depth, width, height, gap = 0.3, 1.5, 1.95, 0.46
    for dy in (-width / 2, width / 2):
        yield box((x, y + dy, 0.0), (depth, 0.03, height), "walnut")
    yield box((x - depth / 2, y, 0.0), (0.02, width, height), "walnut")
    for shelf in range(5):
        z = 0.04 + gap * shelf
        yield box((x, y, z), (depth - 0.01, width - 0.03, 0.03), "walnut")
        if shelf < 4:
            yield from _row_of_books(rng, x, y - width / 2 + 0.05, y + width / 2 - 0.08, z + 0.03)


def _row_of_books(rng: Generator, x: float, start: float, end: float, z: float) -> Iterator[Solid]:
    at = start
    while at < end:
        thick, high = float(rng.uniform(0.035, 0.08)), float(rng.uniform(0.2, 0.38))
        if rng.random() < 0.9:
            texture = f"book_{rng.integers(BOOKS)}"
            yield box((x + 0.02, at + thick / 2, z), (0.2, thick - 0.004, high), texture)
        at += thick


def sofa(x: float, y: float) -> Iterator[Solid]:
    """Seat, back and arms with three cushions; faces north."""
    yield box((x, y, 0.08), (1.8, 0.8, 0.34), "sofa")
    yield box((x, y - 0.32, 0.42), (1.8, 0.16, 0.42), "sofa")
    for dx in (-0.9, 0.9):
        yield box((x + dx, y, 0.06), (0.16, 0.82, 0.56), "sofa")
    for index in range(CUSHIONS):
        foot = (x - 0.55 + 0.5 * index, y - 0.14, 0.43)
        yield box(foot, (0.4, 0.14, 0.36), f"cushion_{index}", yaw_deg=12.0 * (index - 1))


def coffee_table(x: float, y: float) -> Iterator[Solid]:
    """A low table with books and a bowl."""
    yield from table((x, y, 0.0), (0.9, 0.5, 0.4), "walnut")
    for layer in range(3):
        foot = (x - 0.2, y + 0.04, 0.4 + 0.03 * layer)
        yield box(foot, (0.28, 0.2, 0.03), f"book_{5 + layer}", yaw_deg=-17.0 * layer)
    yield cylinder((x + 0.2, y - 0.05, 0.4), 0.11, 0.07, "terracotta")
    for index, (dx, dy) in enumerate(((-0.04, 0.0), (0.04, 0.03), (0.02, -0.05))):
        yield sphere((x + 0.2 + dx, y - 0.05 + dy, 0.44), 0.04, f"cushion_{index}")


def sideboard(x: float, y: float) -> Iterator[Solid]:
    """Cupboards under a worktop with pots and boxes, tiles on the wall; open to the west."""
    for index in range(3):
        foot = (x, y - 0.6 + 0.6 * index, 0.08)
        yield box(foot, (0.5, 0.58, 0.76), ("white_wood", "oak", "white_wood")[index])
        yield box((x - 0.26, foot[1] + 0.2, 0.6), (0.02, 0.03, 0.14), "black")
    yield box((x, y, 0.0), (0.44, 1.74, 0.08), "black")
    yield box((x, y, 0.84), (0.54, 1.84, 0.04), "metal")
    yield box((x + 0.26, y, 0.88), (0.02, 1.84, 0.5), "tiles", repeat_m=0.6)
    yield cylinder((x, y - 0.55, 0.88), 0.13, 0.17, "black")
    yield box((x + 0.05, y + 0.05, 0.88), (0.2, 0.3, 0.28), "carton_0", yaw_deg=20.0)
    yield cylinder((x - 0.03, y + 0.5, 0.88), 0.06, 0.26, "ball")
    yield cylinder((x + 0.08, y + 0.68, 0.88), 0.05, 0.2, "terracotta")


def floor_lamp(x: float, y: float) -> Iterator[Solid]:
    """A foot, a post and a glowing shade."""
    yield cylinder((x, y, 0.0), 0.16, 0.03, "metal")
    yield cylinder((x, y, 0.03), 0.02, 1.4, "metal")
    yield cylinder((x, y, 1.42), 0.2, 0.3, "lampshade", glows=True)


def plant(rng: Generator, x: float, y: float) -> Iterator[Solid]:
    """A pot with a bush of spheres."""
    yield cylinder((x, y, 0.0), 0.18, 0.32, "terracotta")
    yield cylinder((x, y, 0.32), 0.03, 0.4, "walnut")
    for _ in range(7):
        dx, dy, dz = rng.uniform((-0.16, -0.16, 0.0), (0.16, 0.16, 0.6))
        foot = (x + float(dx), y + float(dy), 0.5 + float(dz))
        yield sphere(foot, float(rng.uniform(0.11, 0.19)), "leaves")


def cartons(x: float, y: float) -> Iterator[Solid]:
    """A stack of moving boxes."""
    yield box((x, y, 0.0), (0.5, 0.42, 0.36), f"carton_{1 % CARTONS}", yaw_deg=8.0)
    yield box((x + 0.03, y, 0.36), (0.42, 0.36, 0.3), f"carton_{2 % CARTONS}", yaw_deg=-14.0)
    yield box((x, y + 0.02, 0.66), (0.3, 0.28, 0.2), f"carton_{3 % CARTONS}", yaw_deg=25.0)
