"""`Building`: a house on the street, and the solids it is made of."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from training.recordings.block.facade import Facade
from training.recordings.block.street_pictures import CLOTHES
from training.recordings.solid import Solid, box, frustum

STOREY_M, GROUND_FLOOR_M, BAY_M = 3.0, 3.6, 3.1
PITCHED, SHOPS, BALCONIES, AWNINGS = 0.5, 0.4, 0.3, 0.6
"""Fractions of buildings with a pitched roof, a shop; with balconies, an awning where they fit."""


@dataclass(frozen=True, slots=True)
class Building:
    """What a house is like. It stands at the origin with its front to −y, x along the street."""

    bays: int
    storeys: int
    depth_m: float
    setback_m: float
    """From the pavement's edge."""
    shop: bool
    pitched: bool
    detail: int
    """Seed of what is drawn and built on it."""

    @classmethod
    def drawn(cls, rng: Generator) -> "Building":
        """Draw a house."""
        shop = bool(rng.random() < SHOPS)
        return cls(
            bays=int(rng.integers(3, 9)),
            storeys=int(rng.integers(2, 6)),
            depth_m=float(rng.uniform(8.0, 12.0)),
            setback_m=0.2 if shop else float(rng.choice([0.2, 1.0, 2.5])),
            shop=shop,
            pitched=bool(rng.random() < PITCHED),
            detail=int(rng.integers(2**32)),
        )

    @property
    def width_m(self) -> float:
        """Of its front."""
        return BAY_M * self.bays

    @property
    def height_m(self) -> float:
        """Of its walls."""
        return GROUND_FLOOR_M + STOREY_M * (self.storeys - 1)

    def facade(self) -> Facade:
        """Draw its front, which its other sides share."""
        rng = np.random.default_rng([self.detail, 0])
        return Facade.drawn(rng, self.bays, self.storeys, self.shop)

    def solids(self, facade: str) -> Iterator[Solid]:
        """Build it, with the name of its facade's picture."""
        rng = np.random.default_rng([self.detail, 1])
        size = (self.width_m, self.depth_m, self.height_m)
        yield box((0.0, self.depth_m / 2.0, 0.0), size, facade)
        yield from self._pitched_roof(rng) if self.pitched else self._flat_roof(rng)
        if self.shop and rng.random() < AWNINGS:
            yield from self._awning(rng)
        if self.storeys > 2 and rng.random() < BALCONIES:
            yield from self._balconies(rng)

    def _pitched_roof(self, rng: Generator) -> Iterator[Solid]:
        middle = (0.0, self.depth_m / 2.0, self.height_m)
        wide, deep = self.width_m + 0.4, self.depth_m + 0.8
        rise = float(rng.uniform(2.0, 3.8))
        gable = bool(rng.random() < 0.5)
        top = (wide - (0.0 if gable else 3.0), 0.3, rise)
        yield frustum(middle, (wide, deep), top, "tiles" if rng.random() < 0.6 else "slate")
        for _ in range(int(rng.integers(1, 4))):
            x = float(rng.uniform(-0.4, 0.4)) * self.width_m
            foot = (x, 0.45 * self.depth_m, self.height_m + 0.4 * rise)
            yield box(foot, (0.9, 0.6, 0.6 * rise + 0.9), "kerb")

    def _flat_roof(self, rng: Generator) -> Iterator[Solid]:
        middle = (0.0, self.depth_m / 2.0, self.height_m)
        yield box(middle, (self.width_m + 0.3, self.depth_m + 0.3, 0.5), "kerb")
        x = float(rng.uniform(-0.3, 0.3)) * self.width_m
        yield box((x, 0.6 * self.depth_m, self.height_m + 0.5), (3.0, 3.0, 2.2), "metal")

    def _awning(self, rng: Generator) -> Iterator[Solid]:
        foot = (0.0, -0.6, GROUND_FLOOR_M - 0.9)
        paint = f"cloth_{rng.integers(CLOTHES)}"
        yield frustum(foot, (self.width_m * 0.9, 1.2), (self.width_m * 0.9, 0.1, 0.5), paint)

    def _balconies(self, rng: Generator) -> Iterator[Solid]:
        """One column of them, on the inner storeys."""
        x = (int(rng.integers(self.bays)) + 0.5) * BAY_M - self.width_m / 2.0
        for storey in range(1, self.storeys):
            z = GROUND_FLOOR_M + STOREY_M * (storey - 1)
            yield box((x, -0.5, z), (2.2, 1.0, 0.15), "kerb")
            yield box((x, -0.97, z + 0.15), (2.2, 0.06, 0.85), "metal")
