"""`Solid`: a mesh with one texture, and the shapes that synthetic worlds are made of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import trimesh
from numpy.typing import NDArray

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """A mesh with one texture, standing at `foot` and turned by `yaw_deg` about the vertical."""

    mesh: trimesh.Trimesh
    """Lowest point at z = 0, in its own frame."""
    foot: Vector
    texture: str
    repeat_m: float | None = None
    """Size of one repeat of the texture; None spreads it once over each side."""
    yaw_deg: float = 0.0
    glows: bool = False
    """Shows its texture as it is, whatever the light."""
    uv: NDArray[np.float32] | None = None
    """(T, 3, 2) where the texture lies on the triangles, in repeats, instead of a projection."""


def box(
    foot: Vector,
    size: Vector,
    texture: str,
    repeat_m: float | None = None,
    yaw_deg: float = 0.0,
    glows: bool = False,
) -> Solid:
    """Return a box; `foot` is the centre of its bottom."""
    mesh = trimesh.creation.box(size)
    mesh.apply_translation((0.0, 0.0, size[2] / 2.0))
    return Solid(mesh, foot, texture, repeat_m, yaw_deg, glows)


def cylinder(
    foot: Vector,
    radius: float,
    height: float,
    texture: str,
    glows: bool = False,
    sections: int = 16,
) -> Solid:
    """Return an upright cylinder."""
    mesh = trimesh.creation.cylinder(radius, height, sections=sections)
    mesh.apply_translation((0.0, 0.0, height / 2.0))
    return Solid(mesh, foot, texture, None, 0.0, glows)


def sphere(foot: Vector, radius: float, texture: str, glows: bool = False) -> Solid:
    """Return a sphere."""
    mesh = trimesh.creation.icosphere(subdivisions=2, radius=radius)
    mesh.apply_translation((0.0, 0.0, radius))
    return Solid(mesh, foot, texture, None, 0.0, glows)


def frustum(foot: Vector, below: tuple[float, float], above: Vector, texture: str) -> Solid:
    """Return a block that narrows upwards, such as a roof.

    Args:
        foot: the centre of its bottom.
        below: length and width of the bottom.
        above: length, width and height of the top.
        texture: spread once over each side.
    """
    (length, width), (top_length, top_width, height) = below, above
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2.0
    bottom = np.column_stack([corners * [length, width], np.zeros(4)])
    top = np.column_stack([corners * [top_length, top_width], np.full(4, height)])
    faces = [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7]]
    for side in range(4):
        after = (side + 1) % 4
        faces += [[side, after, 4 + after], [side, 4 + after, 4 + side]]
    mesh = trimesh.Trimesh(np.concatenate([bottom, top]), faces, process=False)
    return Solid(mesh, foot, texture)


def placed(solids: Iterable[Solid], foot: Vector, yaw_deg: float) -> Iterator[Solid]:
    """Move solids that stand around the origin to `foot`, turned by `yaw_deg`."""
    cosine, sine = float(np.cos(np.deg2rad(yaw_deg))), float(np.sin(np.deg2rad(yaw_deg)))
    for solid in solids:
        x, y, z = solid.foot
        moved = (foot[0] + cosine * x - sine * y, foot[1] + sine * x + cosine * y, foot[2] + z)
        yield replace(solid, foot=moved, yaw_deg=solid.yaw_deg + yaw_deg)
