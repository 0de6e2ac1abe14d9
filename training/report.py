"""The report of an evaluation: a figure, and an HTML page that opens offline."""

from html import escape
from pathlib import Path

from training.consistency import AXES, Consistency
from training.evaluation import Evaluation
from training.metrics import Metrics
from training.report_page import html_page, html_picture, html_table, png_of
from training.summary import (
    VERDICT_HEADINGS,
    caption,
    comparison,
    headings,
    number,
    outcomes,
    title,
    verdict_line,
    verdict_row,
)


def write_report(folder: Path, evaluation: Evaluation) -> None:
    """Write `trajectory.png` and `report.html` into an existing folder."""
    png = _figure_png(evaluation)
    (folder / "trajectory.png").write_bytes(png)
    (folder / "report.html").write_text(report_html(evaluation, png), encoding="utf-8")


def _figure_png(evaluation: Evaluation) -> bytes:
    from training.figure import trajectory_figure

    return png_of(trajectory_figure(evaluation))


def report_html(evaluation: Evaluation, figure_png: bytes) -> str:
    """Return the page: nothing outside it is needed, and every name in it is escaped."""
    sections = [
        f"<h1>{escape(title(evaluation))}</h1>",
        f'<p class="lead">{escape(caption(evaluation))}</p>',
        _tiles(evaluation),
        *_criteria_section(evaluation),
        html_picture(figure_png, _FIGURE_TEXT),
        "<h2>Errors beside the baselines</h2>",
        html_table(headings(evaluation.metrics), comparison(evaluation.metrics), "comparison"),
        f'<p class="note">{_BASELINE_NOTE}</p>',
        *_outcome_section(evaluation.metrics),
        *_calibration_section(evaluation.metrics),
        "<h2>Where this comes from</h2>",
        html_table((), _provenance_rows(evaluation), "provenance"),
    ]
    return html_page(title(evaluation), sections)


def _tiles(evaluation: Evaluation) -> str:
    metrics, timing = evaluation.metrics, evaluation.timing
    tiles = [
        (number(metrics.median_translation_m, "{:.3f} m"), "median position error"),
        (number(metrics.median_rotation_deg, "{:.2f}°"), "median rotation error"),
        (f"{metrics.recall_10cm_10deg:.0%}", "of all frames within 10 cm and 10°"),
        (f"{metrics.availability:.1%}", "of all frames have a pose"),
    ]
    if timing is not None:
        tiles.append((f"{timing.latency_median_ms:.1f} ms", "median latency"))
    cells = (f"<div><b>{value}</b><span>{label}</span></div>" for value, label in tiles)
    return f'<div class="tiles">{"".join(cells)}</div>'


def _criteria_section(evaluation: Evaluation) -> list[str]:
    if not evaluation.verdicts:
        return []
    rows = [verdict_row(verdict) for verdict in evaluation.verdicts]
    return [
        f"<h2>{escape(verdict_line(evaluation))}</h2>",
        html_table(VERDICT_HEADINGS, rows, "verdicts"),
    ]


def _outcome_section(metrics: Metrics) -> list[str]:
    if metrics.tally is None:
        return []
    rows = outcomes(metrics.tally, metrics.frames)
    return [
        "<h2>What became of the frames</h2>",
        html_table(("", "frames", "share"), rows),
        f'<p class="note">{_OUTCOME_NOTE}</p>',
    ]


def _calibration_section(metrics: Metrics) -> list[str]:
    calibration = metrics.calibration
    if calibration is None:
        return []
    names = ("x", "y", "z", "rotation x", "rotation y", "rotation z", "all")
    shares = (
        ("within 1σ", calibration.within_1_sigma, calibration.coverage_1_sigma),
        ("within 2σ", calibration.within_2_sigma, calibration.coverage_2_sigma),
    )
    rows = [
        [label, *(f"{share[axis]:.0%}" for axis in AXES), f"{total:.0%}"]
        for label, share, total in shares
    ]
    return [
        "<h2>Errors beside the covariances</h2>",
        html_table(("", *names), rows),
        f'<p class="note">{calibration_note(calibration)}</p>',
    ]


def calibration_note(calibration: Consistency) -> str:
    """Return what the numbers below the table of coverages are, and what they should be."""
    rank = calibration.rank_correlation
    return (
        "Share of the errors within the published standard deviations, along and about the axes "
        "of map; Gaussian errors would give 68% and 95%. The normalised error squared (NEES) "
        f"has a mean of {calibration.nees_mean:.2f} and a median of "
        f"{calibration.nees_median:.2f}; calibrated covariances give 6 and 5.35. The mean negative "
        f"log-likelihood is {calibration.nll_mean:.2f} (metres and radians). "
    ) + (
        "All frames have the same σ, or the same error: there is nothing to rank."
        if rank is None
        else f"Position errors rank with their σ by {rank:.2f} (Spearman): 1 where σ tells the "
        "larger from the smaller, 0 where it does not."
    )


def _provenance_rows(evaluation: Evaluation) -> list[list[str]]:
    provenance = evaluation.provenance
    versions = ", ".join(f"{name} {number}" for name, number in provenance.versions.items())
    return [
        ["bundle", provenance.bundle],
        ["SHA-256 of its weights", provenance.bundle_sha256],
        ["recording", provenance.recording],
        ["split", provenance.split],
        ["ground truth", provenance.ground_truth or "of the recording"],
        ["device", provenance.device],
        *_speed_rows(evaluation),
        ["versions", versions],
        ["command", provenance.command],
    ]


def _speed_rows(evaluation: Evaluation) -> list[list[str]]:
    timing = evaluation.timing
    if timing is None or timing.frames_per_second is None:
        return []
    return [["speed", f"{timing.frames_per_second:.1f} frames per second, reading included"]]


_FIGURE_TEXT = (
    "Positions of ground truth and estimates in the map; position and rotation errors along time; "
    "cumulative distributions of the errors beside the baselines."
)
_BASELINE_NOTE = (
    "Constant pose: the median training position with the mean training rotation, for every frame. "
    "Nearest training pose: an oracle that knows the truth and answers with the nearest pose of "
    "the training set, 5 cm counting as much as 5°. Medians, means and 95th percentiles (p95) "
    "are over the frames with a pose; the shares are over all frames, where a frame without a pose "
    "is a miss."
)
_OUTCOME_NOTE = (
    "A rejected estimate is no pose: the node would not publish it. Limits are the defaults of the "
    "node; its jump gate, which needs an odometry, takes no part."
)
