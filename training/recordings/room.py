"""`Room`: a furnished, lit room of textured triangles, and what rays see in it.

The map frame is the room's: z up, origin at the centre of the floor, x east, y north, metres.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from training.recordings import furniture
from training.recordings.furniture import Solid, box
from training.recordings.procedural_textures import draw_textures
from training.recordings.texture_atlas import TextureAtlas

Floats = NDArray[np.float32]

SIZE_M = (5.0, 4.0, 2.6)
EAST, NORTH, CEILING = SIZE_M[0] / 2, SIZE_M[1] / 2, SIZE_M[2]
SHELL_M = 0.1
"""Thickness of walls, floor and ceiling; they lie outside SIZE_M."""

AMBIENT = np.array([0.34, 0.35, 0.37], np.float32)
LAMP_AT = np.array([0.3, 0.2, 2.3], np.float32)
LAMP = np.array([1.30, 1.22, 1.06], np.float32)
LAMP_REACH_M = 2.2
"""Distance at which the lamp's light has halved."""
FLOOR_LAMP_AT = np.array([2.1, -1.6, 1.75], np.float32)
FLOOR_LAMP = np.array([0.60, 0.46, 0.26], np.float32)
FLOOR_LAMP_REACH_M = 0.9
WINDOW_AT = np.array([1.3, NORTH, 1.5], np.float32)
WINDOW = np.array([0.80, 0.92, 1.10], np.float32)
WINDOW_REACH_M = 1.6
CORNER_M, CORNER_SHADE = 0.25, 0.3
"""Ambient light fades towards the room's edges: a cheap stand-in for ambient occlusion."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """What N rays hit first."""

    reach: Floats
    """(N,) in units of the ray's direction: point = origin + reach · direction."""
    triangle: NDArray[np.int32]
    barycentric: Floats
    """(N, 2) weights of the triangle's second and third corner."""

    def __getitem__(self, chosen: NDArray[np.bool_]) -> "Hits":
        """Return the chosen (N,) ones."""
        return Hits(self.reach[chosen], self.triangle[chosen], self.barycentric[chosen])


class Room:
    """Textured solids as one triangle soup, in Embree's and in NumPy's hands."""

    def __init__(self, solids: list[Solid], atlas: TextureAtlas) -> None:
        self._atlas = atlas
        placed = [_placed(solid) for solid in solids]
        sides = [_texture_coordinates(solid) for solid in solids]
        self.triangles = np.concatenate(placed)  # (T, 3, 3)
        self._uv = np.concatenate([uv for uv, _ in sides])  # (T, 3, 2)
        self._repeats_per_m = np.concatenate([repeats for _, repeats in sides])  # (T,)
        counts = [len(triangles) for triangles in placed]
        names = [atlas.index[solid.texture] for solid in solids]
        self._texture = np.repeat(np.array(names, np.int32), counts)
        self._glows = np.repeat(np.array([solid.glows for solid in solids]), counts)
        edges = self.triangles[:, 1:] - self.triangles[:, :1]
        normals = np.cross(edges[:, 0], edges[:, 1])
        self.normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)  # (T, 3)

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
            furniture.floor_lamp(float(FLOOR_LAMP_AT[0]), float(FLOOR_LAMP_AT[1])),
            furniture.plant(rng, -2.15, 1.65),
            furniture.cartons(-1.75, -1.65),
            [box((0.3, 0.2, 0.0), (2.4, 1.6, 0.012), "rug")],
            [furniture.sphere((-0.75, 0.1, 0.012), 0.12, "ball")],
        )
        return cls(list(pieces), atlas)

    @cached_property
    def _scene(self) -> EmbreeScene:
        scene = EmbreeScene()
        TriangleMesh(scene, np.ascontiguousarray(self.triangles, np.float32))
        return scene

    def cast(self, origins: Floats, directions: Floats) -> Hits:
        """Return what N rays hit first; the room is closed, so every ray from inside hits.

        Args:
            origins: (N, 3), or (3,) shared by all.
            directions: (N, 3), of any length.
        """
        origins = np.ascontiguousarray(np.broadcast_to(origins, directions.shape), np.float32)
        found = self._scene.run(origins, np.ascontiguousarray(directions, np.float32), output=True)
        barycentric = np.stack([found["u"], found["v"]], axis=1)
        return Hits(found["tfar"], found["primID"], barycentric)

    def albedo(self, hits: Hits, sample_m: Floats) -> NDArray[np.uint8]:
        """Return the surfaces' own colours (N, 3), RGB; `sample_m` (N,) is what a ray covers."""
        uv = self._uv[hits.triangle]  # (N, 3, 2)
        second, third = hits.barycentric[:, :1], hits.barycentric[:, 1:]
        at = uv[:, 0] + second * (uv[:, 1] - uv[:, 0]) + third * (uv[:, 2] - uv[:, 0])
        footprint = sample_m * self._repeats_per_m[hits.triangle]
        return self._atlas.sample(self._texture[hits.triangle], at, footprint)

    def light(self, points: Floats, directions: Floats, hits: Hits) -> Floats:
        """Return the light (N, 3), linear, that falls on the points seen along the directions."""
        normals = self.normals[hits.triangle]
        # Sheets have no inside: light the side that is looked at.
        normals = np.where(_dot(normals, directions)[:, None] > 0.0, -normals, normals)
        light = AMBIENT * _ambient_fraction(points, normals)[:, None]
        lamp = _point_light(points, normals, LAMP_AT, LAMP_REACH_M)
        lamp *= ~self._shadowed(points + 2e-3 * normals)
        light += LAMP * lamp[:, None]
        light += (
            FLOOR_LAMP * _point_light(points, normals, FLOOR_LAMP_AT, FLOOR_LAMP_REACH_M)[:, None]
        )
        light += WINDOW * _point_light(points, normals, WINDOW_AT, WINDOW_REACH_M)[:, None]
        light[self._glows[hits.triangle]] = 1.0
        return light

    def _shadowed(self, points: Floats) -> NDArray[np.bool_]:
        # The ray stops short of the lamp, which would otherwise stand in its own light.
        towards = np.ascontiguousarray((LAMP_AT - points) * np.float32(0.9))
        until = np.ones(len(points), np.float32)
        hit = self._scene.run(np.ascontiguousarray(points), towards, until, query="OCCLUDED")
        return np.asarray(hit != -1)


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
    yield furniture.cylinder((0.3, 0.2, 2.42), 0.02, 0.18, "metal")
    yield furniture.sphere((0.3, 0.2, 2.18), 0.12, "lamp", glows=True)


