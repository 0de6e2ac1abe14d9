"""The figure of a robustness study: errors and availability, a row for each condition."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter

from training.figure import BLUE, GREY, ORANGE, PALE
from training.robustness.condition_result import ConditionResult
from training.robustness.study import Study

ROW_INCHES = 0.21
FRAME_INCHES = 1.3
"""Height of titles, axes and legend."""
QUANTITIES = (
    ("median_translation_m", "Median position error (m)"),
    ("median_rotation_deg", "Median rotation error (°)"),
)


def robustness_figure(study: Study) -> Figure:
    """Draw a study: 12 inches wide, as tall as it has conditions; pyplot is left alone."""
    results = study.results
    height = FRAME_INCHES + ROW_INCHES * len(results)
    with rc_context({"font.size": 9.0, "axes.titlesize": 10.0, "axes.titlelocation": "left"}):
        figure = Figure(figsize=(12.0, height))
        figure.set_layout_engine("constrained", w_pad=0.08, h_pad=0.05)
        FigureCanvasAgg(figure)
        *errors, availability = figure.subplots(1, 3, sharey=True, width_ratios=(1.3, 1.3, 1))
        for axes, (field, label) in zip(errors, QUANTITIES, strict=True):
            _draw_errors(axes, results, field)
            axes.set_title(label)
        _draw_availability(availability, results)
        for axes in (*errors, availability):
            _finish(axes, results)
        _draw_legend(figure, (errors[0], availability))
    return figure


def _draw_legend(figure: Figure, axes: Sequence[Axes]) -> None:
    entries = [one.get_legend_handles_labels() for one in axes]
    handles = [handle for found, _ in entries for handle in found]
    labels = [label for _, found in entries for label in found]
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)


def _draw_errors(axes: Axes, results: Sequence[ConditionResult], field: str) -> None:
    """A ring for all estimates, with a dot in it where the valid ones have the same median."""
    rows = range(len(results))
    every = [getattr(result.every, field) for result in results]
    valid = [getattr(result.valid, field) for result in results]
    axes.axvline(every[0], color=GREY, lw=1.0, ls="--", label="all clean frames")
    (ring,) = axes.plot(every, rows, "o", color=ORANGE, label="all estimates")
    ring.set(markerfacecolor="none", markersize=8.0, markeredgewidth=1.5)
    axes.plot(valid, rows, "o", color=BLUE, markersize=4.5, label="valid estimates")
    axes.set_xscale("log")
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(LogLocator(subs=_ticks([*every, *valid])))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _ticks(values: Sequence[float]) -> tuple[float, ...]:
    """Return where a decade is marked: more often where the values span less than one."""
    narrow = np.nanmax(values) < 10.0 * max(np.nanmin(values), 1e-9)
    return (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0) if narrow else (1.0, 2.0, 5.0)


def _draw_availability(axes: Axes, results: Sequence[ConditionResult]) -> None:
    rows, shares = range(len(results)), [result.availability for result in results]
    axes.barh(rows, shares, height=0.55, color=BLUE)
    dropped = [result.dropped_share for result in results]
    axes.barh(rows, dropped, height=0.18, color=PALE, label="a sensor is dropped as unfamiliar")
    axes.set_xlim(0.0, 1.0)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_title("Frames with a valid estimate")


def _finish(axes: Axes, results: Sequence[ConditionResult]) -> None:
    """Name the rows, the first at the top, with a line between families."""
    axes.set_yticks(range(len(results)), [result.condition.name for result in results])
    axes.set_ylim(len(results) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#E6E6E6", lw=0.6)
    axes.set_axisbelow(True)
    for row, (above, below) in enumerate(pairwise(results)):
        if above.condition.family != below.condition.family:
            axes.axhline(row + 0.5, color="#C8C8C8", lw=0.8)
