"""The folder of an evaluation: trajectories, metrics, times, figure, report; all or nothing."""

from pathlib import Path

from training.evaluation import Evaluation
from training.report import write_report
from training.result_folder import write_folder, write_json
from training.trajectory import write_tum


def write_evaluation(output: Path, evaluation: Evaluation) -> None:
    """Write trajectories, metrics, times, figure and report to the new folder `output`.

    Raises:
        VmlocError: `output` exists or cannot be written.
    """
    write_folder(output, lambda folder: _write_files(folder, evaluation), "evaluation")


def _write_files(folder: Path, evaluation: Evaluation) -> None:
    write_tum(folder / "trajectory.tum", evaluation.estimates)
    write_tum(folder / "ground_truth.tum", evaluation.ground_truth)
    write_json(folder / "metrics.json", evaluation.to_json_dict())
    if times := evaluation.timing_json_dict():
        write_json(folder / "timing.json", times)
    write_report(folder, evaluation)
