"""How fast a training is here, beside the published recipe in the same run."""

import copy
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

from training.benchmark.alternation import Alternation
from training.benchmark.hardware import device_name
from training.benchmark.loop_profiler import AUGMENTATION, FORWARD, LOADING, LoopProfiler
from training.benchmark.peak_flops import peak_flop_per_s
from training.benchmark.published_recipe import PublishedRecipe
from training.benchmark.stage_times import TOTAL, StageTimes
from training.cache import Batch
from training.device import trains_on_gpu
from training.module import VMLocModule
from training.recordings.recording import Recording, choose_split
from training.session import TrainingSession, make_trainer
from training.train import check_devices, open_to_train, start_session
from vmloc_ros.config import TrainConfig
from vmloc_ros.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFigures:
    """Medians over the steps of a training and of the yardstick, which took turns."""

    device: str
    precision: str
    threads: int
    frames: int
    """Of a step."""
    steps: int
    """That were measured, of each."""
    ours_ms: dict[str, float]
    """Of each stage, and `TOTAL`; what is in no stage is Lightning's loop, log and average."""
    yardstick_ms: dict[str, float]
    gigaflop: float
    """Of a step: products of matrices, forward and backward."""
    peak_memory_gib: float | None
    """Of the training, on a GPU."""
    peak_share: float | None
    """Share of what the GPU's maker promises for the precision, loading included; None where it is
    not known."""

    @property
    def frames_per_s(self) -> float:
        """Of our training."""
        return 1e3 * self.frames / self.ours_ms[TOTAL]

    @property
    def loading_share(self) -> float:
        """Of our step."""
        return self.ours_ms[LOADING] / self.ours_ms[TOTAL]

    @property
    def step_ratio(self) -> float:
        """How many times as fast as the yardstick's step ours is, both without loading."""
        theirs, ours = (ms[TOTAL] - ms[LOADING] for ms in (self.yardstick_ms, self.ours_ms))
        return theirs / ours

    @property
    def ratio(self) -> float:
        """How many times as fast as the yardstick our training is."""
        return self.yardstick_ms[TOTAL] / self.ours_ms[TOTAL]


def measure_training(
    config: TrainConfig, recording: Path, steps: int, rounds: int
) -> TrainingFigures:
    """Train for some rounds of steps, and let the yardstick make as many in between.

    Raises:
        ConfigError: more than one device, or fewer here than the configuration wants.
        RecordingError: a frame cannot be used.
    """
    if config.devices > 1:
        raise ConfigError(f"devices is {config.devices}: the benchmark measures one")
    check_devices(config)
    source = open_to_train(config, recording)
    with tempfile.TemporaryDirectory() as folder:
        session = start_session(config, source, Path(folder) / "cache")
        return _measure(session, source, Path(folder), steps, rounds)


def _measure(
    session: TrainingSession, source: Recording, folder: Path, steps: int, rounds: int
) -> TrainingFigures:
    device = torch.device("cuda" if trains_on_gpu(session.config) else "cpu")
    ours, yardstick = StageTimes(device), StageTimes(device)
    copied = copy.deepcopy(session.module)
    for module, times in ((session.module, ours), (copied, yardstick)):
        _time_augmentation(module, times)
    alternation = Alternation(
        ours,
        yardstick,
        lambda: PublishedRecipe(
            copied.to(device), source, choose_split(None, source, "train"), _labels(session)
        ),
        steps,
    )
    trainer = make_trainer(
        session.config,
        [alternation],
        profiler=LoopProfiler(ours),
        max_epochs=-1,
        max_steps=(rounds + 1) * steps,
        limit_val_batches=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
    )
    session.run(trainer, folder)
    return _figures(session, device, alternation, (ours, yardstick), rounds * steps)


def _time_augmentation(module: VMLocModule, times: StageTimes) -> None:
    """Count the augmentation of a module apart from the rest of its forward pass."""
    augmentation = module.augmentation

    def timed(batch: Batch) -> Batch:
        started = times.now()
        result = augmentation(batch)
        duration_s = times.now() - started
        times.add(AUGMENTATION, duration_s)
        times.add(FORWARD, -duration_s)
        return result

    module.augmentation = timed


def _labels(session: TrainingSession) -> Batch:
    frames = session.training_frames()
    clips = session.config.batch_size // frames.clip_frames
    return frames.__getitems__(list(range(min(clips, len(frames)))))


def _figures(
    session: TrainingSession,
    device: torch.device,
    alternation: Alternation,
    times: tuple[StageTimes, StageTimes],
    steps: int,
) -> TrainingFigures:
    ours_ms, yardstick_ms = (one.medians_ms() for one in times)
    name, precision = device_name(device), session.config.precision
    peak = peak_flop_per_s(name, precision) if device.type == "cuda" else None
    achieved = 1e3 * alternation.flop / ours_ms[TOTAL]
    return TrainingFigures(
        device=name,
        precision=precision,
        threads=torch.get_num_threads(),
        frames=len(_labels(session)["index"]),
        steps=steps,
        ours_ms=ours_ms,
        yardstick_ms=yardstick_ms,
        gigaflop=alternation.flop / 1e9,
        peak_memory_gib=None if alternation.peak_bytes is None else alternation.peak_bytes / 2**30,
        peak_share=None if peak is None else achieved / peak,
    )
