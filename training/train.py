"""Fit a model to a recording and leave a bundle: `vmloc train`."""

import logging
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
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
from training.cache import Batch, CachedFrames, FrameCache, build_cache
from training.calibration import calibrate
from training.holdout import choose_holdout
from training.module import VMLocModule
from training.recordings.recording import Recording, choose_split, open_recording
from vmloc_ros import __version__
from vmloc_ros.bundle import BundleDescription, PoseStatistics, save_bundle
from vmloc_ros.config import TrainConfig, dump_config, load_config
from vmloc_ros.errors import ConfigError
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import PoseNormalizer
from vmloc_ros.preprocessing import Preprocessor

log = logging.getLogger(__name__)

_NEEDLESS_ADVICE = (
    ".*does not have many workers.*",  # frames lie decoded in memory, processes would cost
    ".*exists and is not empty.*",  # when resuming, the checkpoints are there
    ".*`isinstance\\(treespec, LeafSpec\\)`.*",  # between Lightning and torch
)


def train(
    config: TrainConfig,
    recording: Path,
    output: Path,
    *,
    resume: bool = False,
    progress_bar: bool = False,
) -> Path:
    """Train on the recording's training split and return the folder of the bundle.

    `output` gets `config.yaml` (resolved), `cache/` (removed at the end), `checkpoints/`, `logs/`
    and `bundle/`. It must not exist, unless `resume` goes on from its newest checkpoint.

    Raises:
        ConfigError: the output exists or cannot be resumed, or the configuration does not fit.
        RecordingError: a frame cannot be used; it is named, and nothing is left behind.
        VmlocError: the loss became infinite; the last checkpoint stays.
    """
    source = open_recording(recording, config.model.modalities)
    _check_output(config, output, resume)
    network = VMLoc(config.model) if resume else _new_network(config)
    if not (output / "config.yaml").exists():
        cache = _prepare(config, source, output)
    else:
        cache = _cache(config, source, output / "cache")
    session = _Session(config, cache, network)
    session.fit(output, resume=resume, progress_bar=progress_bar)
    bundle = session.save(output / "bundle", source.path.name)
    shutil.rmtree(output / "cache", ignore_errors=True)
    return bundle


def _check_output(config: TrainConfig, output: Path, resume: bool) -> None:
    if (output / "bundle").exists():
        raise ConfigError(f"{output}: holds a finished training, choose another folder")
    if not resume and output.exists():
        raise ConfigError(f"{output}: exists already, choose another folder or add --resume")
    if resume and _newest_checkpoint(output) is None:
        raise ConfigError(f"{output}: no checkpoint to resume from, start without --resume")
    if resume and load_config(output / "config.yaml", TrainConfig) != config:
        raise ConfigError(
            f"{output}: was started with another configuration, resume with its config.yaml"
        )


def _new_network(config: TrainConfig) -> VMLoc:
    L.seed_everything(config.seed, verbose=False)
    network = VMLoc(config.model)
    network.load_pretrained()
    return network


