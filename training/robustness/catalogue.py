"""The conditions of the study, for the sensors of a bundle."""

from collections.abc import Iterator, Sequence
from itertools import product

from training.corruptions.blackout import Blackout
from training.corruptions.blur import Blur
from training.corruptions.colour_noise import ColourNoise
from training.corruptions.corruption import Corruption
from training.corruptions.darkness import Darkness
from training.corruptions.delay import Delay
from training.corruptions.depth_holes import DepthHoles
from training.corruptions.depth_noise import DepthNoise
from training.corruptions.dropout import Dropout
from training.corruptions.missing import Missing
from training.corruptions.rain import Rain
from training.corruptions.sector_mask import SectorMask
from training.corruptions.square_mask import SquareMask
from training.corruptions.white_noise import WhiteNoise
from training.robustness.condition import Condition

CLEAN, MASKED, MISSING = "clean", "masked", "missing"
"""Levels 0, 1 and 2 of the paper."""
DELAYS = (1, 2, 5)
"""Frames by which a sensor is late."""
INTRUDERS = ("black", "noise")
"""Conditions that show nothing of the place: no estimate should be valid."""

_DAMAGE: dict[str, tuple[tuple[str, str, Corruption], ...]] = {
    "rgb": (
        ("blur", "rgb blur 2 px", Blur(2.0)),
        ("blur", "rgb blur 6 px", Blur(6.0)),
        ("darkness", "rgb 10 % light", Darkness(0.1)),
        ("darkness", "rgb 1 % light", Darkness(0.01)),
        ("noise", "rgb noise 10", ColourNoise(10.0)),
        ("noise", "rgb noise 40", ColourNoise(40.0)),
    ),
    "depth": (
        ("noise", "depth noise × 2", DepthNoise(2.0)),
        ("noise", "depth noise × 10", DepthNoise(10.0)),
        ("holes", "depth 20 % holes", DepthHoles(0.2)),
        ("holes", "depth 50 % holes", DepthHoles(0.5)),
    ),
    "lidar": (
        ("dropout", "lidar 20 % lost", Dropout(0.2)),
        ("dropout", "lidar 80 % lost", Dropout(0.8)),
        ("rain", "lidar 5 % rain", Rain(0.05)),
        ("rain", "lidar 30 % rain", Rain(0.3)),
    ),
}
"""For each modality: family, name and what it is."""


def conditions_of(modalities: Sequence[str], azimuth_deg: float = 360.0) -> tuple[Condition, ...]:
    """Return every condition for a model that needs these sensors; the first one is clean.

    Args:
        modalities: those whose sensors are read: "lidar" where depth is made from its points.
        azimuth_deg: field of view of the lidar.
    """
    return (
        Condition(name=CLEAN, family=CLEAN),
        *_matrix(modalities, azimuth_deg),
        *_damages(modalities),
        *_delays(modalities),
        *_intrusions(tuple(modalities)),
    )


def _matrix(modalities: Sequence[str], azimuth_deg: float) -> Iterator[Condition]:
    """Combine {clean, masked, missing} of each modality, but for all clean and all missing."""
    for touched in _combinations(modalities):
        leaves = tuple(name for name in modalities if touched.get(name) != MISSING)
        if touched and leaves:
            yield Condition(
                name=" + ".join(" ".join(item) for item in touched.items()),
                family="mask and loss",
                corruptions=tuple(_paper(*item, azimuth_deg) for item in touched.items()),
                needs=tuple(touched),
                leaves=leaves,
            )


def _combinations(modalities: Sequence[str]) -> list[dict[str, str]]:
    """Return the level of each modality that is not clean, few of them first."""
    levels = product((CLEAN, MASKED, MISSING), repeat=len(modalities))
    states = [dict(zip(modalities, reversed(one), strict=True)) for one in levels]
    touched = [{name: state[name] for name in state if state[name] != CLEAN} for state in states]
    return sorted(touched, key=len)


def _paper(modality: str, level: str, azimuth_deg: float) -> Corruption:
    if level == MISSING:
        return Missing(modality)
    return SectorMask(azimuth_deg) if modality == "lidar" else SquareMask(modality)


def _damages(modalities: Sequence[str]) -> Iterator[Condition]:
    for modality in modalities:
        for family, name, corruption in _DAMAGE[modality]:
            yield Condition(
                name=name,
                family=family,
                corruptions=(corruption,),
                needs=(modality,),
                leaves=(modality,),
            )


def _delays(modalities: Sequence[str]) -> Iterator[Condition]:
    """A time offset lies between two sensors: one alone has none."""
    for modality in modalities if len(modalities) > 1 else ():
        for frames in DELAYS:
            yield Condition(
                name=f"{modality} {frames} frame{'s' if frames > 1 else ''} late",
                family="time offset",
                delay=Delay(modality, frames),
                needs=(modality,),
                leaves=tuple(name for name in modalities if name != modality),
            )


def _intrusions(modalities: tuple[str, ...]) -> Iterator[Condition]:
    kinds: tuple[Corruption, ...] = (Blackout(modalities), WhiteNoise(modalities))
    for name, corruption in zip(INTRUDERS, kinds, strict=True):
        yield Condition(name=name, family="no place", corruptions=(corruption,), leaves=modalities)
