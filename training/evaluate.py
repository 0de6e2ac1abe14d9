"""Run a bundle over a recording, frame by frame as the robot would, and write down how it did."""

import logging
import platform
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from training.evaluation import Evaluation, Provenance, evaluate_trajectory
from training.evaluation_folder import refuse_existing, write_evaluation
from training.recordings.formats import open_recording
from training.recordings.recording import LabelledFrame, Recording, Split, choose_split
from training.trajectory import Trajectory, read_tum
from vmloc_ros import __version__
from vmloc_ros.errors import RecordingError, VmlocError
from vmloc_ros.pose import Pose, PoseEstimate

if TYPE_CHECKING:
    from vmloc_ros.bundle import Bundle
    from vmloc_ros.localizer import Localizer

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
) -> Evaluation:
    """Localise every frame of a recording and write the evaluation to the new folder `output`.

    A frame that the localizer refuses counts as a frame without a pose.

    Args:
        bundle: folder of the model bundle.
        recording: scene folder or bag.
        output: folder that must not exist.
        split: train, test or all; by default test, and all where the recording has no splits.
        device: auto, cpu, cuda or cuda:N.
        progress: called after each frame.

    Raises:
        VmlocError: `output` exists, the bundle or the recording cannot be used, or a frame cannot
            be decoded (it is named).
    """
    from vmloc_ros.localizer import Localizer

    refuse_existing(output)
    localizer = Localizer.load(bundle, device)
    opened = open_recording(recording, localizer.bundle.description.model.modalities)
    chosen = choose_split(split, opened)
    _warn_of_training_frames(localizer.bundle, opened, chosen)
    run = _localize_all(localizer, opened, chosen, progress)
    if not run.estimates:
        raise RecordingError(
            f"{recording}: no frame got a pose: the model needs "
            f"{' or '.join(localizer.bundle.description.model.modalities)}"
        )
    options = ["--output", output.name, "--split", chosen]
    command = shlex.join(["vmloc", "evaluate", _name(bundle), _name(recording), *options])
    evaluation = evaluate_trajectory(
        run.trajectory(),
        run.labels.trajectory(),
        localizer.bundle.training_poses,
        _provenance(bundle, localizer.bundle, recording, chosen, str(localizer.device), command),
        sequences=run.labels.sequences,
        latency_ms=run.latency_ms,
        covariances=[estimate.covariance for estimate in run.estimates],
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
    opened = open_recording(recording, loaded.description.model.modalities)
    chosen = choose_split(split, opened)
    labels, total = _Labels(), opened.count(chosen)
    for done, labelled in enumerate(opened.frames(chosen), start=1):
        labels.add(labelled)
        progress(done, total)
    evaluation = evaluate_trajectory(
        estimates,
        labels.trajectory(),
        loaded.training_poses,
        _provenance(bundle, loaded, recording, chosen, device, command),
        sequences=labels.sequences,
        latency_ms=latency_ms,
    )
    write_evaluation(output, evaluation)
    return evaluation


def _warn_of_training_frames(bundle: "Bundle", recording: Recording, split: Split) -> None:
    if recording.path.name == bundle.description.trained_on and split != "test":
        _log.warning(
            "%s is what the model was trained on: errors on its split '%s' are too small",
            recording.path.name,
            split,
        )


@dataclass(slots=True)
class _Labels:
    stamps_ns: list[int] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)

    def add(self, labelled: LabelledFrame) -> None:
        self.stamps_ns.append(labelled.frame.stamp_ns)
        self.poses.append(labelled.T_map_camera)
        self.sequences.append(labelled.sequence)

    def trajectory(self) -> Trajectory:
        return Trajectory(tuple(self.stamps_ns), tuple(self.poses))


@dataclass(slots=True)
class _Run:
    labels: _Labels = field(default_factory=_Labels)
    estimates: list[PoseEstimate] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)

    def trajectory(self) -> Trajectory:
        return Trajectory(
            tuple(estimate.stamp_ns for estimate in self.estimates),
            tuple(estimate.T_map_camera for estimate in self.estimates),
        )


def _localize_all(
    localizer: "Localizer", recording: Recording, split: Split, progress: Progress
) -> _Run:
    localizer.warm_up()
    run, total = _Run(), recording.count(split)
    for done, labelled in enumerate(recording.frames(split), start=1):
        run.labels.add(labelled)
        started = time.perf_counter()
        estimate = _localize(localizer, labelled)
        if estimate is not None:
            run.latency_ms.append((time.perf_counter() - started) * 1e3)
            run.estimates.append(estimate)
        progress(done, total)
    return run


def _localize(localizer: "Localizer", labelled: LabelledFrame) -> PoseEstimate | None:
    try:
        return localizer.localize(labelled.frame)
    except VmlocError as err:
        _log.info("%s: no pose: %s", labelled.name, err)
        return None


def _provenance(
    path: Path, bundle: "Bundle", recording: Path, split: Split, device: str, command: str
) -> Provenance:
    return Provenance(
        bundle=_name(path),
        bundle_sha256=bundle.digest,
        recording=_name(recording),
        split=split,
        device=device,
        versions=_versions(),
        command=command,
    )


def _name(path: Path) -> str:
    return path.resolve().name


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("numpy", "torch", "torchvision")}
    return {"vmloc_ros": __version__, "python": platform.python_version(), **packages}
