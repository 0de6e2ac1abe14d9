"""Outcomes and a study that are easy to reckon with."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from training.provenance import Provenance
from training.robustness.catalogue import conditions_of
from training.robustness.outcome import Outcome
from training.robustness.study import FOREIGN, Options, Study

SEEN = {"rgb": 0.5, "depth": 0.8}


def _outcome(metres: float = 1.0, degrees: float = 10.0, **changes: Any) -> Outcome:
    return Outcome(
        **{
            "translation_m": metres, "rotation_deg": degrees, "within_1_sigma": 4,
            "within_2_sigma": 6, "rejection": None, "novelty": SEEN,
        } | changes
    )  # fmt: skip


def _study(
    name: str = "kitchen", outcomes: Mapping[str, Mapping[int, Outcome]] | None = None
) -> Study:
    conditions = conditions_of(("rgb", "depth"))
    found = {one.name: {0: _outcome(), 1: _outcome()} for one in conditions}
    strange = {0: _outcome(rejection="novel", novelty={"rgb": 3.0, "depth": 0.7})}
    return Study.of(
        conditions,
        found | {FOREIGN.name: strange} | dict(outcomes or {}),
        ("rgb", "depth"),
        options=Options(seed=3, every=2, foreign="office", novelty_limit=1.0),
        provenance=Provenance(
            bundle=name,
            bundle_sha256="0123456789abcdef" * 4,
            recording=name,
            split="test",
            ground_truth="",
            device="cpu",
            versions={"vmloc_ros": "9.8.7"},
            command=f"vmloc robustness bundle {name}",
        ),
    )


@pytest.fixture
def outcome_of() -> Callable[..., Outcome]:
    """Make a valid outcome: 4 of 6 errors within 1σ, both images familiar."""
    return _outcome


@pytest.fixture
def study_of() -> Callable[..., Study]:
    """Make a study of two frames, the same under every condition but for those that are given."""
    return _study
