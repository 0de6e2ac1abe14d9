"""`Room`: a furnished, lit room of textured triangles, and what rays see in it.

The map frame is the room's: z up, origin at the centre of the floor, x east, y north, metres.
"""

from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.random import Generator

from training.recordings import furniture
from training.recordings.point_light import PointLight
from training.recordings.procedural_textures import draw_textures
from training.recordings.solid import Solid, box, cylinder, sphere
from training.recordings.surroundings import Surroundings
from training.recordings.texture_atlas import TextureAtlas
from training.recordings.triangles import Bools, Floats, Hits, Triangles

SIZE_M = (5.0, 4.0, 2.6)
EAST, NORTH, CEILING = SIZE_M[0] / 2, SIZE_M[1] / 2, SIZE_M[2]
SHELL_M = 0.1
"""Thickness of walls, floor and ceiling; they lie outside SIZE_M."""

AMBIENT = np.array([0.34, 0.35, 0.37], np.float32)
LAMP = PointLight(
    np.array([0.3, 0.2, 2.3], np.float32), np.array([1.30, 1.22, 1.06], np.float32), 2.2
)
FLOOR_LAMP = PointLight(
    np.array([2.1, -1.6, 1.75], np.float32), np.array([0.60, 0.46, 0.26], np.float32), 0.9
)
WINDOW = PointLight(
    np.array([1.3, NORTH, 1.5], np.float32), np.array([0.80, 0.92, 1.10], np.float32), 1.6
)
CORNER_M, CORNER_SHADE = 0.25, 0.3
"""Ambient light fades towards the room's edges: a cheap stand-in for ambient occlusion."""


class Room(Surroundings):
    """Solids that close a room; the lamps and the window are those of the furnished one."""

    def __init__(self, solids: list[Solid], atlas: TextureAtlas) -> None:
        super().__init__([Triangles(solids, atlas)], atlas)

    @classmethod
    def furnished(cls, rng: Generator) -> "Room":
        """Return the room; the generator decides on colours, pictures, books and leaves."""
        atlas = TextureAtlas(draw_textures(rng))
        pieces = chain(
            shell(),
            wall_decoration(),
            furniture.desk(-0.75, 1.58),
            furniture.chair(-0.8, 1.0, -70.0),
            furniture.bookshelf(rng, -EAST + 0.17, -0.55),
            furniture.sofa(0.35, -NORTH + 0.42),
            furniture.coffee_table(0.35, -0.55),
            furniture.sideboard(EAST - 0.28, 0.65),
            furniture.floor_lamp(float(FLOOR_LAMP.at[0]), float(FLOOR_LAMP.at[1])),
            furniture.plant(rng, -2.15, 1.65),
            furniture.cartons(-1.75, -1.65),
            [box((0.3, 0.2, 0.0), (2.4, 1.6, 0.012), "rug")],
            [sphere((-0.75, 0.1, 0.012), 0.12, "ball")],
        )
        return cls(list(pieces), atlas)

    def light(self, points: Floats, directions: Floats, hits: Hits) -> Floats:
        """Return the light (N, 3), linear, that falls on the points seen along the directions."""
        normals = self.facing_normals(hits, directions)
        light = AMBIENT * _ambient_fraction(points, normals)[:, None]
        lamp = LAMP.on(points, normals)
        lamp *= ~self._shadowed(points + 2e-3 * normals)
        light += LAMP.colour * lamp[:, None]
        for source in (FLOOR_LAMP, WINDOW):
            light += source.colour * source.on(points, normals)[:, None]
        light[self._glows[hits.triangle]] = 1.0
        return light

    def _shadowed(self, points: Floats) -> Bools:
        # The ray stops short of the lamp, which would otherwise stand in its own light.
        return self.blocked(points, (LAMP.at - points) * np.float32(0.9))


def shell() -> Iterator[Solid]:
    """Floor, ceiling and walls."""
    length, depth, height = SIZE_M
    wide, deep = length + 2 * SHELL_M, depth + 2 * SHELL_M
    yield box((0.0, 0.0, -SHELL_M), (wide, deep, SHELL_M), "floor", repeat_m=1.6)
    yield box((0.0, 0.0, height), (wide, deep, SHELL_M), "ceiling")
    yield box((0.0, NORTH + SHELL_M / 2, 0.0), (length, SHELL_M, height), "wall_north")
    yield box((0.0, -NORTH - SHELL_M / 2, 0.0), (length, SHELL_M, height), "wall_south")
    yield box((EAST + SHELL_M / 2, 0.0, 0.0), (SHELL_M, depth, height), "wall_east")
    yield box((-EAST - SHELL_M / 2, 0.0, 0.0), (SHELL_M, depth, height), "wall_west")


def wall_decoration() -> Iterator[Solid]:
    """Window, door, pictures, a clock and the ceiling lamp."""
    yield box((1.3, NORTH - 0.02, 0.95), (1.5, 0.04, 1.2), "window", glows=True)
    yield box((-EAST + 0.03, 1.05, 0.0), (0.06, 0.85, 2.05), "door")
    yield box((-1.35, NORTH - 0.015, 1.3), (0.7, 0.03, 0.95), "poster_0")
    yield box((-0.45, NORTH - 0.015, 1.5), (0.6, 0.03, 0.6), "poster_1")
    yield box((0.15, NORTH - 0.015, 1.7), (0.3, 0.03, 0.3), "clock")
    yield box((-1.9, -NORTH + 0.015, 1.2), (0.6, 0.03, 0.8), "poster_2")
    yield box((-0.85, -NORTH + 0.015, 1.25), (1.0, 0.03, 0.7), "painting_0")
    yield box((0.2, -NORTH + 0.015, 1.3), (0.5, 0.03, 0.75), "poster_3")
    yield box((1.15, -NORTH + 0.015, 1.35), (0.9, 0.03, 0.6), "painting_1")
    yield box((EAST - 0.015, -0.75, 1.1), (0.03, 0.7, 1.0), "poster_4")
    yield box((EAST - 0.015, 0.2, 1.6), (0.03, 0.6, 0.5), "painting_2")
    yield box((EAST - 0.015, 1.1, 1.55), (0.03, 0.7, 0.6), "poster_5")
    yield box((EAST - 0.015, -1.5, 1.3), (0.03, 0.45, 0.45), "painting_3")
    yield box((-EAST + 0.015, -1.65, 1.2), (0.03, 0.5, 0.7), "poster_6")
    yield cylinder((0.3, 0.2, 2.42), 0.02, 0.18, "metal")
    yield sphere((0.3, 0.2, 2.18), 0.12, "lamp", glows=True)


def _ambient_fraction(points: Floats, normals: Floats) -> Floats:
    to_walls = np.array(SIZE_M, np.float32) / 2.0 - np.abs(points - [0.0, 0.0, CEILING / 2.0])
    near = np.exp(-np.maximum(to_walls, 0.0) / np.float32(CORNER_M))  # (N, 3)
    # A point on one wall is near that wall anyway: only the second nearest darkens it.
    second = np.sort(near, axis=1)[:, 1]
    return ((0.9 + 0.1 * normals[:, 2]) * (1.0 - CORNER_SHADE * second)).astype(np.float32)
