"""`Study`: all that a robustness study found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.provenance import Provenance
from training.robustness.catalogue import CLEAN, INTRUDERS
from training.robustness.condition import Condition
from training.robustness.condition_result import ConditionResult, Outcomes
from training.robustness.separation import Separation
from vmloc_ros.validity import familiar

FOREIGN = Condition(name="foreign", family="no place")
"""Frames of another place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for, with the defaults filled in."""

    seed: int
    every: int
    foreign: str
    """Name of the recording of another place; empty: none."""
    novelty_limit: float
    """As the parameter of the node: 0 keeps every sensor, however foreign its image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Each condition that applies, and how well intruders are told from the place."""

    results: tuple[ConditionResult, ...]
    """The first is of clean frames; the intruders that are made from the recording take no part."""
    separations: dict[str, Separation]
    """By the kind of the intruder."""
    familiar_images: dict[str, float]
    """For each modality: share of its clean images that pass for the place."""
    options: Options
    provenance: Provenance

    @property
    def clean(self) -> ConditionResult:
        """The recording as it is."""
        return self.results[0]

    @classmethod
    def of(
        cls,
        conditions: Sequence[Condition],
        outcomes: Mapping[str, Outcomes],
        modalities: Sequence[str],
        *,
        options: Options,
        provenance: Provenance,
    ) -> "Study":
        """Summarise the outcomes of a trial, at least one of them clean and answered.

        Args:
            conditions: all of them.
            outcomes: by their names; under that of `FOREIGN` those of another place.
            modalities: of the bundle.
            options: of the trial.
            provenance: of the trial.
        """
        clean = outcomes[CLEAN]
        return cls(
            results=tuple(
                ConditionResult.of(one, outcomes[one.name], clean, modalities)
                for one in conditions
                if outcomes[one.name] and one.name not in INTRUDERS
            ),
            separations=dict(_separations(outcomes, modalities)),
            familiar_images=dict(_familiar(clean, modalities, options.novelty_limit)),
            options=options,
            provenance=provenance,
        )

    def to_json_dict(self) -> dict[str, Any]:
        """Return plain values: the same whenever the study is repeated.

        The command is left to the report: it may name the output folder.
        """
        provenance = asdict(self.provenance)
        del provenance["command"]
        return {
            "conditions": {one.condition.name: one.to_json_dict() for one in self.results},
            "validity": {
                "intruders": {name: one.to_json_dict() for name, one in self.separations.items()},
                "clean_kept": self.clean.availability,
                "clean_familiar": self.familiar_images,
            },
            "provenance": provenance,
        }

    def options_json_dict(self) -> dict[str, Any]:
        """Return what ran, each corruption with its parameters."""
        return {
            **asdict(self.options),
            "split": self.provenance.split,
            "device": self.provenance.device,
            "conditions": {
                one.condition.name: one.condition.to_json_dict() for one in self.results
            },
        }


def _separations(
    outcomes: Mapping[str, Outcomes], modalities: Sequence[str]
) -> Iterator[tuple[str, Separation]]:
    clean = outcomes[CLEAN].values()
    for kind in (*INTRUDERS, FOREIGN.name):
        found = Separation.of(clean, outcomes.get(kind, {}).values(), modalities)
        if found is not None:
            yield kind, found


def _familiar(
    clean: Outcomes, modalities: Sequence[str], limit: float
) -> Iterator[tuple[str, float]]:
    passing = [familiar(one.novelty, limit) for one in clean.values()]
    for name in modalities:
        images = sum(name in one.novelty for one in clean.values())
        if images:
            yield name, sum(name in names for names in passing) / images
