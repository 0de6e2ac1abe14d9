"""`TrainingSession`: the parts of one training, put together on Lightning."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import (
    Callback,
    ModelCheckpoint,
    RichProgressBar,
    WeightAveraging,
)
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from training.augmentation import Augmentation
from training.cache import Batch, CachedFrames, FrameCache
from training.calibration import VIEWS, calibrate, training_appearance
from training.device import trains_on_gpu
from training.holdout import Holdout, choose_holdout
from training.module import VMLocModule
from training.resident_frames import near
from training.shared_batch_norm import share_batch_statistics
from vmloc_ros import __version__
from vmloc_ros.bundle import BundleDescription, PoseStatistics, save_bundle
from vmloc_ros.config import TrainConfig
from vmloc_ros.errors import RecordingError, VmlocError
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Pose, PoseNormalizer
from vmloc_ros.preprocessing import Preprocessor

log = logging.getLogger(__name__)

NEAR_HALF_TURN_DEG = 150.0
"""The log-quaternion jumps at 180° from the mean rotation."""

_NEEDLESS_ADVICE = (
    ".*does not have many workers.*",  # frames lie decoded in memory, processes would cost
    ".*exists and is not empty.*",  # when resuming, the checkpoints are there
    ".*`isinstance\\(treespec, LeafSpec\\)`.*",  # between Lightning and torch
)


class TrainingSession:
    """Fits a network to cached frames and writes the bundle.

    Raises:
        RecordingError: too few frames, or none with one of the model's modalities.
        ConfigError: the augmentation needs intrinsics that the frames do not have.
    """

    def __init__(self, config: TrainConfig, cache: FrameCache, network: VMLoc) -> None:
        self.config, self.cache, self.network = config, cache, network
        self._holdout = choose_holdout(cache.sequences, config.holdout)
        _check_modalities(config, cache, self._holdout)
        _check_shifts(config, cache)
        self._poses = tuple(cache.poses[index] for index in self._holdout.train)
        self._normalizer = PoseNormalizer.fit(self._poses)
        if config.devices > 1:
            share_batch_statistics(network, on_gpu=trains_on_gpu(config))
        # As the inputs: else each convolution would rearrange its weights at each step.
        network.to(memory_format=torch.channels_last)
        if config.model.rotation == "log_quaternion":
            _warn_of_half_turns(self._poses, self._normalizer)
        self._augmentation = Augmentation(
            config.augmentation,
            cache.rig,
            config.cached,
            self._normalizer,
            config.preprocessing.lidar,
        )
        self.module = VMLocModule(
            config, network, self._augmentation, cache.rig, self._normalizer, cache.names
        )

    def fit(self, output: Path, checkpoint: Path | None, *, progress_bar: bool) -> None:
        """Train to the end, from a checkpoint if there is one."""
        counts = len(self._holdout.train), len(self._holdout.held_out)
        log.info("training on %d frames, %d held out", *counts)
        self.run(_trainer(self.config, output, progress_bar), output, checkpoint)

    def run(self, trainer: L.Trainer, output: Path, checkpoint: Path | None = None) -> None:
        """Train as far as a trainer goes; `output` is where it writes to."""
        batches = _Batches(self.config, self.training_frames(), self._held_out())
        with warnings.catch_warnings():
            for advice in _NEEDLESS_ADVICE:
                warnings.filterwarnings("ignore", message=advice)
            try:
                trainer.fit(self.module, batches, ckpt_path=checkpoint, weights_only=True)
            except OSError as err:
                raise VmlocError(f"{output}: cannot be written to ({err.strerror or err})") from err
            except SystemExit as err:
                if isinstance(err.__context__, KeyboardInterrupt):  # Lightning's answer to Ctrl-C
                    raise KeyboardInterrupt from err
                raise

    def save(self, folder: Path, trained_on: str) -> None:
        """Calibrate on the held-out frames and write the bundle."""
        network = self.network.cpu().to(memory_format=torch.contiguous_format).eval()
        preprocessor = Preprocessor(
            self.config.preprocessing, self.config.model.modalities, self.cache.rig
        )
        appearance = training_appearance(network, self._frames(self._holdout.train), preprocessor)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.config.seed)
            calibration = calibrate(
                network,
                self._held_out(),
                self._poses,
                appearance,
                self._normalizer,
                preprocessor,
                [self._augmentation.nearby] * (VIEWS if self._augmentation.moves else 0),
            )
        positions = np.stack([pose.position for pose in self._poses])
        packages = ("torch", "torchvision", "lightning")
        description = BundleDescription.model_validate(
            {
                "model": self.config.model,
                "preprocessing": self.config.preprocessing,
                "poses": PoseStatistics.of(self._normalizer),
                "rig": self.cache.rig,
                "camera_frame": self.cache.camera_frame,
                "position_min_m": positions.min(axis=0).tolist(),
                "position_max_m": positions.max(axis=0).tolist(),
                "calibration": calibration,
                "trained_on": trained_on,
                "versions": {"vmloc_ros": __version__} | {name: version(name) for name in packages},
            }
        )
        save_bundle(folder, description, network, self._poses, appearance)

    def training_frames(self) -> CachedFrames:
        """Return the frames that are trained on."""
        return self._frames(self._holdout.train, self.config.clip)

    def _frames(self, indices: Sequence[int], clip: tuple[int, int] = (1, 1)) -> CachedFrames:
        return CachedFrames(self.cache, indices, self._normalizer, clip)

    def _held_out(self) -> CachedFrames:
        """Return the held-out frames, with those before each that the network remembers."""
        memory = (self.config.model.memory_frames, 1)
        return self._frames(self._holdout.held_out, memory)


def _check_modalities(config: TrainConfig, cache: FrameCache, holdout: Holdout) -> None:
    """Refuse an expert that would never be trained, or whose errors could not be measured."""
    names = config.model.modalities
    for column, name in enumerate(names):
        if not cache.present[list(holdout.train), column].any():
            raise RecordingError(f"no training frame has {name}: leave it out of model.modalities")
    if not cache.present[list(holdout.held_out)].all(axis=1).any():
        raise RecordingError(
            f"no held-out frame has {' and '.join(names)}: record more, or leave one out of "
            "model.modalities"
        )


def _check_shifts(config: TrainConfig, cache: FrameCache) -> None:
    if config.augmentation.shift_m and "depth" in cache.images and not cache.images["depth"].any():
        raise RecordingError(
            "augmentation.shift_m shows images from elsewhere by their depth, and no training "
            "frame has depth: record it, or set shift_m to 0"
        )


def _warn_of_half_turns(poses: Sequence[Pose], normalizer: PoseNormalizer) -> None:
    mean = Pose(np.zeros(3), normalizer.quat_mean_xyzw)
    near = sum(mean.angle_deg(pose) > NEAR_HALF_TURN_DEG for pose in poses)
    if near:
        log.warning(
            "%d of %d training poses are turned by more than %.0f° from the mean: the rotation "
            "label jumps at 180°, errors will be larger there; model.rotation: two_axes does not",
            near,
            len(poses),
            NEAR_HALF_TURN_DEG,
        )


class _Shuffled(DistributedSampler[Batch]):
    """Frames, or clips by their last frame, in random order: as many images an epoch either way."""

    dataset: CachedFrames

    def __len__(self) -> int:
        return max(1, super().__len__() // self.dataset.clip_frames)

    def __iter__(self) -> Iterator[Any]:
        return islice(super().__iter__(), len(self))


class _Batches(L.LightningDataModule):
    """Feeds whole batches; the order of an epoch depends on the seed and its number alone."""

    def __init__(self, config: TrainConfig, train: CachedFrames, held_out: CachedFrames) -> None:
        super().__init__()
        self._config, self._train, self._held_out = config, train, held_out

    def train_dataloader(self) -> DataLoader[Batch]:
        assert self.trainer is not None
        size, processes = self._config.batch_size // self._config.clip[0], self.trainer.world_size
        # A rest of one frame would break batch normalisation.
        full = len(self._train) // self._config.clip[0] >= size * processes
        sampler = _Shuffled(
            self._train,
            num_replicas=processes,
            rank=self.trainer.global_rank,
            seed=self._config.seed,
            drop_last=full,  # a frame given to two processes would count twice
        )
        device = self.trainer.strategy.root_device
        frames = near(self._train, device)
        return DataLoader(
            frames,
            batch_size=size,
            sampler=sampler,
            drop_last=full,
            collate_fn=_as_it_is,
            # Lightning copies pinned batches while the GPU works.
            pin_memory=device.type == "cuda" and frames is self._train,
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        size = max(1, self._config.batch_size // self._config.model.memory_frames)
        return DataLoader(self._held_out, batch_size=size, collate_fn=_as_it_is)


def _as_it_is(batch: Any) -> Batch:
    """Take what `CachedFrames.__getitems__` gave: it is a batch already."""
    gathered: Batch = batch
    return gathered


class _EpochLog(Callback):
    """One log line per validation, where no progress bar shows."""

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        metrics = trainer.callback_metrics
        log.info(
            "epoch %d/%s: held-out median %.3f m, %.2f deg",
            trainer.current_epoch + 1,
            trainer.max_epochs,
            float(metrics["val_distance_m"]),
            float(metrics["val_angle_deg"]),
        )


@dataclass(frozen=True, slots=True)
class _MovingAverage:
    """Exponential average of the weights; unlike torch's own it can be sent to other processes."""

    decay: float

    def __call__(self, average: Tensor, current: Tensor, updates: Tensor | int) -> Tensor:
        return self.decay * average + (1.0 - self.decay) * current


