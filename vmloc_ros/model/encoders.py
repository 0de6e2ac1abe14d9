"""Feature encoders: a ResNet with parallel mean and variance layers (VMLoc, "Feature Encoders")."""

import math
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torchvision.models import ResNet18_Weights, ResNet34_Weights, get_model
from torchvision.models.resnet import ResNet

from vmloc_ros.errors import ConfigError

CHANNELS = {"rgb": 3, "depth": 2, "lidar": 4}
"""Input channels of each modality."""

FLAT = ("lidar",)
"""Modalities whose pictures have few rows: the stem's pooling leaves their number as it is."""

APPEARANCE = 256
"""Length A of `Expert.appearance`, for every backbone."""

_IMAGENET = {"resnet18": ResNet18_Weights.IMAGENET1K_V1, "resnet34": ResNet34_Weights.IMAGENET1K_V1}
MIN_VARIANCE, MAX_VARIANCE = 1e-4, 1e2


class Expert(NamedTuple):
    """What the encoder of one modality says of B images."""

    mean: Tensor
    """(B, D), float32."""
    variance: Tensor
    """(B, D), float32, positive."""
    appearance: Tensor
    """(B, A) mean and standard deviation of each channel of the second stage, without gradient:
    what the image looks like, for `Familiarity`."""


class Encoder(nn.Module):
    """One modality to its factor q̃(z|x), a diagonal Gaussian.

    The variance is softplus(a) + 1e-4, clamped to [1e-4, 1e2], in float32.
    """

    def __init__(
        self,
        channels: int,
        backbone: str,
        latent_dim: int,
        pool: tuple[int, int],
        initial_log_variance: float,
        *,
        flat: bool = False,
    ) -> None:
        super().__init__()
        resnet: ResNet = get_model(backbone)
        features = int(resnet.fc.in_features) * pool[0] * pool[1]
        if channels != 3:
            resnet.conv1 = nn.Conv2d(channels, 64, kernel_size=7, stride=2, padding=3, bias=False)
            nn.init.kaiming_normal_(resnet.conv1.weight, mode="fan_out", nonlinearity="relu")
        if flat:
            resnet.maxpool = nn.MaxPool2d(kernel_size=3, stride=(1, 2), padding=1)
        resnet.avgpool = nn.AdaptiveAvgPool2d(pool)
        resnet.fc = nn.Identity()
        self.resnet = resnet
        self.mean = nn.Linear(features, latent_dim)
        self.spread = nn.Linear(features, latent_dim)
        _start_variance_at(self.spread, math.exp(initial_log_variance))

    def forward(self, x: Tensor) -> Expert:
        """Map images (B, C, H, W) to what the expert says of them."""
        net = self.resnet
        shallow = net.layer2(net.layer1(net.maxpool(net.relu(net.bn1(net.conv1(x))))))
        features = net.avgpool(net.layer4(net.layer3(shallow))).flatten(1)  # (B, F)
        variance = nn.functional.softplus(self.spread(features).float()) + MIN_VARIANCE
        return Expert(
            self.mean(features).float(),
            variance.clamp(MIN_VARIANCE, MAX_VARIANCE),
            _channel_statistics(shallow.detach().float()),
        )


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


def load_backbone_weights(encoder: Encoder, backbone: str, weights: str) -> None:
    """Fill the ResNet of an encoder: `imagenet`, `none`, or the path of a state dict.

    A first convolution of another channel count takes the mean over the file's input channels,
    rescaled to keep the size of its response.

    Raises:
        ConfigError: the weights cannot be had or do not fit.
    """
    if weights == "none":
        return
    state = _imagenet_state(backbone) if weights == "imagenet" else _state_from_file(Path(weights))
    state = {key: value for key, value in state.items() if not key.startswith("fc.")}
    own = encoder.resnet.conv1.weight
    stem = state.get("conv1.weight")
    if stem is not None and stem.ndim == 4 and stem.shape[1] != own.shape[1]:
        mean = stem.mean(dim=1, keepdim=True) * (stem.shape[1] / own.shape[1])
        state["conv1.weight"] = mean.expand(-1, own.shape[1], -1, -1).clone()
    try:
        encoder.resnet.load_state_dict(state, strict=True)
    except RuntimeError as err:
        reason = " ".join(str(err).split())[:300]
        raise ConfigError(f"weights '{weights}' do not fit {backbone}: {reason}") from err


def _imagenet_state(backbone: str) -> dict[str, Tensor]:
    entry = _IMAGENET[backbone]
    try:
        return dict(entry.get_state_dict(progress=False, check_hash=True))
    except (OSError, RuntimeError) as err:
        name = Path(entry.url).name
        raise ConfigError(
            f"the ImageNet weights {name} cannot be downloaded ({err}): put that file into "
            f"{torch.hub.get_dir()}/checkpoints or name its path as model.weights, or train from "
            "random weights with model.weights: none"
        ) from err


def _state_from_file(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as err:  # torch and safetensors raise many kinds for a bad file
        reason = " ".join(str(err).split())[:200]
        raise ConfigError(
            f"cannot read backbone weights {path}: no .safetensors or .pth state dict ({reason})"
        ) from err
