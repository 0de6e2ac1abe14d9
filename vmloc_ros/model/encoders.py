"""`Encoder`: what one image says, as features or as a Gaussian (VMLoc, "Feature Encoders")."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vmloc_ros.model.backbones import Backbone
from vmloc_ros.model.hourglass import Hourglass

MIN_VARIANCE, MAX_VARIANCE = 1e-4, 1e2


class Expert(NamedTuple):
    """What the encoder of one modality says of B images."""

    mean: Tensor
    """(B, D), float32; the features where there is no variance."""
    variance: Tensor | None
    """(B, D), float32, positive; None for an encoder that gives features only."""
    appearance: Tensor
    """(B, A) mean and standard deviation of each channel of an early map, without gradient: what
    the image looks like, for `Familiarity`."""


class Encoder(nn.Module):
    """One modality to D features, or to its factor q̃(z|x), a diagonal Gaussian in D dimensions.

    The variance is softplus(a) + 1e-4, clamped to [1e-4, 1e2], in float32.

    Args:
        backbone: its network.
        dim: D.
        top: makes features of the backbone's maps.
        initial_log_variance: of the Gaussian before training; None: features only.
    """

    def __init__(
        self,
        backbone: Backbone,
        dim: int,
        top: "GridPooling | Hourglass",
        initial_log_variance: float | None,
    ) -> None:
        super().__init__()
        self.backbone, self.top = backbone, top
        self.mean = nn.Linear(top.features, dim)
        self.spread = None
        if initial_log_variance is not None:
            self.spread = nn.Linear(top.features, dim)
            _start_variance_at(self.spread, math.exp(initial_log_variance))

    def forward(self, x: Tensor) -> Expert:
        """Map images (B, C, H, W) to what the expert says of them."""
        shallow, features = self.top(self.backbone, x)
        return Expert(
            self.mean(features).float(),
            None if self.spread is None else _variance(self.spread(features)),
            _channel_statistics(shallow.detach().float()),
        )


class GridPooling(nn.Module):
    """Averages the last map of a backbone over the cells of a grid; one cell is the paper's."""

    def __init__(self, backbone: Backbone, grid: tuple[int, int]) -> None:
        super().__init__()
        self.features = backbone.features * grid[0] * grid[1]
        self._pool = nn.AdaptiveAvgPool2d(grid)

    def forward(self, backbone: Backbone, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map images (B, C, H, W) to the early map of the backbone and features (B, F)."""
        shallow = backbone.shallow(x)
        return shallow, self._pool(backbone.deep(shallow)).flatten(1)


def _variance(a: Tensor) -> Tensor:
    variance = nn.functional.softplus(a.float()) + MIN_VARIANCE
    return variance.clamp(MIN_VARIANCE, MAX_VARIANCE)


def _channel_statistics(maps: Tensor) -> Tensor:
    """Return each channel's mean and standard deviation over the image: (B, C, h, w) to (B, 2C)."""
    # torch.std_mean would take ten times as long on a CPU.
    pixels = maps.flatten(2)  # (B, C, h w)
    mean = pixels.mean(dim=2)
    deviation = (pixels - mean[..., None]).square().mean(dim=2).sqrt()
    return torch.cat([mean, deviation], dim=1)


def _start_variance_at(layer: nn.Linear, variance: float) -> None:
    """Let softplus(a) start near `variance`: small weights and the bias that gives it."""
    nn.init.normal_(layer.weight, std=1e-3)
    nn.init.constant_(layer.bias, math.log(math.expm1(max(variance, 2 * MIN_VARIANCE))))
