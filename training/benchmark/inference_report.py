"""`InferenceFigures` as a table and as values for JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from training.benchmark.inference import STAGES, InferenceFigures
from training.benchmark.stage_times import TOTAL
from training.text_table import text_table

if TYPE_CHECKING:
    from rich.table import Table


def inference_table(figures: InferenceFigures) -> "Table":
    """Return a line for each stage, the whole and the yardstick."""
    caption = f"{figures.device}, {figures.threads} threads"
    headings = ("", "median", "95th percentile", "frames per second")
    return text_table(f"localisation, {figures.frames} frames", headings, _rows(figures), caption)


def inference_values(figures: InferenceFigures) -> dict[str, Any]:
    """Return all figures, the derived ones too."""
    return asdict(figures) | {"frames_per_s": figures.frames_per_s, "ratio": figures.ratio}


def _rows(figures: InferenceFigures) -> Iterator[tuple[str, ...]]:
    for stage in STAGES:
        yield _row(stage, figures.median_ms[stage], figures.p95_ms[stage], "")
    yield _row(
        TOTAL, figures.median_ms[TOTAL], figures.p95_ms[TOTAL], f"{figures.frames_per_s:.1f}"
    )
    plain = figures.plain_median_ms
    yield _row("plain pass of the network", plain, figures.plain_p95_ms, f"{1e3 / plain:.1f}")
    yield "plain pass ÷ total", f"{figures.ratio:.2f} ×", "", ""


def _row(name: str, median_ms: float, p95_ms: float, per_s: str) -> tuple[str, ...]:
    return name, f"{median_ms:.2f} ms", f"{p95_ms:.2f} ms", per_s
