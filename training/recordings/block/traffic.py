"""`Traffic`: who is on the street during one traversal."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from training.recordings.block.drive import Drive
from training.recordings.block.road_users import car_or_van, parked, pedestrian
from training.recordings.block.street import (
    CARRIAGEWAY_M,
    KERB_M,
    LANE_M,
    PARKING_M,
    Array,
    Street,
)
from training.recordings.solid import Solid, placed

BAY_M, PARKED = 6.4, 0.55
"""Length of a parking bay, and the fraction of bays that are taken."""
ONCOMING_EVERY_M, WALKERS_EVERY_M = 75.0, 12.0
CAR_MPS, WALK_MPS = (7.0, 9.5), (0.9, 1.6)
GAP_RANGE_M, GAP_WANDER_M = (14.0, 30.0), 3.0
"""To the car ahead and to the one behind."""
PAVEMENT_RANGE_M = (6.9, 8.2)
"""From the centre line to people."""
SEEN_M = 90.0
"""Who is farther from the camera is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class RoadUser:
    """A car or a person that moves along the street."""

    solids: list[Solid]
    """At the origin, facing +x."""
    distances_m: Array
    """(F,) along the street, of every frame."""
    left_m: float
    """Of the street's centre line."""
    foot_m: float
    """Height of the ground."""
    forward: bool
    """Goes with the street's direction."""

    def at(self, street: Street, frame: int) -> Iterator[Solid]:
        """Return the solids where they are at a frame."""
        spot = street.spot(float(self.distances_m[frame]), self.left_m)
        yaw_deg = spot.heading_deg + (0.0 if self.forward else 180.0)
        return placed(self.solids, (spot.x, spot.y, self.foot_m), yaw_deg)


class Traffic:
    """Cars and people, moving and parked. None of them is the same in another traversal.

    Args:
        street: theirs.
        drive: of the camera, which they keep clear of.
        rng: decides on all of them.
    """

    def __init__(self, street: Street, drive: Drive, rng: Generator) -> None:
        self._street, self._drive = street, drive
        self.parked = [solid for car in self._parked(rng) for solid in car]
        self.users = [*self._lane(rng), *self._oncoming(rng), *self._walkers(rng)]

    def moving(self, frame: int) -> list[Solid]:
        """Return who moves near the camera, where they are at a frame."""
        here = self._street.at(self._drive.distances_m[frame])[0]
        places = self._street.at([user.distances_m[frame] for user in self.users])
        near = np.linalg.norm(places - here, axis=1) < SEEN_M
        users = (user for user, seen in zip(self.users, near, strict=True) if seen)
        return [solid for user in users for solid in user.at(self._street, frame)]

    def _parked(self, rng: Generator) -> Iterator[Iterator[Solid]]:
        for side in (1.0, -1.0):
            for bay in range(int(self._street.length_m / BAY_M)):
                if rng.random() < PARKED:
                    at_m = (bay + float(rng.uniform(0.45, 0.55))) * BAY_M
                    left_m = side * (CARRIAGEWAY_M + PARKING_M) / 2.0
                    spot = self._street.spot(at_m, left_m + float(rng.uniform(-0.1, 0.1)))
                    yaw_deg = spot.heading_deg + (180.0 if side > 0.0 else 0.0)
                    yield placed(parked(car_or_van(rng)), (spot.x, spot.y, 0.0), yaw_deg)

    def _lane(self, rng: Generator) -> Iterator[RoadUser]:
        """One car ahead of the camera and one behind, at changing distances."""
        times_s = self._drive.times_s
        for way in (1.0, -1.0):
            swing = np.sin(times_s / float(rng.uniform(4.0, 9.0)) + float(rng.uniform(0.0, 6.0)))
            gap_m = float(rng.uniform(*GAP_RANGE_M)) + GAP_WANDER_M * swing
            distances_m = self._drive.distances_m + way * gap_m
            yield RoadUser(car_or_van(rng), distances_m, -LANE_M, 0.0, forward=True)

    def _oncoming(self, rng: Generator) -> Iterator[RoadUser]:
        length_m = self._street.length_m
        count = max(1, round(length_m / ONCOMING_EVERY_M))
        travelled_m = float(rng.uniform(*CAR_MPS)) * self._drive.times_s
        for index in range(count):
            start_m = (index + 0.7 * float(rng.random())) * length_m / count
            yield RoadUser(car_or_van(rng), start_m - travelled_m, LANE_M, 0.0, forward=False)

    def _walkers(self, rng: Generator) -> Iterator[RoadUser]:
        for _ in range(round(self._street.length_m / WALKERS_EVERY_M)):
            forward = bool(rng.random() < 0.5)
            speed_mps = float(rng.uniform(*WALK_MPS)) * (1.0 if forward else -1.0)
            start_m = float(rng.uniform(0.0, self._street.length_m))
            left_m = float(rng.choice([1.0, -1.0]) * rng.uniform(*PAVEMENT_RANGE_M))
            distances_m = start_m + speed_mps * self._drive.times_s
            yield RoadUser(pedestrian(rng), distances_m, left_m, KERB_M, forward)
