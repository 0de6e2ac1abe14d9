"""`PinholeProjection`: a point cloud as the depth image of a camera.

So VMLoc makes the depth of Oxford RobotCar, which has none ("Datasets": "by projecting the sparse
lidar to the RGB image").
"""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from vmloc_ros.frame import Camera
from vmloc_ros.lidar.cloud import check_cloud
from vmloc_ros.lidar.lens import Lens
from vmloc_ros.pose import Pose

FARTHEST_MM = 65_534
"""Farther does not fit: 65 535 stands for no return in some recordings, 0 in this package."""


class PinholeProjection:
    """Draws clouds as depth images, without gaps filled; each pixel shows its nearest return.

    Args:
        camera: size and intrinsics of the image.
        T_camera_lidar: (4, 4) takes lidar coordinates (m) to the camera's optical frame.
        lens: distortion of the image; None for a rectified one.

    Raises:
        VmlocError: T_camera_lidar is no rigid transform.
    """

    def __init__(
        self, camera: Camera, T_camera_lidar: ArrayLike, lens: Lens | None = None
    ) -> None:
        self.camera = camera
        self.lens = lens
        self._T_camera_lidar = torch.from_numpy(Pose.from_matrix(T_camera_lidar).matrix())
        self._pixels = camera.width * camera.height

    def __call__(self, points: Tensor) -> Tensor:
        """Draw a cloud on the device it is on.

        Points that are not finite, behind the camera, nearer than 1 mm, farther than `FARTHEST_MM`
        or outside of the image are left out.

        Args:
            points: (N, 4) float32 x, y, z (m, lidar frame) and intensity; N may be 0.

        Returns:
            (height, width) uint16 depth along the optical axis, millimetres, 0 = no return.

        Raises:
            MessageError: points of another type or shape.
        """
        check_cloud(points)
        x, y, z = self._in_camera(points)
        depth_mm = _rounded(z * 1000.0)
        is_in_range = (depth_mm >= 1.0) & (depth_mm <= FARTHEST_MM)
        pixel = self._pixel(x / z, y / z, is_in_range)
        return self._nearest(pixel, torch.where(is_in_range, depth_mm, 0.0).int())

    def _in_camera(self, points: Tensor) -> Tensor:
        """Return (3, N) float64 in the optical frame.

        In double precision, because torch may be told to multiply single ones in fewer bits, and
        because a depth must be rounded to the same millimetre on every device.
        """
        T = self._T_camera_lidar.to(points.device)
        return T[:3, :3] @ points[:, :3].T.double() + T[:3, 3:]

    def _pixel(self, x: Tensor, y: Tensor, is_in_range: Tensor) -> Tensor:
        """Return the pixel (N,) of rays (x, y, 1), row by row; `_pixels` outside of the image."""
        camera = self.camera
        if self.lens is not None:
            x, y = self.lens.distort(x, y)
        column = _rounded(camera.fx * x + camera.cx)
        row = _rounded(camera.fy * y + camera.cy)
        # Not finite is not within, and is left out before it becomes an integer.
        is_drawn = is_in_range & (column >= 0.0) & (column < camera.width)
        is_drawn &= (row >= 0.0) & (row < camera.height)
        return torch.where(is_drawn, row * camera.width + column, self._pixels).long()

    def _nearest(self, pixel: Tensor, depth_mm: Tensor) -> Tensor:
        nearest = depth_mm.new_full((self._pixels + 1,), FARTHEST_MM + 1)
        nearest.scatter_reduce_(0, pixel, depth_mm, "amin")
        nearest[nearest > FARTHEST_MM] = 0
        return nearest[:-1].view(self.camera.height, self.camera.width).to(torch.uint16)


def _rounded(value: Tensor) -> Tensor:
    """Round halves up: pixel centres are at integers, and a pixel covers [-0.5, 0.5)."""
    return (value + 0.5).floor_()
