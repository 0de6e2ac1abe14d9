"""`Surroundings`: a world of textured triangles, and what rays see in it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.recordings.point_light import dot
from training.recordings.texture_atlas import TextureAtlas
from training.recordings.triangles import Bools, Floats, Hits, Triangles


class Surroundings:
    """Triangles in one or more parts: what stands for good, and what is here at the moment.

    Args:
        parts: their triangles are numbered on from part to part.
        atlas: holds the textures of all.
    """

    def __init__(self, parts: Sequence[Triangles], atlas: TextureAtlas) -> None:
        self._parts = parts
        self._atlas = atlas
        self.normals = np.concatenate([part.normals for part in parts])  # (T, 3)
        self._uv = np.concatenate([part.uv for part in parts])  # (T, 3, 2)
        self._repeats_per_m = np.concatenate([part.repeats_per_m for part in parts])  # (T,)
        self._texture = np.concatenate([part.texture for part in parts])
        self._glows = np.concatenate([part.glows for part in parts])

    def cast(self, origins: Floats, directions: Floats) -> Hits:
        """Return what N rays hit first.

        Args:
            origins: (N, 3), or (3,) shared by all.
            directions: (N, 3), of any length.
        """
        origins = np.ascontiguousarray(np.broadcast_to(origins, directions.shape), np.float32)
        directions = np.ascontiguousarray(directions, np.float32)
        nearest = self._parts[0].cast(origins, directions)
        first = len(self._parts[0].normals)
        for part in self._parts[1:]:
            hits = part.cast(origins, directions)
            nearest = _nearer(nearest, hits, first)
            first += len(part.normals)
        return nearest

    def blocked(self, origins: Floats, directions: Floats) -> Bools:
        """Say of N rays (N, 3) whether anything is on them before their end, origin + direction."""
        origins, directions = np.ascontiguousarray(origins), np.ascontiguousarray(directions)
        blocked = self._parts[0].block(origins, directions)
        for part in self._parts[1:]:
            blocked |= part.block(origins, directions)
        return blocked

    def albedo(self, hits: Hits, sample_m: Floats) -> NDArray[np.uint8]:
        """Return the surfaces' own colours (N, 3), RGB; `sample_m` (N,) is what a ray covers."""
        return self.texels(self._atlas, hits, sample_m)

    def texels(self, atlas: TextureAtlas, hits: Hits, sample_m: Floats) -> NDArray[np.uint8]:
        """Return what another atlas with the same names has at the places hit (N, 3)."""
        uv = self._uv[hits.triangle]  # (N, 3, 2)
        second, third = hits.barycentric[:, :1], hits.barycentric[:, 1:]
        at = uv[:, 0] + second * (uv[:, 1] - uv[:, 0]) + third * (uv[:, 2] - uv[:, 0])
        footprint = sample_m * self._repeats_per_m[hits.triangle]
        return atlas.sample(self._texture[hits.triangle], at, footprint)

    def facing_normals(self, hits: Hits, directions: Floats) -> Floats:
        """Return the normals (N, 3) of the sides that are looked at along the directions."""
        normals = self.normals[hits.triangle]
        # Sheets have no inside: the side that is looked at counts.
        return np.where(dot(normals, directions)[:, None] > 0.0, -normals, normals)


def _nearer(hits: Hits, others: Hits, first: int) -> Hits:
    """Choose for each ray the nearer of two hits; `first` is the number of the others' first."""
    nearer = others.reach < hits.reach
    return Hits(
        np.where(nearer, others.reach, hits.reach),
        np.where(nearer, others.triangle + np.int32(first), hits.triangle),
        np.where(nearer[:, None], others.barycentric, hits.barycentric),
    )
