"""Fit a model to a recording and leave a bundle: `vmloc train`."""

import logging
from dataclasses import replace
from os import cpu_count
from pathlib import Path

import lightning as L
import torch

from training.cache import build_cache
from training.device import trains_on_gpu
from training.recordings.formats import open_recording
from training.recordings.lidar_options import LidarOptions
from training.recordings.recording import Recording, choose_split
from training.run_folder import RunFolder
from training.session import TrainingSession
from vmloc_ros.config import TrainConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.model.vmloc import VMLoc

log = logging.getLogger(__name__)


def train(
    config: TrainConfig,
    recording: Path,
    output: Path,
    *,
    resume: bool = False,
    progress_bar: bool = False,
    ground_truth: str | None = None,
    lidar: LidarOptions | None = None,
) -> Path:
    """Train on the recording's training split and return the folder of the bundle.

    `output` becomes a `RunFolder`. It must not exist, unless `resume` goes on from its newest
    checkpoint. `ground_truth` and `lidar` say how a bag is read, see `open_recording`; how many
    sweeps are put together is the configuration's.

    Raises:
        ConfigError: the output exists or cannot be resumed, or the configuration does not fit.
        RecordingError: a frame cannot be used; it is named, and nothing is left behind.
        VmlocError: the loss became infinite; the last checkpoint stays.
    """
    check_devices(config)
    folder = RunFolder(output)
    folder.check(config, resume)
    source = open_to_train(config, recording, ground_truth, lidar)

    def start(cache: Path) -> TrainingSession:
        return start_session(config, source, cache)

    try:
        session = start(folder.cache) if resume else folder.create(config, start)
        folder.remember_recording(source.path.name, session.cache)
        checkpoint = folder.newest_checkpoint() if resume else None
        session.fit(output, checkpoint, progress_bar=progress_bar)
        session.save(folder.bundle, source.path.name)
    finally:
        folder.drop_cache()
    return folder.bundle


def open_to_train(
    config: TrainConfig,
    recording: Path,
    ground_truth: str | None = None,
    lidar: LidarOptions | None = None,
) -> Recording:
    """Open a recording with the sensors that a training needs; arguments as for `train`."""
    options = replace(
        lidar or LidarOptions(), sweeps=config.preprocessing.lidar.sweeps, may_use_truth=True
    )
    sensors = config.preprocessing.sensors(config.cached)
    return open_recording(recording, sensors, ground_truth, options)


def start_session(config: TrainConfig, source: Recording, folder: Path) -> TrainingSession:
    """Decode the frames into a cache and put the parts of the training together."""
    L.seed_everything(config.seed, verbose=False)
    network = VMLoc(config.model, config.preprocessing)
    network.load_pretrained()
    split = choose_split(None, source, default="train")
    log.info("decoding %d frames of %s", source.count(split), source.path.name)
    cache = build_cache(
        source,
        split,
        config.preprocessing,
        config.model.modalities,
        folder,
        labels=tuple(name for name in config.cached if name not in config.model.modalities),
    )
    return TrainingSession(config, cache, network)


def check_devices(config: TrainConfig) -> None:
    """Raise a ConfigError where there are fewer devices than the training wants."""
    on_gpu = trains_on_gpu(config)
    kind, found = ("CUDA devices", torch.cuda.device_count()) if on_gpu else ("cores", cpu_count())
    if config.devices > (found or 1):
        raise ConfigError(
            f"accelerator {config.accelerator} with {config.devices} devices, but there are "
            f"{found} {kind} here; lower devices or set another accelerator"
        )