def _placed(solid: Solid) -> Floats:
    """Return the solid's triangles (T, 3, 3) in the map frame."""
    turn = Rotation.from_euler("z", solid.yaw_deg, degrees=True).as_matrix()
    return np.asarray(solid.mesh.triangles @ turn.T + solid.foot, np.float32)


def _texture_coordinates(solid: Solid) -> tuple[Floats, Floats]:
    """Project the texture along each face's main axis, upright on the sides.

    Returns:
        Corners' u, v (T, 3, 2) in repeats, and the repeats per metre (T,).
    """
    axis = np.abs(solid.mesh.face_normals).argmax(axis=1)
    right, down = np.array([1, 0, 0])[axis], np.array([2, 2, 1])[axis]
    corners = solid.mesh.triangles - solid.mesh.bounds[0]  # (T, 3, 3)
    faces = np.arange(len(axis))
    along = np.stack([corners[faces, :, right], -corners[faces, :, down]], axis=2)  # (T, 3, 2)
    extents = np.stack([solid.mesh.extents[right], solid.mesh.extents[down]], axis=1)
    size = extents if solid.repeat_m is None else np.full_like(extents, solid.repeat_m)
    repeats_per_m = 1.0 / np.sqrt(size.prod(axis=1))
    return (along / size[:, None]).astype(np.float32), repeats_per_m.astype(np.float32)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->i", a, b), np.float32)


def _point_light(points: Floats, normals: Floats, at: Floats, reach_m: float) -> Floats:
    """Lambert's cosine times a soft falloff, (N,)."""
    towards = at - points
    squared = _dot(towards, towards)
    cosine = _dot(towards, normals) / np.sqrt(squared + 1e-6)
    falloff = 1.0 + squared / np.float32(reach_m**2)
    return np.asarray(np.maximum(cosine, 0.0) / falloff, np.float32)


def _ambient_fraction(points: Floats, normals: Floats) -> Floats:
    to_walls = np.array(SIZE_M, np.float32) / 2.0 - np.abs(points - [0.0, 0.0, CEILING / 2.0])
    near = np.exp(-np.maximum(to_walls, 0.0) / np.float32(CORNER_M))  # (N, 3)
    # A point on one wall is near that wall anyway: only the second nearest darkens it.
    second = np.sort(near, axis=1)[:, 1]
    return ((0.9 + 0.1 * normals[:, 2]) * (1.0 - CORNER_SHADE * second)).astype(np.float32)
