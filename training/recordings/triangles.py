"""`Triangles`: textured solids as one triangle soup, in Embree's and in NumPy's hands."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from trimesh import Trimesh

from training.recordings.solid import Solid
from training.recordings.texture_atlas import TextureAtlas

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """What N rays hit first."""

    reach: Floats
    """(N,) in units of the ray's direction: point = origin + reach · direction."""
    triangle: NDArray[np.int32]
    """(N,) −1 where nothing is hit."""
    barycentric: Floats
    """(N, 2) weights of the triangle's second and third corner."""

    def __getitem__(self, chosen: Bools) -> "Hits":
        """Return the chosen (N,) ones."""
        return Hits(self.reach[chosen], self.triangle[chosen], self.barycentric[chosen])

    @property
    def found(self) -> Bools:
        """(N,) whether anything is hit."""
        return self.triangle >= 0


class Triangles:
    """The triangles (T) of solids, with what is known of each."""

    def __init__(self, solids: Sequence[Solid], atlas: TextureAtlas) -> None:
        corners = [_placed(solid) for solid in solids]
        sides = [_texture_coordinates(solid) for solid in solids]
        counts = [len(triangles) for triangles in corners]
        self.corners = _joined(corners, (3, 3))
        self.uv = _joined([uv for uv, _ in sides], (3, 2))
        self.repeats_per_m = _joined([repeats for _, repeats in sides], ())
        names = [atlas.index[solid.texture] for solid in solids]
        self.texture = np.repeat(np.array(names, np.int32), counts)
        self.glows = np.repeat(np.array([solid.glows for solid in solids], np.bool_), counts)
        edges = self.corners[:, 1:] - self.corners[:, :1]
        normals = np.cross(edges[:, 0], edges[:, 1])
        self.normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)  # (T, 3)

    @cached_property
    def _scene(self) -> EmbreeScene:
        scene = EmbreeScene()
        TriangleMesh(scene, np.ascontiguousarray(self.corners, np.float32))
        return scene

    def cast(self, origins: Floats, directions: Floats) -> Hits:
        """Return what N rays hit first.

        Args:
            origins: (N, 3), contiguous.
            directions: (N, 3), contiguous, of any length.
        """
        found = self._scene.run(origins, directions, output=True)
        barycentric = np.stack([found["u"], found["v"]], axis=1)
        return Hits(found["tfar"], found["primID"], barycentric)

    def block(self, origins: Floats, directions: Floats) -> Bools:
        """Say of N rays whether anything is on them before their end, origin + direction."""
        until = np.ones(len(origins), np.float32)
        hit = self._scene.run(origins, directions, until, query="OCCLUDED")
        return np.asarray(hit != -1)


def _joined(arrays: Sequence[Floats], shape: tuple[int, ...]) -> Floats:
    return np.concatenate(arrays) if arrays else np.empty((0, *shape), np.float32)


def _placed(solid: Solid) -> Floats:
    """Return the solid's triangles (T, 3, 3) in the map frame."""
    turn = Rotation.from_euler("z", solid.yaw_deg, degrees=True).as_matrix()
    return np.asarray(solid.mesh.triangles @ turn.T + solid.foot, np.float32)


def _texture_coordinates(solid: Solid) -> tuple[Floats, Floats]:
    """Return the corners' u, v (T, 3, 2) in repeats, and the repeats per metre (T,)."""
    return _projected(solid) if solid.uv is None else (solid.uv, _density(solid.mesh, solid.uv))


def _projected(solid: Solid) -> tuple[Floats, Floats]:
    """Project the texture along each face's main axis, upright on the sides."""
    axis = np.abs(solid.mesh.face_normals).argmax(axis=1)
    right, down = np.array([1, 0, 0])[axis], np.array([2, 2, 1])[axis]
    corners = solid.mesh.triangles - solid.mesh.bounds[0]  # (T, 3, 3)
    faces = np.arange(len(axis))
    along = np.stack([corners[faces, :, right], -corners[faces, :, down]], axis=2)  # (T, 3, 2)
    extents = np.stack([solid.mesh.extents[right], solid.mesh.extents[down]], axis=1)
    size = extents if solid.repeat_m is None else np.full_like(extents, solid.repeat_m)
    repeats_per_m = 1.0 / np.sqrt(size.prod(axis=1))
    return (along / size[:, None]).astype(np.float32), repeats_per_m.astype(np.float32)


def _density(mesh: Trimesh, uv: Floats) -> Floats:
    """Return the repeats per metre (T,): the root of the ratio of a triangle's areas."""
    (ax, ay), (bx, by) = np.moveaxis(uv[:, 1:] - uv[:, :1], (1, 2), (0, 1))
    areas = np.abs(ax * by - ay * bx) / 2.0
    return np.asarray(np.sqrt(areas / mesh.area_faces), np.float32)
