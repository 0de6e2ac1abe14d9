"""`ReprojectionLoss`: where a depth image's points would be seen (Kendall and Cipolla 2017)."""

import torch
from torch import Tensor, nn

from vmloc_ros.frame import Camera
from vmloc_ros.lens import pixel_rays
from vmloc_ros.model.rotation import quat_from_rotation_vector, quat_matrix
from vmloc_ros.pose import PoseNormalizer

EVERY_PX = 4
"""Of the pixels one in so many, along rows and columns, gives a point."""
LEAST_M = 0.1
"""Nearer points, or those behind the camera that was named, count as if they were so far away."""


class ReprojectionLoss(nn.Module):
    """The mean distance (L1) between a point seen from the true and the named pose.

    In pixels of the rectified image: a lens far from its axis would tell little of where to go.

    Args:
        camera: intrinsics and lens of the depth images.
        normalizer: of the poses.
        depth_max_m: farther points do not count.
    """

    def __init__(self, camera: Camera, normalizer: PoseNormalizer, depth_max_m: float) -> None:
        super().__init__()
        self._camera, self._scale_m = camera, normalizer.position_scale
        self._depth_max_m = depth_max_m
        mean = torch.tensor(normalizer.quat_mean_xyzw.tolist())
        self._R_map_mean: Tensor
        self.register_buffer("_R_map_mean", quat_matrix(mean), persistent=False)

    def forward(self, pose: Tensor, target: Tensor, depth_mm: Tensor) -> Tensor:
        """Compare poses y (B, 6) with targets by the depth images (B, h, w); returns ()."""
        points, valid = self._points(depth_mm)  # (B, N, 3), (B, N)
        (R_said, t_said), (R_true, t_true) = (self._matrices(y) for y in (pose, target))
        in_map = points @ R_true.mT + t_true[:, None]
        seen = (in_map - t_said[:, None]) @ R_said  # by the camera of the pose that was named
        offset_px = (self._project(seen) - self._project(points)).abs().sum(-1)
        return torch.where(valid, offset_px, 0.0).sum() / valid.sum().clamp_min(1)

    def _matrices(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return R (B, 3, 3) from the camera to map, and its place t (B, 3) in metres.

        Rotations of y are relative to the mean, positions are along the axes of map.
        """
        R = self._R_map_mean @ quat_matrix(quat_from_rotation_vector(2.0 * y[:, 3:]))
        return R, y[:, :3] * self._scale_m

    def _points(self, depth_mm: Tensor) -> tuple[Tensor, Tensor]:
        depth = depth_mm[:, ::EVERY_PX, ::EVERY_PX].float() / 1000.0
        rays = pixel_rays(self._camera, depth.device)[::EVERY_PX, ::EVERY_PX]
        points = (depth[..., None] * rays).flatten(1, 2)
        return points, ((depth > LEAST_M) & (depth <= self._depth_max_m)).flatten(1)

    def _project(self, points: Tensor) -> Tensor:
        focal = points.new_tensor([self._camera.fx, self._camera.fy])
        return points[..., :2] / points[..., 2:].clamp_min(LEAST_M) * focal
