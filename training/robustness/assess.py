"""Run the robustness study of a bundle on a recording, and write down what it found."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.evaluate import Progress, warn_of_training_frames
from training.provenance import Provenance, name_of
from training.recordings.formats import open_recording
from training.recordings.lidar_options import LidarOptions
from training.recordings.recording import Recording, Split, choose_split
from training.result_folder import refuse_existing
from training.robustness.catalogue import conditions_of
from training.robustness.study import FOREIGN, Options, Study
from training.robustness.study_folder import write_study
from training.robustness.trial import Trial
from vmloc_ros.errors import RecordingError
from vmloc_ros.validity import ValidityLimits

if TYPE_CHECKING:
    from vmloc_ros.bundle import BundleDescription


def assess(
    bundle: Path,
    recording: Path,
    output: Path,
    split: str | None = None,
    device: str = "auto",
    progress: Progress = lambda done, total: None,
    *,
    seed: int = 0,
    every: int = 1,
    foreign: Path | None = None,
    limits: ValidityLimits | None = None,
) -> Study:
    """Localise frames of a recording under every condition and write the study to `output`.

    The same recording and the same options give the same robustness.json.

    Args:
        bundle: folder of the model bundle.
        recording: scene folder or bag.
        output: folder that must not exist.
        split: train, test or all; by default test, and all where the recording has no splits.
        device: auto, cpu, cuda or cuda:N.
        progress: called after each frame.
        seed: of the places of masks, of noise and so on.
        every: each n-th frame is localised, n ≥ 1.
        foreign: a recording of another place, of which the same is taken.
        limits: of validity; by default those of the node.

    Raises:
        VmlocError: `output` exists, bundle or recording cannot be used, a frame cannot be decoded
            (it is named), or no frame has a modality of the model.
    """
    refuse_existing(output)
    from vmloc_ros.localizer import Localizer

    localizer = Localizer.load(bundle, device, limits)
    description = localizer.bundle.description
    modalities = description.model.modalities
    place = _Place.open(recording, description, split)
    places = [place] if foreign is None else [place, _Place.open(foreign, description)]
    warn_of_training_frames(localizer.bundle, place.recording, place.split)
    conditions = conditions_of(description.sensors, description.preprocessing.lidar.azimuth_deg)
    trials = [Trial(localizer, asked, seed, every) for asked in (conditions, [FOREIGN])]
    _run(trials, places, progress)
    options = Options(
        seed=seed,
        every=every,
        foreign="" if foreign is None else name_of(foreign),
        novelty_limit=localizer.limits.novelty,
    )
    study = Study.of(
        conditions,
        trials[0].outcomes | trials[1].outcomes,
        modalities,
        options=options,
        provenance=Provenance.of(
            bundle,
            localizer.bundle,
            recording,
            split=place.split,
            device=str(localizer.device),
            command=_command(bundle, recording, output, place.split, options),
        ),
    )
    write_study(output, study)
    return study


@dataclass(frozen=True, slots=True)
class _Place:
    """A split of a recording."""

    recording: Recording
    split: Split

    @classmethod
    def open(
        cls, path: Path, description: "BundleDescription", split: str | None = None
    ) -> "_Place":
        """Read what the model needs, the clouds put together as in its training."""
        lidar = LidarOptions(sweeps=description.preprocessing.lidar.sweeps)
        recording = open_recording(path, description.sensors, lidar=lidar)
        return cls(recording, choose_split(split, recording))

    @property
    def count(self) -> int:
        return self.recording.count(self.split)


def _run(trials: Sequence[Trial], places: Sequence[_Place], progress: Progress) -> None:
    """Run each trial at its place, with one progress over all of them; one may have no place."""
    total, before = sum(place.count for place in places), 0
    for trial, place in zip(trials, places, strict=False):
        for done in trial.run(place.recording.frames(place.split)):
            progress(before + done, total)
        before += place.count
        if not trial.answered:
            path = place.recording.path
            raise RecordingError(f"{path}: no frame can be localised: {trial.failure}")


def _command(bundle: Path, recording: Path, output: Path, split: Split, options: Options) -> str:
    """Return how to do it again, with names in place of paths."""
    words = ["vmloc", "robustness", name_of(bundle), name_of(recording)]
    words += ["--output", output.name, "--split", split]
    words += ["--seed", str(options.seed), "--every", str(options.every)]
    words += ["--novelty-limit", f"{options.novelty_limit:g}"]
    if options.foreign:
        words += ["--foreign", options.foreign]
    return shlex.join(words)
