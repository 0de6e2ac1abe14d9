"""`LocalizationRun`: the frames of a recording, and what a localizer says of each."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from training.recordings.recording import LabelledFrame
from training.tally import Tally
from training.timing import Timing
from training.trajectory import Trajectory
from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Pose, PoseEstimate

if TYPE_CHECKING:
    from vmloc_ros.localizer import Localizer

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Labels:
    """Stamps, true poses and sequences of frames whose images need not be kept."""

    stamps_ns: list[int] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)

    def add(self, labelled: LabelledFrame) -> None:
        """Add those of a frame."""
        self.stamps_ns.append(labelled.frame.stamp_ns)
        self.poses.append(labelled.T_map_camera)
        self.sequences.append(labelled.sequence)

    def trajectory(self) -> Trajectory:
        """Return the true poses."""
        return Trajectory(tuple(self.stamps_ns), tuple(self.poses))


@dataclass(slots=True)
class LocalizationRun:
    """Every frame of a recording, localised one after the other."""

    labels: Labels = field(default_factory=Labels)
    answers: list[PoseEstimate | None] = field(default_factory=list)
    """Of each frame; None where the localizer could not use it."""
    latency_ms: list[float] = field(default_factory=list)
    """Of each answer."""
    run_s: float = 0.0
    """Of the whole run, reading and decoding included."""
    failure: str = ""
    """Why the last frame that failed did."""

    @property
    def poses(self) -> list[PoseEstimate]:
        """The answers that the node would publish."""
        return [one for one in self.answers if one is not None and one.rejection is None]

    def trajectory(self) -> Trajectory:
        """Return these as a trajectory."""
        return Trajectory(
            tuple(estimate.stamp_ns for estimate in self.poses),
            tuple(estimate.T_map_camera for estimate in self.poses),
        )

    def tally(self, modalities: Sequence[str]) -> Tally:
        """Say what became of the frames."""
        return Tally.of(self.answers, modalities)

    def timing(self) -> Timing:
        """Say how long it took; at least one frame was answered."""
        return Timing.of(self.latency_ms, self.run_s)


def localize_all(
    localizer: "Localizer", frames: Iterable[LabelledFrame], progress: Callable[[int], None]
) -> LocalizationRun:
    """Localise frames in order; `progress` is called after each with their number so far."""
    localizer.warm_up()
    run, run_started = LocalizationRun(), time.perf_counter()
    for done, labelled in enumerate(frames, start=1):
        run.labels.add(labelled)
        started = time.perf_counter()
        try:
            answer = localizer.localize(labelled.frame)
        except VmlocError as err:
            run.answers.append(None)
            run.failure = str(err)
            _log.info("%s: no pose: %s", labelled.name, err)
        else:
            run.answers.append(answer)
            run.latency_ms.append((time.perf_counter() - started) * 1e3)
        progress(done)
    run.run_s = time.perf_counter() - run_started
    return run
