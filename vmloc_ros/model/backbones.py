"""`Backbone`: a torchvision network without its head, and how it gets its first weights."""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models import (
    GoogLeNet,
    GoogLeNet_Weights,
    ResNet,
    ResNet18_Weights,
    ResNet34_Weights,
    get_model,
)
from torchvision.models.googlenet import BasicConv2d

from vmloc_ros.errors import ConfigError

_IMAGENET = {
    "resnet18": ResNet18_Weights.IMAGENET1K_V1,
    "resnet34": ResNet34_Weights.IMAGENET1K_V1,
    "googlenet": GoogLeNet_Weights.IMAGENET1K_V1,
}
_APPEARANCE_CHANNELS = {"resnet18": 128, "resnet34": 128, "googlenet": 192}


def appearance_length(backbone: str) -> int:
    """Return the length A of the appearance that a backbone tells of."""
    return 2 * _APPEARANCE_CHANNELS[backbone]


class Backbone(nn.Module):
    """From an image to maps of features, in two parts: an eighth of its size, and a 32nd.

    Args:
        name: resnet18, resnet34 or googlenet.
        channels: of the images.
        flat: the pictures have few rows: the stem's pooling leaves their number as it is.
    """

    def __init__(self, name: str, channels: int = 3, *, flat: bool = False) -> None:
        super().__init__()
        self.name = name
        self.net = _googlenet(channels) if name == "googlenet" else _resnet(name, channels)
        if flat:
            stem = nn.MaxPool2d(kernel_size=3, stride=(1, 2), padding=1)
            setattr(self.net, "maxpool1" if name == "googlenet" else "maxpool", stem)

    @property
    def features(self) -> int:
        """Channels of the last map."""
        return 1024 if self.name == "googlenet" else 512

    def shallow(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to the map (B, A / 2, H / 8, W / 8) that appearance is of."""
        net = self.net
        if isinstance(net, GoogLeNet):
            x = net.maxpool2(net.conv3(net.conv2(net.maxpool1(net.conv1(x)))))
        else:
            x = net.layer2(self.quarter(x))
        return x

    def quarter(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to the first stage (B, 64, H / 4, W / 4) of a ResNet."""
        net = self.net
        assert isinstance(net, ResNet)
        first: Tensor = net.layer1(net.maxpool(net.relu(net.bn1(net.conv1(x)))))
        return first

    def deep(self, shallow: Tensor) -> Tensor:
        """Map early maps to the last ones (B, F, H / 32, W / 32)."""
        net = self.net
        if isinstance(net, GoogLeNet):
            x = net.maxpool3(net.inception3b(net.inception3a(shallow)))
            x = net.inception4c(net.inception4b(net.inception4a(x)))
            x = net.maxpool4(net.inception4e(net.inception4d(x)))
            x = net.inception5b(net.inception5a(x))
        else:
            x = net.layer4(net.layer3(shallow))
        last: Tensor = x
        return last


def _resnet(name: str, channels: int) -> ResNet:
    net: ResNet = get_model(name)
    net.avgpool, net.fc = nn.Identity(), nn.Identity()
    if channels != 3:
        net.conv1 = nn.Conv2d(channels, 64, kernel_size=7, stride=2, padding=3, bias=False)
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
    return net


def _googlenet(channels: int) -> GoogLeNet:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*init_weights.*")
        net: GoogLeNet = get_model("googlenet", aux_logits=False, init_weights=False)
    net.avgpool, net.dropout, net.fc = nn.Identity(), nn.Identity(), nn.Identity()
    if channels != 3:
        net.conv1 = BasicConv2d(channels, 64, kernel_size=7, stride=2, padding=3)
    return net


def load_backbone_weights(backbone: Backbone, weights: str) -> None:
    """Fill a backbone: `imagenet`, `none`, or the path of a state dict.

    A first convolution of another channel count takes the mean over the file's input channels,
    rescaled to keep the size of its response.

    Raises:
        ConfigError: the weights cannot be had or do not fit.
    """
    if weights == "none":
        return
    name = backbone.name
    state = _imagenet_state(name) if weights == "imagenet" else _state_from_file(Path(weights))
    heads = ("fc.", "aux1.", "aux2.")
    state = {key: value for key, value in state.items() if not key.startswith(heads)}
    stem = "conv1.conv.weight" if name == "googlenet" else "conv1.weight"
    channels = backbone.net.state_dict()[stem].shape[1]
    if stem in state and state[stem].ndim == 4 and state[stem].shape[1] != channels:
        mean = state[stem].mean(dim=1, keepdim=True) * (state[stem].shape[1] / channels)
        state[stem] = mean.expand(-1, channels, -1, -1).clone()
    try:
        backbone.net.load_state_dict(state, strict=True)
    except RuntimeError as err:
        reason = " ".join(str(err).split())[:300]
        raise ConfigError(f"weights '{weights}' do not fit {name}: {reason}") from err


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
