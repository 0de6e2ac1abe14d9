"""How fast frames are localised here, beside a plain pass of the network in the same run."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.benchmark.hardware import device_name
from training.benchmark.plain_pass import PlainPass
from training.benchmark.stage_times import TOTAL, StageTimes
from training.recordings.formats import open_recording
from training.recordings.recording import choose_split
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Frame
from vmloc_ros.localizer import Localizer
from vmloc_ros.model.vmloc import VMLoc

PREPROCESS, ENCODE, DECODE, FUSE, FINISH = STAGES = (
    "preprocess",
    "encoders",
    "decode all sets",
    "fuse, novelty, copy",
    "pose, covariance, validity",
)
WARM_UP = 5
"""Frames that do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceFigures:
    """Times of `Localizer.localize` and of a plain pass of the network, which took turns."""

    device: str
    threads: int
    frames: int
    median_ms: dict[str, float]
    """Of each stage, and `TOTAL`."""
    p95_ms: dict[str, float]
    plain_median_ms: float
    plain_p95_ms: float

    @property
    def frames_per_s(self) -> float:
        """That are localised one after the other."""
        return 1e3 / self.median_ms[TOTAL]

    @property
    def ratio(self) -> float:
        """How many times as long as a localisation, preprocessing and all, a plain pass takes."""
        return self.plain_median_ms / self.median_ms[TOTAL]


def measure_inference(
    bundle: Path,
    recording: Path,
    frames: int,
    split: str | None = None,
    device: str = "auto",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> InferenceFigures:
    """Localise frames of a recording, and let the network alone answer to each in between.

    Raises:
        BundleError: the bundle cannot be used.
        RecordingError: the recording cannot be read, or has no frames.
        MessageError: a frame has no modality of the model.
    """
    localizer = Localizer.load(bundle, device)
    chosen = _read(localizer, recording, frames, split)
    plain = PlainPass(localizer.bundle, localizer.device)
    times, plain_times = StageTimes(localizer.device), StageTimes(localizer.device)
    _time_parts(localizer.bundle.network, times)
    for number in range(-WARM_UP, len(chosen)):
        if number == 0:
            times.forget()
            plain_times.forget()
        frame = chosen[number % len(chosen)]
        _localize(localizer, frame, times)
        _pass(plain, frame, plain_times)
        progress(number + WARM_UP + 1, len(chosen) + WARM_UP)
    return InferenceFigures(
        device=device_name(localizer.device),
        threads=torch.get_num_threads(),
        frames=len(chosen),
        median_ms=times.medians_ms(),
        p95_ms=times.percentiles_ms(95.0),
        plain_median_ms=plain_times.medians_ms()[TOTAL],
        plain_p95_ms=plain_times.percentiles_ms(95.0)[TOTAL],
    )


def _read(localizer: Localizer, recording: Path, count: int, split: str | None) -> list[Frame]:
    description = localizer.bundle.description
    sensors = description.preprocessing.sensors(description.model.modalities)
    source = open_recording(recording, sensors)
    labelled = islice(source.frames(choose_split(split, source)), count)
    frames = [one.frame for one in labelled]
    if not frames:
        raise RecordingError(f"{recording}: has no frames to localise")
    return frames


def _time_parts(network: VMLoc, times: StageTimes) -> None:
    """Let the encoders and the decoder of a network tell how long they take."""
    for encoder in network.encoders.values():
        _time_part(encoder, ENCODE, times)
    _time_part(network.decoder, DECODE, times)


def _time_part(part: nn.Module, stage: str, times: StageTimes) -> None:
    started = [0.0]

    def before(module: nn.Module, arguments: Any) -> None:  # noqa: ARG001
        started[0] = times.now()

    def after(module: nn.Module, arguments: Any, result: Any) -> None:  # noqa: ARG001
        times.add(stage, times.now() - started[0])

    part.register_forward_pre_hook(before)
    part.register_forward_hook(after)


def _localize(localizer: Localizer, frame: Frame, times: StageTimes) -> None:
    times.start_step()
    with times.stage(FINISH):
        stage_ms = localizer.localize(frame).stage_ms
    times.add(PREPROCESS, stage_ms["preprocess"] / 1e3)
    times.add(FUSE, stage_ms["inference"] / 1e3 - times.of(ENCODE) - times.of(DECODE))
    times.add(FINISH, -(stage_ms["preprocess"] + stage_ms["inference"]) / 1e3)
    times.finish_step()


def _pass(plain: PlainPass, frame: Frame, times: StageTimes) -> None:
    inputs, present = plain.prepare(frame)
    times.start_step()
    plain(inputs, present)
    times.finish_step()
