"""Points → the depth image of a camera."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmloc_ros.frame import Camera
from vmloc_ros.lens import bend
from vmloc_ros.lidar.z_buffer import ZBuffer, portions


class PinholeProjection:
    """The depth image of a lidar's points in a camera: (H, W) metres along the optical axis.

    Each point fills the pixel that it falls on, the nearest one wins, and 0 is no return. The image
    is bent as the camera's lens bends it. What the lens formula does not describe, far outside the
    picture, does not come back into it.

    Args:
        camera: size, intrinsics and distortion of the image.
        T_camera_lidar: (4, 4) takes lidar coordinates to the camera's optical frame.
    """

    def __init__(self, camera: Camera, T_camera_lidar: NDArray[np.float64]) -> None:
        self.camera = camera
        self.T_camera_lidar = T_camera_lidar
        self._lens = camera.distortion
        self._squared_limit = self._lens.squared_limit() if self._lens else math.inf

    def __call__(self, points: Tensor) -> Tensor:
        """Return the depth image (H, W) float32 of points (N, 3 or 4) float32, on their device.

        A point that is not finite, or not in front of the camera, does not count.
        """
        buffer = ZBuffer(1, self.camera.height, self.camera.width, points.new_tensor(math.inf))
        for part, _ in portions(1, len(points), points.device):
            buffer.add(*self._place(points[None, part]))
        image = points.new_empty(self.camera.height, self.camera.width)
        for rows, depth in buffer.strips():
            image[rows] = depth.nan_to_num(0.0, 0.0, 0.0)
        return image

    def _place(self, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return row, column and depth (m) of points (1, n, 3 or 4).

        Rows and columns are counted from a rim of one pixel round the image. The depth of what does
        not count is infinite.
        """
        x, y, depth = self._in_camera(points)
        x, y = x.div_(depth), y.div_(depth)
        # NaN stays NaN, in a place that is no number: outside the image.
        depth = torch.threshold_(depth, 0.0, math.inf)
        if self._lens:
            depth = torch.where(x * x + y * y < self._squared_limit, depth, math.inf)
            x, y = bend(x, y, self._lens)
        # Pixel centres are at integers, and the rim is one pixel wide.
        row = y.mul_(self.camera.fy).add_(self.camera.cy + 1.5)
        column = x.mul_(self.camera.fx).add_(self.camera.cx + 1.5)
        return row, column, depth

    def _in_camera(self, points: Tensor) -> list[Tensor]:
        """Return x, y and z (1, n) in the optical frame; matrix products may use less precision."""
        x, y, z = (points[..., axis].contiguous() for axis in range(3))
        rows = self.T_camera_lidar[:3].tolist()
        return [(x * a).add_(y, alpha=b).add_(z, alpha=c).add_(t) for a, b, c, t in rows]
