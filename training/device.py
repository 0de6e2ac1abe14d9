"""Where a training runs."""

import torch

from vmloc_ros.config import TrainConfig


def trains_on_gpu(config: TrainConfig) -> bool:
    """Return what Lightning will choose."""
    return config.accelerator == "gpu" or (
        config.accelerator == "auto" and torch.cuda.is_available()
    )