def make_trainer(config: TrainConfig, callbacks: Sequence[Callback], **options: Any) -> L.Trainer:
    """Return what steps as the configuration says; options of Lightning say how far."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    average = []
    if config.optimizer.ema_decay > 0.0:
        average.append(WeightAveraging(avg_fn=_MovingAverage(config.optimizer.ema_decay)))
    return L.Trainer(
        accelerator=config.accelerator,
        devices=config.devices,
        strategy=_strategy(config),
        precision=config.precision,
        gradient_clip_val=config.optimizer.gradient_clip or None,
        use_distributed_sampler=False,
        callbacks=[*average, *callbacks],
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        **options,
    )


def _strategy(config: TrainConfig) -> str:
    if config.devices == 1:
        return "auto"
    # The reprojection error has no use for the loss scales.
    unused = config.objective.reprojection_from < 1.0
    return "ddp_spawn_find_unused_parameters_true" if unused else "ddp_spawn"


def _trainer(config: TrainConfig, output: Path, progress_bar: bool) -> L.Trainer:
    callbacks: list[Callback] = [
        ModelCheckpoint(
            output / "checkpoints",
            filename="{epoch}",
            every_n_epochs=max(1, config.epochs // 20),
            save_top_k=1,
            save_on_train_epoch_end=True,  # not only in epochs that are validated
        ),
        RichProgressBar() if progress_bar else _EpochLog(),
    ]
    return make_trainer(
        config,
        callbacks,
        max_epochs=config.epochs,
        check_val_every_n_epoch=max(1, config.epochs // 50),
        logger=CSVLogger(output, name="logs"),
        enable_progress_bar=progress_bar,
    )