def _prepare(config: TrainConfig, source: Recording, output: Path) -> FrameCache:
    """Build the output folder beside its place, and rename it once all frames could be read."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    except OSError as err:
        raise ConfigError(f"{output}: cannot be created ({err.strerror})") from err
    try:
        cache = _cache(config, source, beside / "cache")
        (beside / "config.yaml").write_text(dump_config(config), encoding="utf-8")
        beside.chmod(0o755)
        beside.rename(output)
    except OSError as err:
        raise ConfigError(f"{output}: cannot be written ({err.strerror})") from err
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return cache


def _cache(config: TrainConfig, source: Recording, folder: Path) -> FrameCache:
    split = choose_split(None, source, default="train")
    log.info("decoding %d frames of %s", source.count(split), source.path.name)
    return build_cache(source, split, config.preprocessing, config.model.modalities, folder)


def _newest_checkpoint(output: Path) -> Path | None:
    found = list((output / "checkpoints").glob("*.ckpt"))
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


class _Session:
    """The parts of one training, put together."""

    def __init__(self, config: TrainConfig, cache: FrameCache, network: VMLoc) -> None:
        self.config, self.cache, self.network = config, cache, network
        self.holdout = choose_holdout(cache.sequences, config.holdout)
        self.normalizer = PoseNormalizer.fit([cache.poses[i] for i in self.holdout.train])
        self.module = VMLocModule(
            config,
            network,
            Augmentation(config.augmentation, cache.camera),
            self.normalizer.position_scale,
            cache.names,
        )

    def fit(self, output: Path, *, resume: bool, progress_bar: bool) -> None:
        trainer = _trainer(self.config, output, progress_bar)
        batches = _Batches(
            self.config, self._frames(self.holdout.train), self._frames(self.holdout.held_out)
        )
        checkpoint = _newest_checkpoint(output) if resume else None
        counts = len(self.holdout.train), len(self.holdout.held_out)
        log.info("training on %d frames, %d held out", *counts)
        with warnings.catch_warnings():
            for advice in _NEEDLESS_ADVICE:
                warnings.filterwarnings("ignore", message=advice)
            try:
                trainer.fit(self.module, batches, ckpt_path=checkpoint, weights_only=True)
            except SystemExit as err:
                if isinstance(err.__context__, KeyboardInterrupt):  # Lightning's answer to Ctrl-C
                    raise KeyboardInterrupt from err
                raise

    def save(self, folder: Path, name: str) -> Path:
        config, network = self.config, self.network.cpu().eval()
        poses = tuple(self.cache.poses[index] for index in self.holdout.train)
        positions = np.stack([pose.position for pose in poses])
        preprocessor = Preprocessor(config.preprocessing, config.model.modalities)
        sigma = calibrate(
            network, self._frames(self.holdout.held_out), self.normalizer, preprocessor
        )
        description = BundleDescription.model_validate(
            {
                "model": config.model,
                "preprocessing": config.preprocessing,
                "poses": PoseStatistics.of(self.normalizer),
                "camera_frame": self.cache.camera_frame,
                "position_min_m": positions.min(axis=0).tolist(),
                "position_max_m": positions.max(axis=0).tolist(),
                "sigma": sigma,
                "trained_on": name,
                "versions": {"vmloc_ros": __version__}
                | {package: version(package) for package in ("torch", "torchvision", "lightning")},
            }
        )
        save_bundle(folder, description, network, poses)
        return folder

    def _frames(self, indices: Sequence[int]) -> CachedFrames:
        return CachedFrames(self.cache, indices, self.normalizer)


class _Batches(L.LightningDataModule):
    """Feeds whole batches; the order of an epoch depends on the seed and its number alone."""

    def __init__(self, config: TrainConfig, train: CachedFrames, held_out: CachedFrames) -> None:
        super().__init__()
        self._config, self._train, self._held_out = config, train, held_out

    def train_dataloader(self) -> DataLoader[Batch]:
        assert self.trainer is not None
        sampler: DistributedSampler[Batch] = DistributedSampler(
            self._train,
            num_replicas=self.trainer.world_size,
            rank=self.trainer.global_rank,
            seed=self._config.seed,
        )
        size = self._config.batch_size
        # A rest of one frame would break batch normalisation.
        full = len(sampler) >= size
        return DataLoader(
            self._train, batch_size=size, sampler=sampler, drop_last=full, collate_fn=_as_it_is
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        return DataLoader(self._held_out, batch_size=len(self._held_out), collate_fn=_as_it_is)


def _as_it_is(batch: Any) -> Batch:
    """Take what `CachedFrames.__getitems__` gave: it is a batch already."""
    gathered: Batch = batch
    return gathered


class _EpochLog(Callback):
    """One log line per validation, where no progress bar shows."""

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        metrics = trainer.callback_metrics
        if trainer.sanity_checking or trainer.max_epochs is None or "val_distance_m" not in metrics:
            return
        log.info(
            "epoch %d/%d: held-out median %.3f m, %.2f deg",
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


def _trainer(config: TrainConfig, output: Path, progress_bar: bool) -> L.Trainer:
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    callbacks: list[Callback] = [
        ModelCheckpoint(
            output / "checkpoints",
            filename="{epoch}",
            every_n_epochs=max(1, config.epochs // 20),
            save_top_k=1,
        ),
        RichProgressBar() if progress_bar else _EpochLog(),
    ]
    if config.optimizer.ema_decay > 0.0:
        callbacks.append(WeightAveraging(avg_fn=_MovingAverage(config.optimizer.ema_decay)))
    options: dict[str, Any] = {}
    if config.devices > 1:
        options["strategy"] = "ddp_spawn"
    return L.Trainer(
        accelerator=config.accelerator,
        devices=config.devices,
        precision=config.precision,
        max_epochs=config.epochs,
        check_val_every_n_epoch=max(1, config.epochs // 50),
        gradient_clip_val=config.optimizer.gradient_clip or None,
        use_distributed_sampler=False,
        logger=CSVLogger(output, name="logs"),
        callbacks=callbacks,
        enable_progress_bar=progress_bar,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        **options,
    )
