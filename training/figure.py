"""The figure of an evaluation: where the poses lie, errors along time, and their distribution.

Colours are from Okabe and Ito's palette, which stays distinct under colour blindness; line styles
say the same a second time.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter

from training.evaluation import Evaluation
from training.frame_errors import FrameErrors
from vmloc_ros.pose import Array

BLUE, ORANGE, VERMILLION, GREY, PALE = "#0072B2", "#E69F00", "#D55E00", "#555555", "#C8C8C8"
STYLE: dict[str, dict[str, Any]] = {
    "vmloc": {"color": BLUE, "linestyle": "-", "linewidth": 1.8, "label": "VMLoc"},
    "nearest_train_pose": {
        "color": ORANGE,
        "linestyle": "--",
        "linewidth": 1.5,
        "label": "nearest training pose (oracle)",
    },
    "constant_pose": {
        "color": GREY,
        "linestyle": ":",
        "linewidth": 1.8,
        "label": "constant pose",
    },
}
AXIS_SPAN = 200.0
"""The axis of a distribution ends this factor below its largest error; smaller ones lie
at the end."""
CUT_NS = 2_000_000_000
"""A longer pause, within a sequence too, is cut out of the time axis."""
NAMED_SEQUENCES = 8
"""More sequences than this stay without their names: they would overlap."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One of the two errors of a pose."""

    field: Literal["translation_m", "rotation_deg"]
    title: str
    unit: str

    @property
    def label(self) -> str:
        """Label of its axis."""
        return f"{self.title.lower()} ({self.unit.strip()})"

    def of(self, errors: FrameErrors) -> Array:
        """Return it for each frame (N,)."""
        values: Array = getattr(errors, self.field)
        return values


QUANTITIES = (
    Quantity("translation_m", "Position error", " m"),
    Quantity("rotation_deg", "Rotation error", "°"),
)


def trajectory_figure(evaluation: Evaluation) -> Figure:
    """Draw an evaluation: 12 × 9 inches, no global state of pyplot is touched."""
    with rc_context({"font.size": 9.0, "axes.titlesize": 10.0, "axes.titlelocation": "left"}):
        figure = Figure(figsize=(12.0, 9.0))
        figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.08)
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(3, 3, height_ratios=(1.75, 1.0, 1.0), width_ratios=(1.3, 1, 1))
        _draw_positions(figure.add_subplot(grid[0, 0]), evaluation)
        for number, quantity in enumerate(QUANTITIES):
            _draw_distributions(figure.add_subplot(grid[0, 1 + number]), evaluation, quantity)
            _draw_along_time(figure.add_subplot(grid[1 + number, :]), evaluation, quantity)
        for axes in figure.axes:
            axes.spines[["top", "right"]].set_visible(False)
        _draw_legend(figure)
    return figure


def _draw_legend(figure: Figure) -> None:
    """One legend for all panels: a colour means the same in each of them."""
    entries: dict[str, Artist] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=6, frameon=False
    )


def _draw_positions(axes: Axes, evaluation: Evaluation) -> None:
    """Draw the map along its flattest axis, with a thin line from each estimate to the truth."""
    truth = np.stack([pose.position for pose in evaluation.ground_truth.poses])
    flattest = int(np.argmin(np.ptp(truth, axis=0)))
    across, up = (axis for axis in range(3) if axis != flattest)
    training = np.stack([pose.position for pose in evaluation.training_poses])
    axes.plot(training[:, across], training[:, up], ".", color=PALE, ms=3, label="training poses")
    for run in _runs(evaluation):
        axes.plot(truth[run, across], truth[run, up], color="black", lw=1.2, label="ground truth")
    estimated, true = _matched(evaluation, truth)
    segments = np.stack([estimated, true], axis=1)[:, :, (across, up)]
    axes.add_collection(LineCollection(list(segments), colors=BLUE, linewidths=0.5, alpha=0.4))
    axes.plot(estimated[:, across], estimated[:, up], ".", color=BLUE, ms=3.5)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel(f"{'xyz'[across]} of map (m)")
    axes.set_ylabel(f"{'xyz'[up]} of map (m)")
    axes.set_title(f"Positions, seen along {'xyz'[flattest]} of map")


def _matched(evaluation: Evaluation, truth: Array) -> tuple[Array, Array]:
    """Return estimated and true positions (n, 3) of the frames with a pose."""
    estimated = dict(zip(evaluation.estimates.stamps_ns, evaluation.estimates.poses, strict=True))
    stamps_ns = np.array(evaluation.ground_truth.stamps_ns)[evaluation.errors.answered]
    positions = [estimated[stamp_ns].position for stamp_ns in stamps_ns.tolist()]
    return np.reshape(positions, (-1, 3)), truth[evaluation.errors.answered]


