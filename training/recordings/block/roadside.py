"""What stands beside a street, each a few solids at the origin, x along the street, front to −y."""

from collections.abc import Iterator

from numpy.random import Generator

from training.recordings.block.street_pictures import PAINTS, SIGNS
from training.recordings.solid import Solid, box, cylinder, sphere

LAMP_HEIGHT_M, LAMP_ARM_M = 6.0, 2.4
"""The arm reaches over the parked cars."""


def street_lamp() -> Iterator[Solid]:
    """A post and an arm towards the street with the lamp at its end."""
    yield cylinder((0.0, 0.0, 0.0), 0.08, LAMP_HEIGHT_M + 0.2, "metal", sections=8)
    yield box((0.0, -LAMP_ARM_M / 2.0, LAMP_HEIGHT_M + 0.1), (0.08, LAMP_ARM_M, 0.08), "metal")
    yield box((0.0, -LAMP_ARM_M, LAMP_HEIGHT_M), (0.3, 0.7, 0.12), "street_lamp")


def traffic_sign(rng: Generator) -> Iterator[Solid]:
    """A board on a pole, seen along the street."""
    yield cylinder((0.0, 0.0, 0.0), 0.04, 2.9, "metal", sections=6)
    width, height = float(rng.uniform(0.6, 1.1)), float(rng.uniform(0.6, 1.0))
    yield box((-0.06, 0.0, 2.0), (0.04, width, height), f"sign_{rng.integers(SIGNS)}")


def billboard(rng: Generator) -> Iterator[Solid]:
    """A pillar with posters."""
    yield cylinder((0.0, 0.0, 0.0), 0.6, 0.3, "kerb")
    yield cylinder((0.0, 0.0, 0.3), 0.55, 2.4, f"sign_{rng.integers(SIGNS)}")
    yield cylinder((0.0, 0.0, 2.7), 0.7, 0.15, "slate")


def bench(rng: Generator) -> Iterator[Solid]:
    """A seat with a back, facing the street."""
    length = float(rng.uniform(1.5, 2.2))
    yield box((0.0, 0.0, 0.4), (length, 0.45, 0.06), "bench")
    yield box((0.0, 0.22, 0.5), (length, 0.05, 0.45), "bench")
    for x in (-0.4 * length, 0.4 * length):
        yield box((x, 0.0, 0.0), (0.08, 0.4, 0.4), "metal")


def post_box(rng: Generator) -> Iterator[Solid]:
    """A box on a foot: red, or of another colour."""
    paint = "post_box" if rng.random() < 0.5 else f"paint_{rng.integers(PAINTS)}"
    yield cylinder((0.0, 0.0, 0.0), 0.24, 1.3, paint, sections=12)
    yield cylinder((0.0, 0.0, 1.3), 0.28, 0.12, paint, sections=12)


def hedge(rng: Generator) -> Iterator[Solid]:
    """A trimmed hedge with a round bush at one end."""
    length, height = float(rng.uniform(2.0, 5.0)), float(rng.uniform(0.7, 1.3))
    yield box((0.0, 0.0, 0.0), (length, 0.6, height), "hedge", repeat_m=1.0)
    yield sphere((length / 2.0 + 0.3, 0.0, 0.0), 0.55, "hedge")


def shelter(rng: Generator) -> Iterator[Solid]:
    """A bus stop: a roof on posts, a wall of glass, a poster at its side."""
    yield box((0.0, 0.0, 2.4), (3.6, 1.4, 0.12), f"paint_{rng.integers(PAINTS)}")
    yield box((0.0, 0.6, 0.3), (3.4, 0.05, 1.9), "glass")
    yield box((1.75, 0.0, 0.2), (0.08, 1.2, 2.1), f"sign_{rng.integers(SIGNS)}")
    for x in (-1.6, 1.6):
        yield box((x, 0.5, 0.0), (0.1, 0.1, 2.4), "metal")


FURNITURE = (traffic_sign, billboard, bench, post_box, hedge, shelter)
