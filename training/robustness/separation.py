"""`Separation`: whether images of no place, or of another one, are told from those of the place."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from training.robustness.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """Intruders beside clean frames, by their novelty."""

    frames: int
    """Intruders that were localised."""
    auroc: dict[str, float]
    """For each modality: probability that the image of an intruder is the more novel of two."""
    auroc_validity: float
    """The same of whole frames, whose novelty is that of their most familiar image: one familiar
    sensor is enough for an estimate."""
    refused: float
    """Share of the intruders without a valid estimate, whatever the reason."""

    @classmethod
    def of(
        cls, clean: Iterable[Outcome], intruders: Iterable[Outcome], modalities: Sequence[str]
    ) -> "Separation | None":
        """Compare answered frames; None where there are none on one side."""
        ours, theirs = (
            [one for one in side if one.answered and one.novelty] for side in (clean, intruders)
        )
        if not ours or not theirs:
            return None
        return cls(
            frames=len(theirs),
            auroc={
                name: auroc(_scores(ours, name), _scores(theirs, name))
                for name in modalities
                if _scores(ours, name) and _scores(theirs, name)
            },
            auroc_validity=auroc(
                [one.least_score for one in ours], [one.least_score for one in theirs]
            ),
            refused=sum(not one.valid for one in theirs) / len(theirs),
        )

    def to_json_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def _scores(outcomes: Iterable[Outcome], modality: str) -> list[float]:
    return [one.score(modality) for one in outcomes if modality in one.novelty]


def auroc(familiar: ArrayLike, foreign: ArrayLike) -> float:
    """Return the area under the receiver operating characteristic.

    The probability that a foreign score (any number of them) is above a familiar one; a tie counts
    half. 1: a limit between them exists; 0.5: the scores say nothing.
    """
    ordered, asked = np.sort(np.ravel(familiar)), np.ravel(foreign)
    below = np.searchsorted(ordered, asked, side="left")
    not_above = np.searchsorted(ordered, asked, side="right")
    return float(np.mean(below + not_above) / (2.0 * ordered.size))