def _draw_along_time(axes: Axes, evaluation: Evaluation, quantity: Quantity) -> None:
    values, runs = quantity.of(evaluation.errors), _runs(evaluation)
    time_s = _time_without_gaps_s(evaluation.ground_truth.stamps_ns, runs)
    for number, run in enumerate(runs):
        axes.plot(time_s[run], values[run], color=BLUE, lw=1.1)
        if number % 2:
            axes.axvspan(time_s[run][0], time_s[run][-1], color="#F2F2F2", lw=0, zorder=0)
    title = f"{quantity.title} along time"
    if evaluation.errors.answered.any():
        median = float(np.nanmedian(values))
        axes.axhline(median, color=BLUE, lw=0.9, ls=(0, (6, 3)), alpha=0.7)
        title += f"; dashed: the median, {median:.3g}{quantity.unit}"
    largest = np.nanmax(values, initial=0.0) or 1.0
    missing = time_s[~evaluation.errors.answered]
    if missing.size:
        marks = Line2D(missing, np.zeros_like(missing), color=VERMILLION, ls="none", marker="|")
        marks.set(markersize=9, label="no pose", clip_on=False)
        axes.add_line(marks)
    axes.set_title(title)
    axes.set_xlim(time_s[0], max(time_s[-1], time_s[0] + 1e-3))
    axes.set_ylim(0.0, 1.15 * largest)
    axes.set_ylabel(quantity.label)
    axes.set_xlabel("time, pauses cut out (s)" if runs[1:] else "time (s)")
    if len(set(evaluation.sequences)) > 1 and len(runs) <= NAMED_SEQUENCES:
        _name_sequences(axes, evaluation, time_s, runs)


def _name_sequences(axes: Axes, evaluation: Evaluation, time_s: Array, runs: list[slice]) -> None:
    for run in runs:
        middle_s = (time_s[run][0] + time_s[run][-1]) / 2.0
        axes.text(
            middle_s,
            0.98,
            evaluation.sequences[run.start],
            transform=axes.get_xaxis_transform(),
            horizontalalignment="center",
            verticalalignment="top",
            color=GREY,
            parse_math=False,  # a name may hold dollar signs
        )


def _runs(evaluation: Evaluation) -> list[slice]:
    """Return the stretches of frames without a cut: one sequence, no pause, no step backwards."""
    stamps_ns, sequences = evaluation.ground_truth.stamps_ns, evaluation.sequences
    cuts = [
        index
        for index in range(1, len(stamps_ns))
        if sequences[index] != sequences[index - 1]
        or not 0 < stamps_ns[index] - stamps_ns[index - 1] <= CUT_NS
    ]
    return [slice(start, end) for start, end in pairwise([0, *cuts, len(stamps_ns)])]


def _time_without_gaps_s(stamps_ns: tuple[int, ...], runs: list[slice]) -> Array:
    """Return seconds (N,) from the first frame, each run following the one before at once."""
    pieces, start_s = [], 0.0
    for run in runs:
        piece = (np.array(stamps_ns[run], dtype=np.int64) - stamps_ns[run.start]) / 1e9
        pieces.append(piece + start_s)
        step_s = float(np.median(np.diff(piece))) if piece.size > 1 else 0.0
        start_s += float(piece[-1]) + step_s
    return np.concatenate(pieces)


def _draw_distributions(axes: Axes, evaluation: Evaluation, quantity: Quantity) -> None:
    """Draw cumulative distributions over all frames: a frame without a pose never counts."""
    curves = {**evaluation.baselines, "vmloc": evaluation.errors}
    values = {name: quantity.of(errors) for name, errors in curves.items()}
    right = 1.1 * max(np.nanmax(errors, initial=1e-3) for errors in values.values())
    for name, errors in values.items():
        reached = np.maximum(np.sort(errors[np.isfinite(errors)]), right / AXIS_SPAN)
        steps = np.concatenate([[right / AXIS_SPAN], reached, [right]])
        shares = np.minimum(np.arange(steps.size), reached.size) / errors.size
        axes.step(steps, shares, where="post", **STYLE[name])
    axes.set_xscale("log")
    axes.set_xlim(right / AXIS_SPAN, right)
    axes.set_ylim(0.0, 1.01)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(color="#E6E6E6", lw=0.6)
    axes.set_title(f"Share of all frames within a {quantity.title.lower()}")
    axes.set_xlabel(quantity.label)
