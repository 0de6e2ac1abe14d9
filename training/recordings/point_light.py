"""`PointLight`: a lamp, and how much of its light falls on surfaces."""

from dataclasses import dataclass

import numpy as np

from training.recordings.triangles import Floats


@dataclass(frozen=True, slots=True, eq=False)
class PointLight:
    """A lamp that shines in all directions."""

    at: Floats
    """(3,) metres, map frame."""
    colour: Floats
    """(3,) linear red, green, blue."""
    reach_m: float
    """Distance at which its light has halved."""

    def on(self, points: Floats, normals: Floats) -> Floats:
        """Return the share (N,) of its light on surfaces: Lambert's cosine, a soft falloff."""
        towards = self.at - points
        squared = dot(towards, towards)
        cosine = dot(towards, normals) / np.sqrt(squared + 1e-6)
        falloff = 1.0 + squared / np.float32(self.reach_m**2)
        return np.asarray(np.maximum(cosine, 0.0) / falloff, np.float32)


def dot(a: Floats, b: Floats) -> Floats:
    """Return the scalar products (N,) of vectors (N, 3)."""
    return np.asarray(np.einsum("ij,ij->i", a, b), np.float32)
