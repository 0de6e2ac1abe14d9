"""An evaluation in words and rows, as report and terminal show it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from training.criteria import Verdict
from training.evaluation import Evaluation
from training.metrics import ErrorSummary, Metrics
from training.tally import Tally
from training.text_table import text_table

if TYPE_CHECKING:
    from rich.table import Table

BASELINE_TITLES = {
    "nearest_train_pose": "nearest training pose (oracle)",
    "constant_pose": "constant pose",
}
_ROWS = (
    ("median position error", "median_translation_m", "{:.3f} m"),
    ("median rotation error", "median_rotation_deg", "{:.2f}°"),
    ("mean position error", "mean_translation_m", "{:.3f} m"),
    ("mean rotation error", "mean_rotation_deg", "{:.2f}°"),
    ("p95 position error", "p95_translation_m", "{:.3f} m"),
    ("p95 rotation error", "p95_rotation_deg", "{:.2f}°"),
    ("within 5 cm and 5°", "recall_5cm_5deg", "{:.1%}"),
    ("within 10 cm and 10°", "recall_10cm_10deg", "{:.1%}"),
    ("within 25 cm and 10°", "recall_25cm_10deg", "{:.1%}"),
)
_REASONS = {
    "novel": "no sensor sees anything like the training images",
    "disagreement": "the sensors name different places",
    "outside_map": "outside the box of the training positions",
    "not_finite": "the network's answer has NaN",
}


def title(evaluation: Evaluation) -> str:
    """Return what was evaluated."""
    provenance = evaluation.provenance
    return f"VMLoc on {provenance.recording}, split {provenance.split}"


def caption(evaluation: Evaluation) -> str:
    """Return how many frames have a pose, why others have none, and how long it took."""
    metrics, timing = evaluation.metrics, evaluation.timing
    parts = [f"{metrics.poses} of {metrics.frames} frames have a pose ({metrics.availability:.1%})"]
    if metrics.tally is not None:
        parts += _tally_parts(metrics.tally)
    if timing is not None:
        median, p95 = timing.latency_median_ms, timing.latency_p95_ms
        parts.append(f"latency {median:.1f} ms median, {p95:.1f} ms p95")
    if metrics.unmatched:
        parts.append(f"{metrics.unmatched} poses fit no frame and are left out")
    return "; ".join(parts)


def _tally_parts(tally: Tally) -> list[str]:
    parts = []
    if tally.degraded > 0.0:
        parts.append(f"{tally.degraded:.1%} of them lack a sensor")
    if tally.rejected:
        reasons = ", ".join(f"{reason} {count}" for reason, count in _by_count(tally.rejected))
        parts.append(f"rejected: {reasons}")
    if tally.failed:
        parts.append(f"{tally.failed} cannot be localised")
    return parts


def _by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the counts, the largest first."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def headings(metrics: Metrics) -> list[str]:
    """Return the head of the rows of `comparison`."""
    return ["", "VMLoc", *(BASELINE_TITLES[name] for name in _baseline_names(metrics))]


def comparison(metrics: Metrics) -> list[list[str]]:
    """Return a row for each number, with those of the baselines."""
    columns: list[ErrorSummary] = [metrics]
    columns += [metrics.baselines[name] for name in _baseline_names(metrics)]
    return [
        [label, *(number(getattr(column, key), pattern) for column in columns)]
        for label, key, pattern in _ROWS
    ]


def _baseline_names(metrics: Metrics) -> list[str]:
    return [name for name in BASELINE_TITLES if name in metrics.baselines]


def number(value: float, pattern: str) -> str:
    """Format a number; a dash stands for NaN."""
    return pattern.format(value) if value == value else "–"


def outcomes(tally: Tally, frames: int) -> list[list[str]]:
    """Return a row for each thing that became of frames: what, how many, which share."""
    counts = {f"pose from {used}": count for used, count in _by_count(tally.used)}
    for reason, count in _by_count(tally.rejected):
        meaning = f": {_REASONS[reason]}" if reason in _REASONS else ""
        counts[f"rejected as {reason}{meaning}"] = count
    if tally.failed:
        counts["cannot be localised"] = tally.failed
    return [[what, str(count), f"{count / frames:.1%}"] for what, count in counts.items()]


VERDICT_HEADINGS = ("criterion", "limit", "measured", "verdict")


def verdict_row(verdict: Verdict) -> list[str]:
    """Return the cells of a criterion, below `VERDICT_HEADINGS`."""
    return [
        verdict.name,
        f"{'≥' if verdict.at_least else '≤'} {verdict.limit:g}",
        "–" if verdict.value is None else f"{verdict.value:.4g}",
        "PASS" if verdict.passed else "FAIL",
    ]


def summary_table(evaluation: Evaluation) -> "Table":
    """Return the errors beside those of the baselines, for a terminal."""
    return text_table(
        title(evaluation),
        headings(evaluation.metrics),
        comparison(evaluation.metrics),
        caption(evaluation),
    )


def verdict_table(evaluation: Evaluation) -> "Table":
    """Return the verdict on each criterion, for a terminal."""
    rows = [verdict_row(verdict) for verdict in evaluation.verdicts]
    return text_table("Criteria", list(VERDICT_HEADINGS), rows, verdict_line(evaluation))


def verdict_line(evaluation: Evaluation) -> str:
    """Return the verdict on the whole."""
    passed = sum(verdict.passed for verdict in evaluation.verdicts)
    verdict = "PASS" if evaluation.passed else "FAIL"
    return f"{verdict}: {passed} of {len(evaluation.verdicts)} criteria are met"
