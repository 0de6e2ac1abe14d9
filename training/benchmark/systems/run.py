"""Train and test systems one after the other, and keep the figures of each: resumable."""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.benchmark.hardware import hardware
from training.benchmark.systems.plan import Task
from training.benchmark.systems.system_run import Errors, SystemRun, read_runs
from training.localization_run import localize_all
from training.provenance import name_of
from training.recordings.formats import open_recording
from training.recordings.recording import Recording
from training.robustness.catalogue import conditions_of
from training.robustness.condition import Condition
from training.robustness.pooled_errors import PooledErrors
from training.robustness.trial import Trial
from training.train import train
from vmloc_ros.errors import ConfigError
from vmloc_ros.validity import ValidityLimits

if TYPE_CHECKING:
    from vmloc_ros.localizer import Localizer

_log = logging.getLogger(__name__)

PAPER = ("clean", "mask and loss")
"""Families of conditions that are asked for."""


def run_systems(
    tasks: Sequence[Task], recording: Path, results: Path, trainings: Path
) -> list[SystemRun]:
    """Do the tasks whose figures are not in `results` yet; returns all that are there then.

    A training that was interrupted goes on from its last checkpoint.

    Args:
        tasks: in order.
        recording: with a training and a test split.
        results: folder of a JSON file for each run.
        trainings: folder of a training for each run.

    Raises:
        ConfigError: `results` holds a run of that name with other settings or of another recording.
        VmlocError: a training or a test fails.
    """
    known = {run.file_name: run for run in read_runs(results)}
    missing = [task for task in tasks if not _is_done(task, recording, results, known)]
    for number, task in enumerate(missing, start=1):
        _log.info("%s (%d of %d)", task.name, number, len(missing))
        _run(task, recording, trainings / task.name).write(results)
    return read_runs(results)


def _is_done(task: Task, recording: Path, results: Path, known: dict[str, SystemRun]) -> bool:
    run = known.get(f"{task.name}.json")
    if run is None:
        return False
    wanted = (task.settings_sha256, name_of(recording))
    if (run.settings_sha256, run.recording) != wanted:
        raise ConfigError(
            f"{results / run.file_name}: was measured with other settings or on another recording; "
            "move it away, or choose another folder for the results"
        )
    return True


def _run(task: Task, recording: Path, folder: Path) -> SystemRun:
    fitted = _fit(task, recording, folder)
    from vmloc_ros.localizer import Localizer

    localizer = Localizer.load(fitted.bundle, "auto", ValidityLimits(novelty=0.0))
    source = open_recording(recording, localizer.bundle.description.sensors)
    clean = localize_all(localizer, source.frames("test"), lambda done: None)
    return SystemRun(
        system=task.system,
        seed=task.config.seed,
        settings_sha256=task.settings_sha256,
        recording=name_of(recording),
        epochs=task.config.epochs,
        trained_on=len(localizer.bundle.training_poses),
        parameters=sum(p.numel() for p in localizer.bundle.network.parameters()),
        training_s=round(fitted.wall_s, 1),
        training_cpu_s=round(fitted.cpu_s, 1),
        latency_ms=round(clean.timing().latency_median_ms, 2),
        hardware=hardware(),
        versions=localizer.bundle.description.versions,
        conditions=_conditions(localizer, source),
    )


@dataclass(frozen=True, slots=True)
class _Fitted:
    bundle: Path
    wall_s: float
    cpu_s: float


def _fit(task: Task, recording: Path, folder: Path) -> _Fitted:
    """Train, unless the bundle is there from an earlier run that was cut off afterwards."""
    took, bundle = folder / "took.txt", folder / "bundle"
    if not took.exists():
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        train(task.config, recording, folder, resume=(folder / "config.yaml").exists())
        times = (time.perf_counter() - wall_s, time.process_time() - cpu_s)
        took.write_text(" ".join(map(str, times)), encoding="utf-8")
    return _Fitted(bundle, *map(float, took.read_text(encoding="utf-8").split()))


def _conditions(localizer: "Localizer", source: Recording) -> dict[str, Errors]:
    asked = [one for one in conditions_of(localizer.bundle.description.sensors) if _of_paper(one)]
    trial = Trial(localizer, asked)
    for _ in trial.run(source.frames("test")):
        pass
    pooled = {
        name: PooledErrors.of({k: one for k, one in outcomes.items() if one.answered}, {})
        for name, outcomes in trial.outcomes.items()
    }
    return {name: _errors(one) for name, one in pooled.items() if one.estimates}


def _errors(pooled: PooledErrors) -> Errors:
    values = asdict(pooled)
    figures = {key: round(values[key], 5) for key in Errors.model_fields if key != "frames"}
    return Errors(frames=pooled.estimates, **figures)


def _of_paper(condition: Condition) -> bool:
    return condition.family in PAPER
