"""`TrainingFigures` as a table and as values for JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from training.benchmark.loop_profiler import STAGES
from training.benchmark.stage_times import TOTAL
from training.benchmark.training import TrainingFigures
from training.text_table import text_table

if TYPE_CHECKING:
    from rich.table import Table


def training_table(figures: TrainingFigures) -> "Table":
    """Return a line for each stage and each ratio."""
    title = f"training, {figures.frames} frames a step, {figures.steps} steps each"
    headings = ("median of a step", "this package", "published recipe", "")
    caption = f"{figures.device}, {figures.threads} threads, {figures.precision} and 32-true"
    return text_table(title, headings, [*_stages(figures), *_ratios(figures)], caption)


def training_values(figures: TrainingFigures) -> dict[str, Any]:
    """Return all figures, the derived ones too."""
    return asdict(figures) | {
        "frames_per_s": figures.frames_per_s,
        "loading_share": figures.loading_share,
        "step_ratio": figures.step_ratio,
        "ratio": figures.ratio,
    }


def _stages(figures: TrainingFigures) -> Iterator[tuple[str, ...]]:
    for stage in (*STAGES, TOTAL):
        ours, theirs = figures.ours_ms[stage], figures.yardstick_ms[stage]
        yield stage, f"{ours:.1f} ms", f"{theirs:.1f} ms", f"{theirs / ours:.2f} ×"
    per_s = (1e3 * figures.frames / ms[TOTAL] for ms in (figures.ours_ms, figures.yardstick_ms))
    yield "frames per second", *(f"{value:.1f}" for value in per_s), f"{figures.ratio:.2f} ×"


def _ratios(figures: TrainingFigures) -> Iterator[tuple[str, ...]]:
    yield "loading, share of a step", f"{figures.loading_share:.1%}", "", ""
    yield "step without loading", "", "", f"{figures.step_ratio:.2f} ×"
    yield "matrix products of a step", f"{figures.gigaflop:.0f} GFLOP", "", ""
    if figures.peak_memory_gib is not None:
        yield "peak memory", f"{figures.peak_memory_gib:.2f} GiB", "", ""
    if figures.peak_share is not None:
        yield "share of the peak FLOP/s", f"{figures.peak_share:.1%}", "", ""
