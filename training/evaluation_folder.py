"""The folder of an evaluation: trajectories, metrics, times, figure, report; all or nothing."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from training.evaluation import Evaluation
from training.report import write_report
from training.trajectory import write_tum
from vmloc_ros.errors import VmlocError


def write_evaluation(output: Path, evaluation: Evaluation) -> None:
    """Write trajectories, metrics, times, figure and report to the new folder `output`.

    Everything is written beside it and renamed: the folder is complete, or not there.

    Raises:
        VmlocError: `output` exists or cannot be written.
    """
    refuse_existing(output)
    beside = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        beside.mkdir(parents=True)
        _write_files(beside, evaluation)
        beside.rename(output)
    except OSError as err:
        raise VmlocError(f"{output}: cannot write the evaluation ({err.strerror})") from err
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_files(folder: Path, evaluation: Evaluation) -> None:
    write_tum(folder / "trajectory.tum", evaluation.estimates)
    write_tum(folder / "ground_truth.tum", evaluation.ground_truth)
    _write_json(folder / "metrics.json", evaluation.to_json_dict())
    if times := evaluation.timing_json_dict():
        _write_json(folder / "timing.json", times)
    write_report(folder, evaluation)


def _write_json(path: Path, values: dict[str, Any]) -> None:
    content = json.dumps(values, indent=2, sort_keys=True, allow_nan=False)
    path.write_text(content + "\n", encoding="utf-8")


def refuse_existing(output: Path) -> None:
    """Raise a VmlocError where there is something already; call it before any long work."""
    if output.exists() or output.is_symlink():
        raise VmlocError(f"{output}: exists already, choose a folder that does not")
