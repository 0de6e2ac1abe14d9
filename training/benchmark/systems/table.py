"""The runs of a benchmark as a table, a row for each system."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from training.benchmark.systems.system_run import Errors, SystemRun
from training.docs.table import table

HEADINGS = (
    "system", "seeds", "median", "", "worst seed", "rgb masked", "depth masked", "rgb missing",
    "depth missing", "within 1σ, 2σ", "parameters", "training, CPU", "latency",
)  # fmt: skip
CONDITIONS = ("rgb masked", "depth masked", "rgb missing", "depth missing")


def systems_table(runs: Sequence[SystemRun]) -> str:
    """Return a table in Markdown, the best system first; medians over the seeds."""
    by_system: dict[str, list[SystemRun]] = defaultdict(list)
    for run in runs:
        by_system[run.system].append(run)
    ordered = sorted(by_system.values(), key=lambda group: _median(group, _position))
    return table(HEADINGS, (_row(group) for group in ordered))


def _row(group: Sequence[SystemRun]) -> list[str]:
    worst = max(group, key=_position).conditions["clean"]
    return [
        group[0].system,
        str(len(group)),
        f"{_median(group, _position):.3f} m",
        f"{_median(group, lambda run: run.conditions['clean'].median_rotation_deg):.2f}°",
        f"{worst.median_translation_m:.3f} m",
        *(_condition(group, name) for name in CONDITIONS),
        f"{_coverage(group, 'coverage_1_sigma'):.2f}, {_coverage(group, 'coverage_2_sigma'):.2f}",
        f"{group[0].parameters / 1e6:.1f} M",
        f"{_median(group, lambda run: run.training_cpu_s) / 60.0:.1f} min",
        f"{_median(group, lambda run: run.latency_ms):.1f} ms",
    ]


def _condition(group: Sequence[SystemRun], name: str) -> str:
    found = [run.conditions[name] for run in group if name in run.conditions]
    return f"{np.median([one.median_translation_m for one in found]):.3f} m" if found else ""


def _coverage(group: Sequence[SystemRun], key: str) -> float:
    return _median(group, lambda run: float(getattr(run.conditions["clean"], key)))


def _median(group: Sequence[SystemRun], figure: Callable[[SystemRun], float]) -> float:
    return float(np.median([figure(run) for run in group]))


def _position(run: SystemRun) -> float:
    errors: Errors = run.conditions["clean"]
    return errors.median_translation_m
