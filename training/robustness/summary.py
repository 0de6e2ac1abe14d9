"""A robustness study in words and rows, as report and terminal show it."""

import math
from typing import TYPE_CHECKING

from training.robustness.condition_result import ConditionResult
from training.robustness.pooled_errors import PooledErrors
from training.robustness.study import Study
from training.summary import number
from training.text_table import text_table

if TYPE_CHECKING:
    from rich.table import Table

HEADINGS = (
    "condition",
    "valid",
    "dropped",
    "median of valid",
    "median of all",
    "all × clean",
    "1σ 2σ",
)
VALIDITY_HEADINGS = ("intruder", "frames", "refused", "AUROC")


def title(study: Study) -> str:
    """Return what was studied."""
    provenance = study.provenance
    return f"Robustness of VMLoc on {provenance.recording}, split {provenance.split}"


def caption(study: Study) -> str:
    """Return how many frames there were, and how the numbers are to be read."""
    clean = study.clean
    frames = f"{clean.frames} frames under {len(study.results)} conditions"
    return f"{frames}; {clean.availability:.1%} of the clean ones are kept"


def row(result: ConditionResult) -> list[str]:
    """Return the cells of a condition, below `HEADINGS`."""
    return [
        result.condition.name,
        f"{result.availability:.0%}",
        f"{result.dropped_share:.0%}",
        median(result.valid),
        median(result.every),
        ratio(result.every),
        coverage(result.valid),
    ]


def median(errors: PooledErrors) -> str:
    """Return the median errors."""
    return _pair(errors.median_translation_m, errors.median_rotation_deg)


def mean(errors: PooledErrors) -> str:
    """Return the mean errors."""
    return _pair(errors.mean_translation_m, errors.mean_rotation_deg)


def ratio(errors: PooledErrors) -> str:
    """Return the ratios to clean of position and rotation."""
    ratios = (errors.translation_ratio, errors.rotation_ratio)
    return " ".join(number(value, "{:.2f}") for value in ratios)


def coverage(errors: PooledErrors) -> str:
    """Return the shares within 1σ and 2σ."""
    shares = (errors.coverage_1_sigma, errors.coverage_2_sigma)
    return " ".join(number(value, "{:.2f}") for value in shares)


def _pair(translation_m: float, rotation_deg: float) -> str:
    return f"{number(translation_m, '{:.3f} m')} {number(rotation_deg, '{:.2f}°')}"


def validity_rows(study: Study) -> list[list[str]]:
    """Return a row for each intruder, below `validity_headings`."""
    return [
        [
            kind,
            str(found.frames),
            f"{found.refused:.1%}",
            f"{found.auroc_validity:.3f}",
            *(number(found.auroc.get(name, math.nan), "{:.3f}") for name in _modalities(study)),
        ]
        for kind, found in study.separations.items()
    ]


def _modalities(study: Study) -> list[str]:
    """Return those of which there are clean images."""
    return list(study.familiar_images)


def validity_headings(study: Study) -> list[str]:
    """Return the head of these rows."""
    return [*VALIDITY_HEADINGS, *(f"{name} alone" for name in _modalities(study))]


def validity_caption(study: Study) -> str:
    """Return what share of the clean images passes."""
    shares = ", ".join(f"{name} {share:.1%}" for name, share in study.familiar_images.items())
    return f"clean frames kept: {study.clean.availability:.1%}; familiar images: {shares}"


def condition_table(study: Study) -> "Table":
    """Return the errors under each condition, for a terminal."""
    return text_table(title(study), HEADINGS, map(row, study.results), caption(study))


def validity_table(study: Study) -> "Table":
    """Return how well intruders are told from the place, for a terminal."""
    return text_table(
        "Validity", validity_headings(study), validity_rows(study), validity_caption(study)
    )
