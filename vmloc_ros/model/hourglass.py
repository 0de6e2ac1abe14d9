"""`Hourglass`: fine detail for the regressor (Melekhov et al. 2017, HG-Sum)."""

import math

from torch import Tensor, nn

from vmloc_ros.model.backbones import Backbone

CHANNELS = 32
"""Of the last map."""


class Hourglass(nn.Module):
    """Brings the last map of a ResNet back to a quarter of the image's size.

    Three transposed convolutions of stride 2; after each the map of the encoder of that size is
    added, and a 3 × 3 convolution follows at the end.

    Args:
        size: height and width of the images.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.features = CHANNELS * math.ceil(size[0] / 4) * math.ceil(size[1] / 4)
        self.up3, self.up2, self.up1 = _Up(512, 256), _Up(256, 128), _Up(128, 64)
        self.last = nn.Sequential(
            nn.Conv2d(64, CHANNELS, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(CHANNELS),
            nn.ReLU(inplace=True),
        )

    def forward(self, backbone: Backbone, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map images (B, C, H, W) to the early map of the backbone and features (B, F)."""
        net = backbone.net
        first = backbone.quarter(x)
        second = net.layer2(first)
        third = net.layer3(second)
        wide = self.up1(self.up2(self.up3(net.layer4(third), third), second), first)
        features: Tensor = self.last(wide).flatten(1)
        return second, features


class _Up(nn.Module):
    """Twice the size, plus the encoder's map of that size."""

    def __init__(self, channels: int, smaller: int) -> None:
        super().__init__()
        self.grow = nn.ConvTranspose2d(channels, smaller, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(smaller)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        grown = self.grow(x, output_size=beside.shape[-2:])
        result: Tensor = self.relu(self.norm(grown)) + beside
        return result
