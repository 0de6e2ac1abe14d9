"""Whether an estimate may be used, and why not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from vmloc_ros.config import NodeConfig

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


@dataclass(frozen=True, slots=True)
class ValidityLimits:
    """What an operator may set; everything else about validity is in the bundle."""

    novelty: float = NodeConfig.model_fields["novelty_limit"].default
    """Factor on the bundle's limits; 0: any image passes."""
    map_margin_m: float = NodeConfig.model_fields["map_margin_m"].default

    @classmethod
    def of(cls, config: NodeConfig) -> "ValidityLimits":
        """Take the limits from the node's parameters."""
        return cls(config.novelty_limit, config.map_margin_m)


def familiar(novelty: Mapping[str, float], limit: float) -> tuple[str, ...]:
    """Return the modalities that see the place.

    Args:
        novelty: of each modality, as a multiple of the bundle's limit.
        limit: the operator's factor; 0 accepts all.
    """
    return tuple(name for name, value in novelty.items() if limit == 0.0 or value <= limit)


def reject_novel(
    novelty: Mapping[str, float], trusted: Collection[str], limit: float
) -> Rejection | None:
    """Reject an estimate of sensors none of which sees the place."""
    if trusted:
        return None
    values = ", ".join(f"{name} {value:.2f}" for name, value in novelty.items())
    return Rejection("novel", f"unlike every training image: {values} (limit {limit:g})")


def reject_disagreement(disagreement: float, limit: float | None) -> Rejection | None:
    """Reject an estimate whose experts name different places; None is no limit."""
    if limit is None or disagreement <= limit:  # NaN is not
        return None
    return Rejection(
        "disagreement", f"the sensors' poses are {disagreement:.1f} σ apart (limit {limit:.1f})"
    )


def reject_outside(
    position: ArrayLike, smallest: ArrayLike, largest: ArrayLike, margin_m: float
) -> Rejection | None:
    """Reject a position (3,) farther than a margin (m) from the box of the training positions."""
    p = np.asarray(position, dtype=np.float64)
    outside = np.maximum(np.asarray(smallest) - p, p - np.asarray(largest)).max()
    if outside <= margin_m:  # NaN is not
        return None
    x, y, z = p
    return Rejection(
        "outside_map",
        f"({x:.2f}, {y:.2f}, {z:.2f}) m is {outside:.2f} m outside the training positions "
        f"(map_margin_m {margin_m:g})",
    )
