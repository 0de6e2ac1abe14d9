"""Why an estimate is not to be trusted."""

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "not_finite",
    "novel",
    "disagreement",
    "outside_map",
    "jump",
    "no_extrinsic",
]
"""`not_finite`: the network's answer has NaN. `novel`: no sensor sees anything like the training
images. `disagreement`: the sensors name different places. `outside_map`: outside the box of the
training positions. `jump`: contradicts the odometry. `no_extrinsic`: the place of the camera on the
robot is not known."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An estimate that must not be used."""

    reason: Reason
    detail: str
    """One line with the numbers."""
