"""`Traversal`: one drive round the block, with who is on the street meanwhile."""

from functools import cached_property

import numpy as np
from numpy.random import Generator

from training.recordings.block.city_block import CityBlock
from training.recordings.block.drive import Drive
from training.recordings.block.illumination import Illumination
from training.recordings.block.light import Light
from training.recordings.block.traffic import Traffic
from training.recordings.surroundings import Surroundings
from training.recordings.triangles import Triangles

DRIVE, TRAFFIC, SKY, NOISE = 2, 3, 4, 5
"""Streams of random numbers, after those of the block."""


class Traversal:
    """The block during one drive. Neither light nor season changes the drive or the traffic.

    Args:
        block: to drive round.
        cruise_mps: speed away from corners.
        seed: of the block.
        number: of the traversal.
    """

    def __init__(self, block: CityBlock, cruise_mps: float, seed: int, number: int) -> None:
        self._block, self._seed, self._number = block, seed, number
        self.drive = Drive(block.street, cruise_mps, self._rng(DRIVE))
        self.traffic = Traffic(block.street, self.drive, self._rng(TRAFFIC))

    def world(self, frame: int) -> Surroundings:
        """Return what there is at a frame."""
        moving = Triangles(self.traffic.moving(frame), self._block.atlas)
        parts = [self._block.triangles, self._parked, moving]
        return Surroundings(parts, self._block.atlas)

    def illumination(self, light: Light) -> Illumination:
        """Return the light of an hour, with this day's weather."""
        rng = self._rng(SKY)
        return Illumination(light.varied(rng), self._block.lamps_at, self._block.glow, rng)

    def noise(self, frame: int) -> Generator:
        """Return the random numbers of the sensors at a frame."""
        return self._rng(NOISE, frame)

    @cached_property
    def _parked(self) -> Triangles:
        return Triangles(self.traffic.parked, self._block.atlas)

    def _rng(self, stream: int, *numbers: int) -> Generator:
        return np.random.default_rng([self._seed, stream, self._number, *numbers])
