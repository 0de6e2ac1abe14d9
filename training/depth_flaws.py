"""Flaws of a depth camera that the training frames do not show, or not enough of them."""

import torch
from torch import Tensor

from vmloc_ros.config import AugmentationConfig
from vmloc_ros.model.frame_noise import frame_rand, frame_randn

PATCHES = 12
"""Patches of missing depth that fit along the longer side of an image."""


class DepthFlaws:
    """Random scale, noise and missing patches of depth images (B, h, w).

    The order is that of a camera: what it measures is off by its calibration and by its noise, and
    some of it is lost.
    """

    def __init__(self, config: AugmentationConfig) -> None:
        self._scale, self._noise = config.depth_scale, config.depth_noise
        self._holes = config.depth_holes

    def __call__(self, depth_mm: Tensor) -> Tensor:
        """Return images with flaws, float, mm; the very same ones where none is asked for."""
        if self._scale:
            depth_mm = self._scaled(depth_mm.float())
        if self._noise:
            depth_mm = self._noisy(depth_mm.float())
        if self._holes:
            depth_mm = torch.where(self._lost(depth_mm), 0.0, depth_mm.float())
        return depth_mm

    def _scaled(self, depth_mm: Tensor) -> Tensor:
        return depth_mm * (1.0 + self._scale * (2.0 * _random(depth_mm, len(depth_mm), 1, 1) - 1.0))

    def _noisy(self, depth_mm: Tensor) -> Tensor:
        """Add noise that grows with the square of depth, as that of disparity does."""
        sigma_mm = 1e-3 * self._noise * depth_mm.square()
        # Nothing lies behind the camera; no return stays none, without any noise.
        return (
            depth_mm + sigma_mm * frame_randn(*depth_mm.shape, device=depth_mm.device)
        ).clamp_min(0.0)

    def _lost(self, depth_mm: Tensor) -> Tensor:
        """Draw a share for each image, and that share of the squares of a grid laid at random."""
        count, height, width = depth_mm.shape
        side = max(1, max(height, width) // PATCHES)
        rows, columns = height // side + 2, width // side + 2
        share = self._holes * _random(depth_mm, count, 1)
        lost = _random(depth_mm, count, rows * columns) < share
        row, column = (
            (torch.arange(size, device=depth_mm.device) + side * _random(depth_mm, count, 1)) / side
            for size in (height, width)
        )
        patch = row.long()[:, :, None] * columns + column.long()[:, None]  # (B, h, w)
        return lost.gather(1, patch.flatten(1)).view_as(patch)


def _random(like: Tensor, *shape: int) -> Tensor:
    return frame_rand(*shape, device=like.device)
