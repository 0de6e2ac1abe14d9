"""The report of an evaluation: a figure, an HTML page that opens offline, a terminal table."""

import base64
import io
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from training.consistency import AXES
from training.evaluation import Evaluation
from training.metrics import ErrorSummary, Metrics

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


def write_report(folder: Path, evaluation: Evaluation) -> None:
    """Write `trajectory.png` and `report.html` into an existing folder."""
    png = _figure_png(evaluation)
    (folder / "trajectory.png").write_bytes(png)
    (folder / "report.html").write_text(report_html(evaluation, png), encoding="utf-8")


def _figure_png(evaluation: Evaluation) -> bytes:
    from training.figure import trajectory_figure

    buffer = io.BytesIO()
    trajectory_figure(evaluation).savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def summary_table(evaluation: Evaluation) -> "Table":
    """Return the errors beside those of the baselines, for a terminal."""
    from rich.table import Table
    from rich.text import Text

    metrics = evaluation.metrics
    table = Table(title=Text(_title(evaluation)), caption=Text(_caption(metrics)))
    for number, heading in enumerate(_headings(metrics)):
        table.add_column(heading, justify="right" if number else "left")
    for cells in _comparison(metrics):
        table.add_row(*cells)
    return table


def report_html(evaluation: Evaluation, figure_png: bytes) -> str:
    """Return the page: nothing outside it is needed, and every name in it is escaped."""
    metrics = evaluation.metrics
    figure = base64.b64encode(figure_png).decode("ascii")
    sections = [
        f"<h1>{escape(_title(evaluation))}</h1>",
        f'<p class="lead">{escape(_caption(metrics))}</p>',
        _tiles(metrics),
        f'<img alt="{_FIGURE_TEXT}" src="data:image/png;base64,{figure}">',
        "<h2>Errors beside the baselines</h2>",
        _html_table(_headings(metrics), _comparison(metrics), "comparison"),
        f'<p class="note">{_BASELINE_NOTE}</p>',
        *_calibration_section(metrics),
        "<h2>Where this comes from</h2>",
        _html_table((), _provenance_rows(evaluation), "provenance"),
    ]
    return _PAGE.format(title=escape(_title(evaluation)), style=_STYLE, body="\n".join(sections))


def _title(evaluation: Evaluation) -> str:
    provenance = evaluation.provenance
    return f"VMLoc on {provenance.recording}, split {provenance.split}"


def _caption(metrics: Metrics) -> str:
    parts = [f"{metrics.poses} of {metrics.frames} frames have a pose ({metrics.availability:.1%})"]
    if metrics.latency_ms is not None:
        latency = metrics.latency_ms
        parts.append(f"latency {latency.median:.1f} ms median, {latency.p95:.1f} ms p95")
    if metrics.unmatched:
        parts.append(f"{metrics.unmatched} poses fit no frame and are left out")
    return "; ".join(parts)


def _headings(metrics: Metrics) -> list[str]:
    return ["", "VMLoc", *(BASELINE_TITLES[name] for name in _baseline_names(metrics))]


def _baseline_names(metrics: Metrics) -> list[str]:
    return [name for name in BASELINE_TITLES if name in metrics.baselines]


def _comparison(metrics: Metrics) -> list[list[str]]:
    columns: list[ErrorSummary] = [metrics]
    columns += [metrics.baselines[name] for name in _baseline_names(metrics)]
    return [
        [label, *(_number(getattr(column, key), pattern) for column in columns)]
        for label, key, pattern in _ROWS
    ]


def _number(value: float, pattern: str) -> str:
    return pattern.format(value) if value == value else "–"


def _tiles(metrics: Metrics) -> str:
    tiles = [
        (_number(metrics.median_translation_m, "{:.3f} m"), "median position error"),
        (_number(metrics.median_rotation_deg, "{:.2f}°"), "median rotation error"),
        (f"{metrics.recall_10cm_10deg:.0%}", "of all frames within 10 cm and 10°"),
        (f"{metrics.availability:.1%}", "of all frames have a pose"),
    ]
    if metrics.latency_ms is not None:
        tiles.append((f"{metrics.latency_ms.median:.1f} ms", "median latency"))
    cells = (f"<div><b>{value}</b><span>{label}</span></div>" for value, label in tiles)
    return f'<div class="tiles">{"".join(cells)}</div>'


def _calibration_section(metrics: Metrics) -> list[str]:
    calibration = metrics.calibration
    if calibration is None:
        return []
    names = ("x", "y", "z", "rotation x", "rotation y", "rotation z")
    shares = (("within 1σ", calibration.within_1_sigma), ("within 2σ", calibration.within_2_sigma))
    rows = [[label, *(f"{share[axis]:.0%}" for axis in AXES)] for label, share in shares]
    note = (
        "Share of the errors within the published standard deviations, along and about the axes "
        "of map; Gaussian errors would give 68% and 95%. The normalised error squared (NEES) "
        f"has a mean of {calibration.nees_mean:.2f} and a median of "
        f"{calibration.nees_median:.2f}; calibrated covariances give 6 and 5.35."
    )
    return [
        "<h2>Errors beside the covariances</h2>",
        _html_table(("", *names), rows),
        f'<p class="note">{note}</p>',
    ]


def _provenance_rows(evaluation: Evaluation) -> list[list[str]]:
    provenance = evaluation.provenance
    versions = ", ".join(f"{name} {number}" for name, number in provenance.versions.items())
    return [
        ["bundle", provenance.bundle],
        ["SHA-256 of its weights", provenance.bundle_sha256],
        ["recording", provenance.recording],
        ["split", provenance.split],
        ["device", provenance.device],
        ["versions", versions],
        ["command", provenance.command],
    ]


def _html_table(
    headings: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "numbers"
) -> str:
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    lines = [f"<thead><tr>{head}</tr></thead>"] if head else []
    for label, *cells in rows:
        values = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        lines.append(f'<tr><th scope="row">{escape(label)}</th>{values}</tr>')
    body = "\n".join(lines)
    return f'<div class="scroll"><table class="{kind}">\n{body}\n</table></div>'


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
_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  color: #1a1a1a; background: #fff; max-width: 1120px; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; font-weight: 650; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; font-weight: 650; margin: 2.5rem 0 .6rem; }
.lead { color: #555; margin: .2rem 0 1.4rem; }
.note { color: #555; font-size: .875rem; max-width: 52rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; margin-bottom: 1.6rem; }
.tiles div { flex: 1 1 9rem; border: 1px solid #ddd; border-radius: 6px; padding: .7rem 1rem; }
.tiles b { display: block; font-size: 1.5rem; font-weight: 650; color: #0072B2; }
.tiles span { color: #555; font-size: .875rem; }
.scroll { overflow-x: auto; }
img { width: 100%; height: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .9rem; border-bottom: 1px solid #e4e4e4; text-align: right; }
td { white-space: nowrap; }
th { font-weight: 500; }
thead th { border-bottom: 2px solid #999; vertical-align: bottom; }
tr > th:first-child { text-align: left; padding-left: 0; }
.comparison td:nth-child(2) { font-weight: 650; color: #0072B2; }
.provenance th { color: #555; white-space: nowrap; vertical-align: top; }
.provenance td { text-align: left; font-family: ui-monospace, Menlo, Consolas, monospace;
  font-size: .85rem; white-space: normal; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
