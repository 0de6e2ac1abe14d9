"""`Tree`: trunk and branches, and a crown of leaves in summer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.random import Generator

from training.recordings.block.street import Array
from training.recordings.block.street_pictures import Season
from training.recordings.solid import Solid, cylinder

CLUMPS, BRANCHES = 9, 26
LEAF_REPEAT_M = 1.4


@dataclass(frozen=True, slots=True)
class Tree:
    """What a tree is like; it stands at the origin."""

    trunk_m: float
    """Height of the lowest branches."""
    crown_m: float
    """Radius of the crown."""
    detail: int
    """Seed of its branches and leaves."""

    @classmethod
    def drawn(cls, rng: Generator) -> "Tree":
        """Draw a tree."""
        crown_m = float(rng.uniform(1.3, 2.2))
        return cls(float(rng.uniform(2.4, 3.2)), crown_m, int(rng.integers(2**32)))

    def solids(self, season: Season) -> Iterator[Solid]:
        """Grow it: the branches are the same in all seasons."""
        yield cylinder((0.0, 0.0, 0.0), 0.08 * self.crown_m, self.trunk_m, "bark", sections=8)
        yield Solid(self._branches(), (0.0, 0.0, self.trunk_m - 0.4), "bark", 0.8)
        if season == "summer":
            yield Solid(self._crown(), (0.0, 0.0, self.trunk_m - 0.2), "leaves", LEAF_REPEAT_M)

    def _branches(self) -> trimesh.Trimesh:
        """Straight branches outwards and up, and twigs from their middles."""
        rng = np.random.default_rng([self.detail, 0])
        rods = []
        for index in range(BRANCHES):
            way = rng.normal((0.0, 0.0, 0.9), 0.6) * self.crown_m
            way[2] = abs(way[2])
            start = np.array([0.0, 0.0, 0.4 + 0.4 * self.crown_m * rng.random()])
            if index > BRANCHES // 3:
                start += 0.5 * rng.normal((0.0, 0.0, 0.6), 0.45) * self.crown_m
                way *= 0.6
            radius = 0.025 * self.crown_m * (1.0 if index <= BRANCHES // 3 else 0.5)
            rods.append(_rod(start, start + way, radius))
        return _merged(rods)

    def _crown(self) -> trimesh.Trimesh:
        """Bumpy clumps of leaves round the middle."""
        rng = np.random.default_rng([self.detail, 1])
        clumps = []
        for _ in range(CLUMPS):
            radius = self.crown_m * float(rng.uniform(0.45, 0.65))
            clump = trimesh.creation.icosphere(subdivisions=1, radius=radius)
            clump.vertices *= rng.uniform(0.8, 1.2, (len(clump.vertices), 1))
            at = rng.uniform((-0.6, -0.6, 0.5), (0.6, 0.6, 1.7)) * self.crown_m
            clumps.append(clump.apply_translation(at))
        return _merged(clumps)


def _rod(start: Array, end: Array, radius: float) -> trimesh.Trimesh:
    rod: trimesh.Trimesh = trimesh.creation.cylinder(radius, segment=[start, end], sections=4)
    return rod


def _merged(meshes: list[trimesh.Trimesh]) -> trimesh.Trimesh:
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    firsts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    faces = [mesh.faces + first for mesh, first in zip(meshes, firsts, strict=True)]
    return trimesh.Trimesh(vertices, np.concatenate(faces), process=False)
