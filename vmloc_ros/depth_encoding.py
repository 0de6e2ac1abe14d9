"""`DepthEncoding`: how a depth image is told to the network."""

import math

import torch
from torch import Tensor

from vmloc_ros.config import PreprocessingConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.frame import Camera
from vmloc_ros.lens import pixel_rays

NEEDS_CAMERA = ("normals", "points")
"""Encodings that are made of points in space."""


class DepthEncoding:
    """Turns depth images (B, h, w) into channels (B, C, h, w), 0 where there is no return.

    `log` and `inverse`: the logarithm of depth or its inverse in [-1, 1], the inverse 1 at the
    nearest, and validity 0 or 1. `points`: x, y, z in the camera's optical frame as shares of the
    farthest depth, and validity. `normals`: the unit normal of the surface, towards the camera, and
    the logarithm of depth; where a neighbour is missing the normal is 0.

    Args:
        config: limits and encoding.
        camera: intrinsics and lens of the images, for points and normals.
    """

    def __init__(self, config: PreprocessingConfig, camera: Camera | None) -> None:
        self._near, self._far = config.depth_min_m, config.depth_max_m
        self._kind, self._camera = config.depth_encoding, camera

    def __call__(self, depth_mm: Tensor) -> Tensor:
        """Encode images in millimetres, integer or float.

        Raises:
            ConfigError: the encoding needs intrinsics, and there are none.
        """
        if self._kind in NEEDS_CAMERA and self._camera is None:
            raise ConfigError(
                f"preprocessing.depth_encoding {self._kind} needs the camera's intrinsics, the "
                "same for all frames: record camera_info (camera-intrinsics.txt in a scene), or "
                "choose log or inverse"
            )
        depth = depth_mm.float() / 1000.0
        valid = (depth >= self._near) & (depth <= self._far)
        depth = torch.where(valid, depth, self._near)
        if self._kind == "points":
            channels = [*(self._points(depth) / self._far).unbind(-1), torch.ones_like(depth)]
        elif self._kind == "normals":
            channels = [*self._normals(depth, valid).unbind(-1), self._log(depth)]
        elif self._kind == "inverse":
            channels = [self._inverse(depth), torch.ones_like(depth)]
        else:
            channels = [self._log(depth), torch.ones_like(depth)]
        return torch.stack([torch.where(valid, channel, 0.0) for channel in channels], dim=1)

    def _log(self, depth: Tensor) -> Tensor:
        return 2.0 * torch.log(depth / self._near) / math.log(self._far / self._near) - 1.0

    def _inverse(self, depth: Tensor) -> Tensor:
        share = (1.0 / depth - 1.0 / self._far) / (1.0 / self._near - 1.0 / self._far)
        return 2.0 * share - 1.0

    def _points(self, depth: Tensor) -> Tensor:
        """Return points (B, h, w, 3) in the camera's optical frame."""
        assert self._camera is not None
        return depth[..., None] * pixel_rays(self._camera, depth.device)

    def _normals(self, depth: Tensor, valid: Tensor) -> Tensor:
        """Return unit normals (B, h, w, 3) from the neighbours right, left, below and above."""
        points = self._points(depth)
        normals = torch.zeros_like(points)
        along_x = points[:, 1:-1, 2:] - points[:, 1:-1, :-2]
        along_y = points[:, 2:, 1:-1] - points[:, :-2, 1:-1]
        # y × x: the camera looks along z, so that its surfaces face −z.
        crossed = torch.nn.functional.normalize(torch.linalg.cross(along_y, along_x), dim=-1)
        beside = valid[:, 1:-1, 2:] & valid[:, 1:-1, :-2]
        above = valid[:, 2:, 1:-1] & valid[:, :-2, 1:-1]
        normals[:, 1:-1, 1:-1] = torch.where((beside & above)[..., None], crossed, 0.0)
        return normals
