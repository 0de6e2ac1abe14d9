"""`House`: a building on its lot, and how the lots along a street are built up."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import Generator
from scipy.spatial import KDTree

from training.recordings.block.building import Building
from training.recordings.block.facade import Facade
from training.recordings.block.ground import LAWN_M
from training.recordings.block.street import PAVEMENT_M, Array, Spot, Street
from training.recordings.block.street_pictures import Season
from training.recordings.block.tree import Tree
from training.recordings.solid import Solid, placed

ALLEY_RANGE_M = (1.3, 5.0)
"""Between neighbours."""
PARKS, PARK_M = 0.12, 16.0
"""Fraction of houses with a free lot beside them, and how wide it is."""
NEXT_TRY_M = 2.0
FOOTPRINT_STEP_M, APART_M = 1.5, 1.2
GARDEN_TREES = 0.5


@dataclass(frozen=True, eq=False)
class House:
    """A building and where it stands."""

    name: str
    """Of its facade's picture."""
    building: Building
    spot: Spot
    """The middle of its front; the house stands behind it, to the left of the heading."""

    @cached_property
    def facade(self) -> Facade:
        """What its front looks like."""
        return self.building.facade()

    def solids(self) -> Iterator[Solid]:
        """Build it."""
        at = (self.spot.x, self.spot.y, 0.0)
        return placed(self.building.solids(self.name), at, self.spot.heading_deg)

    def garden(self, rng: Generator, season: Season) -> Iterator[Solid]:
        """Plant a tree beside some houses, behind their fronts."""
        x = self.building.width_m / 2.0 + 1.8
        y = float(rng.uniform(1.5, 6.0))
        tree = Tree.drawn(rng)
        if rng.random() < GARDEN_TREES:
            ((east, north),) = _map(self.spot, np.array([[x, y]]))
            yield from placed(tree.solids(season), (float(east), float(north), LAWN_M), 0.0)

    def footprint(self) -> Array:
        """Return points (N, 2) all over its ground, map frame."""
        wide, deep = self.building.width_m, self.building.depth_m
        x = np.linspace(-wide / 2.0, wide / 2.0, 2 + int(wide / FOOTPRINT_STEP_M))
        y = np.linspace(0.0, deep, 2 + int(deep / FOOTPRINT_STEP_M))
        return _map(self.spot, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))


def build_up(street: Street, rng: Generator) -> Iterator[House]:
    """Take lot after lot on both sides, wherever a house fits."""
    built: list[Array] = []
    number = 0
    for side in (1.0, -1.0):
        at_m = 0.0
        building = Building.drawn(rng)
        while at_m + building.width_m < street.length_m:
            house = House(f"facade_{number}", building, _lot(street, at_m, side, building))
            if _fits(street, house, built):
                built.append(house.footprint())
                yield house
                number += 1
                at_m += building.width_m + float(rng.uniform(*ALLEY_RANGE_M))
                at_m += PARK_M if rng.random() < PARKS else 0.0
                building = Building.drawn(rng)
            else:
                at_m += NEXT_TRY_M


def _lot(street: Street, at_m: float, side: float, building: Building) -> Spot:
    left_m = side * (PAVEMENT_M + building.setback_m)
    spot = street.spot(at_m + building.width_m / 2.0, left_m)
    return Spot(spot.x, spot.y, spot.heading_deg + (0.0 if side > 0.0 else 180.0))


def _fits(street: Street, house: House, built: list[Array]) -> bool:
    points = house.footprint()
    if street.distance_to_m(points).min() < PAVEMENT_M:
        return False
    if not built:
        return True
    return bool(KDTree(np.concatenate(built)).query(points)[0].min() > APART_M)


def _map(spot: Spot, points: Array) -> Array:
    """Take points (N, 2) from the spot's axes to the map's."""
    heading = np.deg2rad(spot.heading_deg)
    ahead = np.array([np.cos(heading), np.sin(heading)])
    left = np.array([-ahead[1], ahead[0]])
    return np.asarray([spot.x, spot.y] + points[:, :1] * ahead + points[:, 1:] * left)
