"""Run a bundle over a recording, frame by frame as the robot would, and write down how it did."""

import logging
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from training.criteria import read_criteria
from training.evaluation import Evaluation, evaluate_trajectory
from training.evaluation_folder import write_evaluation
from training.localization_run import Labels, localize_all
from training.provenance import Provenance, name_of
from training.recordings.formats import open_recording
from training.recordings.lidar_options import LidarOptions
from training.recordings.recording import Recording, Split, choose_split
from training.recordings.truth_source import TruthSource
from training.result_folder import refuse_existing
from training.timing import Timing
from training.trajectory import read_tum
from vmloc_ros.errors import RecordingError

if TYPE_CHECKING:
    from vmloc_ros.bundle import Bundle

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called after each frame with the number of frames done and of all frames."""


def evaluate(
    bundle: Path,
    recording: Path,
    output: Path,
    split: str | None = None,
    device: str = "auto",
    progress: Progress = lambda done, total: None,
    *,
    ground_truth: str | None = None,
    criteria: Path | None = None,
    lidar: LidarOptions | None = None,
) -> Evaluation:
    """Localise every frame of a recording and write the evaluation to the new folder `output`.

    A frame whose estimate the localizer rejects counts as one without a pose: the node would not
    publish it. Nothing is random, no message is lost: the same bag gives the same files, but for
    the times.

    Args:
        bundle: folder of the model bundle.
        recording: scene folder or bag.
        output: folder that must not exist.
        split: train, test or all; by default test, and all where the recording has no splits.
        device: auto, cpu, cuda or cuda:N.
        progress: called after each frame.
        ground_truth: a TUM file or a topic of the bag, see `TruthSource`; by default what the
            recording has.
        criteria: YAML file of what is to be reached; `Evaluation.passed` says whether it is.
        lidar: how the clouds of a bag are read; how many sweeps are put together is the bundle's.

    Raises:
        VmlocError: `output` exists, bundle, recording or criteria cannot be used, a frame cannot
            be decoded (it is named), or no frame has a modality of the model.
    """
    refuse_existing(output)
    wanted = None if criteria is None else read_criteria(criteria)
    from vmloc_ros.localizer import Localizer

    localizer = Localizer.load(bundle, device)
    description = localizer.bundle.description
    modalities = description.model.modalities
    options = replace(lidar or LidarOptions(), sweeps=description.preprocessing.lidar.sweeps)
    opened = open_recording(recording, description.sensors, ground_truth, options)
    chosen = choose_split(split, opened)
    warn_of_training_frames(localizer.bundle, opened, chosen)
    total = opened.count(chosen)
    run = localize_all(localizer, opened.frames(chosen), lambda done: progress(done, total))
    if not any(run.answers):
        raise RecordingError(f"{recording}: no frame can be localised: {run.failure}")
    evaluation = evaluate_trajectory(
        run.trajectory(),
        run.labels.trajectory(),
        localizer.bundle.training_poses,
        Provenance.of(
            bundle,
            localizer.bundle,
            recording,
            split=chosen,
            ground_truth=ground_truth,
            device=str(localizer.device),
            command=_command(bundle, recording, output, chosen, ground_truth, criteria, options),
        ),
        sequences=run.labels.sequences,
        covariances=[estimate.covariance for estimate in run.poses],
        tally=run.tally(modalities),
        timing=run.timing(),
        criteria=wanted,
    )
    write_evaluation(output, evaluation)
    return evaluation


def evaluate_recorded(
    bundle: Path,
    recording: Path,
    estimates_tum: Path,
    output: Path,
    split: str | None = None,
    latency_ms: Sequence[float] | None = None,
    device: str = "node",
    command: str = "vmloc demo",
    progress: Progress = lambda done, total: None,
) -> Evaluation:
    """Evaluate poses that were recorded from the node, TUM format, as `evaluate` does its own.

    The recording must be the one that was played to the node, so that the stamps are the same.
    `device` and `command` are what the report says of the run.

    Raises:
        VmlocError: as `evaluate`; the TUM file cannot be read, or no stamp of it fits.
    """
    from vmloc_ros.bundle import load_bundle

    refuse_existing(output)
    estimates = read_tum(estimates_tum)
    loaded = load_bundle(bundle)
    description = loaded.description
    options = LidarOptions(sweeps=description.preprocessing.lidar.sweeps)
    opened = open_recording(recording, description.sensors, lidar=options)
    chosen = choose_split(split, opened)
    labels, total = Labels(), opened.count(chosen)
    for done, labelled in enumerate(opened.frames(chosen), start=1):
        labels.add(labelled)
        progress(done, total)
    evaluation = evaluate_trajectory(
        estimates,
        labels.trajectory(),
        loaded.training_poses,
        Provenance.of(bundle, loaded, recording, split=chosen, device=device, command=command),
        sequences=labels.sequences,
        timing=Timing.of(latency_ms) if latency_ms else None,
    )
    write_evaluation(output, evaluation)
    return evaluation


def warn_of_training_frames(bundle: "Bundle", recording: Recording, split: Split) -> None:
    """Say in the log that frames which the model has seen prove nothing."""
    if recording.path.name == bundle.description.trained_on and split != "test":
        _log.warning(
            "%s is what the model was trained on: errors on its split '%s' are too small",
            recording.path.name,
            split,
        )


def _command(
    bundle: Path,
    recording: Path,
    output: Path,
    split: Split,
    ground_truth: str | None,
    criteria: Path | None,
    lidar: LidarOptions,
) -> str:
    """Return how to do it again, with names in place of paths."""
    words = ["vmloc", "evaluate", name_of(bundle), name_of(recording)]
    words += ["--output", output.name, "--split", split]
    if ground_truth is not None:
        words += ["--ground-truth", TruthSource(ground_truth).name]
    if criteria is not None:
        words += ["--criteria", name_of(criteria)]
    words += lidar.words()
    return shlex.join(words)
