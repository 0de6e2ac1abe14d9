"""`CityBlock`: all that stands along the street for good."""

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
from numpy.random import Generator

from training.recordings.block.block_size import BlockSize
from training.recordings.block.ground import ground
from training.recordings.block.house import build_up
from training.recordings.block.roadside import FURNITURE, LAMP_ARM_M, LAMP_HEIGHT_M, street_lamp
from training.recordings.block.street import KERB_M
from training.recordings.block.street_pictures import (
    Season,
    draw_street_glow,
    draw_street_pictures,
)
from training.recordings.block.tree import Tree
from training.recordings.brush import Picture
from training.recordings.solid import Solid, placed
from training.recordings.texture_atlas import TextureAtlas
from training.recordings.triangles import Floats, Triangles

LAYOUT, PICTURES = 0, 1
"""Streams of random numbers: what stands where, and what it looks like."""

LAMP_M, TREE_M, FURNITURE_M = 6.1, 6.7, 8.7
"""From the centre line."""
LAMP_EVERY_M, TREE_EVERY_M, FURNITURE_EVERY_M = 28.0, 11.0, 8.0
TREES, FURNISHED = 0.75, 0.6
"""Fractions of the places for trees and for street furniture that are taken."""
SIDES = (1.0, -1.0)
"""Left, which is the block's inside, and right."""
BLACK = np.zeros((1, 1, 3), np.uint8)


class CityBlock:
    """Houses, trees, lamps and street furniture. A seed gives the same block in every season.

    Args:
        size: how large.
        season: decides on leaves and snow.
        seed: decides on everything else.
    """

    def __init__(self, size: BlockSize, season: Season, seed: int) -> None:
        self.street = size.street()
        self._season, self._seed = season, seed
        rng = np.random.default_rng([seed, LAYOUT])
        self._houses = list(build_up(self.street, rng))
        self.solids = [
            *ground(self.street, rng),
            *(solid for house in self._houses for solid in house.solids()),
            *self._trees(rng),
            *self._furniture(rng),
            *(solid for at_m, side in self._lamps for solid in self._lamp(at_m, side)),
        ]

    @cached_property
    def triangles(self) -> Triangles:
        """The solids."""
        return Triangles(self.solids, self.atlas)

    @cached_property
    def atlas(self) -> TextureAtlas:
        """What everything looks like in daylight."""
        return TextureAtlas(self._pictures)

    @cached_property
    def glow(self) -> TextureAtlas:
        """What shines in the evening, by the same names; black where nothing does."""
        shining = draw_street_glow()
        shining |= {house.name: house.facade.glow for house in self._houses}
        return TextureAtlas({name: shining.get(name, BLACK) for name in self._pictures})

    @cached_property
    def lamps_at(self) -> Floats:
        """Where the street lamps shine from (L, 3), map frame."""
        left_m = [side * (LAMP_M - LAMP_ARM_M) for _, side in self._lamps]
        xy = self.street.at([at_m for at_m, _ in self._lamps], left_m)
        height_m = np.full(len(xy), KERB_M + LAMP_HEIGHT_M - 0.05)
        return np.column_stack([xy, height_m]).astype(np.float32)

    @cached_property
    def _pictures(self) -> dict[str, Picture]:
        rng = np.random.default_rng([self._seed, PICTURES])
        fronts = {house.name: house.facade.picture for house in self._houses}
        return draw_street_pictures(rng, self._season) | fronts

    @property
    def _lamps(self) -> list[tuple[float, float]]:
        """Distance along the street and side of the street lamps, left and right in turn."""
        count = max(2, round(self.street.length_m / LAMP_EVERY_M))
        return [(at * self.street.length_m / count, SIDES[at % 2]) for at in range(count)]

    def _lamp(self, at_m: float, side: float) -> Iterator[Solid]:
        return self._beside(street_lamp(), at_m, side * LAMP_M)

    def _trees(self, rng: Generator) -> Iterator[Solid]:
        for at_m, side in self._places(rng, TREE_EVERY_M, TREES):
            yield from self._beside(Tree.drawn(rng).solids(self._season), at_m, side * TREE_M)
        for house in self._houses:
            yield from house.garden(rng, self._season)

    def _furniture(self, rng: Generator) -> Iterator[Solid]:
        for at_m, side in self._places(rng, FURNITURE_EVERY_M, FURNISHED):
            piece = FURNITURE[int(rng.integers(len(FURNITURE)))]
            yield from self._beside(piece(rng), at_m, side * FURNITURE_M)

    def _places(
        self, rng: Generator, every_m: float, taken: float
    ) -> Iterator[tuple[float, float]]:
        """Yield distances along the street, and sides, that are about `every_m` apart."""
        for side in SIDES:
            for place in np.arange(0.0, self.street.length_m - every_m, every_m):
                if rng.random() < taken:
                    yield float(place + rng.uniform(0.1, 0.9) * every_m), side

    def _beside(self, solids: Iterable[Solid], at_m: float, left_m: float) -> Iterator[Solid]:
        """Place what stands on the pavement, its front to the street."""
        spot = self.street.spot(at_m, left_m)
        turned = 0.0 if left_m > 0.0 else 180.0
        return placed(solids, (spot.x, spot.y, KERB_M), spot.heading_deg + turned)
