"""Changes of training frames that keep their labels true, a batch at a time, on any device.

A rotation of the camera about its centre changes the image by a homography, whatever the scene's
depth, so a virtually rotated frame has an exact label: the pose composed with that rotation. Random
crops, the field's habit, move the principal point and leave the label: up to 9° of label noise.
A lidar is fixed to the camera and turns with it: its points move, and are projected anew.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from training.cache import Batch
from vmloc_ros.config import AugmentationConfig, LidarConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.frame import Camera
from vmloc_ros.lidar.cylindrical import CylindricalProjection
from vmloc_ros.model.rotation import quat_from_rotation_vector, quat_matrix, quat_multiply
from vmloc_ros.pose import Pose
from vmloc_ros.sensor_rig import SensorRig


class Augmentation:
    """Random rotation of the camera and photometric changes. B frames of h × w pixels.

    Args:
        config: strengths.
        rig: of the frames.
        modalities: of the frames; what a rotation needs to know of the rig depends on them.
        lidar: how points were projected.

    Raises:
        ConfigError: a rotation is asked for and the rig is not known.
    """

    def __init__(
        self,
        config: AugmentationConfig,
        rig: SensorRig,
        modalities: Sequence[str],
        lidar: LidarConfig | None = None,
    ) -> None:
        self.config = config
        self._limits_rad = [
            math.radians(limit) for limit in (config.pitch_deg, config.yaw_deg, config.roll_deg)
        ]
        if any(self._limits_rad):
            _check_rig(rig, modalities)
        self._camera, self._T_camera_lidar = rig.camera, rig.T_camera_lidar
        self._cylinder = CylindricalProjection(lidar or LidarConfig())

    def __call__(self, batch: Batch) -> Batch:
        """Return a changed batch: images become float, `quat` follows the rotation.

        Always in 32 bits: bfloat16 holds pixel coordinates to no better than a pixel.
        """
        with torch.autocast(batch["quat"].device.type, enabled=False):
            result = self._rotate(batch) if any(self._limits_rad) else dict(batch)
            if "rgb" in result:
                result["rgb"] = self._change_colours(result["rgb"])
        return result

    def _rotate(self, batch: Batch) -> Batch:
        count, device = len(batch["quat"]), batch["quat"].device
        limits = torch.tensor(self._limits_rad, device=device)
        angles = (2.0 * torch.rand(count, 3, device=device) - 1.0) * limits
        quat_old_new = quat_from_rotation_vector(angles)  # optical axes: x pitch, y yaw, z roll
        result = dict(batch)
        result["quat"] = quat_multiply(batch["quat"], quat_old_new)
        rotation = quat_matrix(quat_old_new)
        if "rgb" in batch:
            assert self._camera is not None
            result["rgb"] = rotate_colour(batch["rgb"], rotation, self._camera)
        if "depth" in batch:
            assert self._camera is not None
            result["depth"] = rotate_depth(batch["depth"], rotation, self._camera)
        if "lidar" in batch:
            assert self._T_camera_lidar is not None
            result["lidar"] = rotate_lidar(
                batch["lidar"], rotation, self._T_camera_lidar, self._cylinder
            )
        return result

    def _change_colours(self, rgb: Tensor) -> Tensor:
        """Scale about the mean (contrast), all channels (brightness) and each one (colour)."""
        config, image = self.config, rgb.float()

        def factor(strength: float, *shape: int) -> Tensor:
            return 1.0 + strength * (2.0 * torch.rand(*shape, device=image.device) - 1.0)

        count = len(image)
        mean = image.mean(dim=(1, 2, 3), keepdim=True)
        image = mean + (image - mean) * factor(config.contrast, count, 1, 1, 1)
        image = image * factor(config.brightness, count, 1, 1, 1)
        return (image * factor(config.colour, count, 1, 1, 3)).clamp(0.0, 255.0)


def _check_rig(rig: SensorRig, modalities: Sequence[str]) -> None:
    if rig.camera is None and {"rgb", "depth"} & set(modalities):
        raise ConfigError(
            "rotating the camera needs its intrinsics, the same for all frames, colour and "
            "depth of one size: record camera_info (camera-intrinsics.txt in a scene), or set "
            "augmentation roll, yaw and pitch to 0"
        )
    if rig.T_camera_lidar is None and "lidar" in modalities:
        raise ConfigError(
            "rotating the camera needs the place of the lidar on it, the same for all frames: "
            "record tf_static (T_camera_lidar.txt in a scene), or set augmentation roll, yaw and "
            "pitch to 0"
        )


def rotate_colour(rgb: Tensor, R_old_new: Tensor, camera: Camera) -> Tensor:
    """See colour images (B, h, w, 3) from a camera rotated by R_old_new (B, 3, 3); float result.

    What comes into view from outside the image repeats its border.
    """
    rays = _rays_in_old_camera(R_old_new, camera)
    image = rgb.permute(0, 3, 1, 2).float()
    turned = torch.nn.functional.grid_sample(
        image, _grid(rays, camera), mode="bilinear", padding_mode="border", align_corners=False
    )
    return turned.permute(0, 2, 3, 1)


def rotate_depth(depth_mm: Tensor, R_old_new: Tensor, camera: Camera) -> Tensor:
    """See depth images (B, h, w) from a camera rotated by R_old_new (B, 3, 3); float result, mm.

    Depth is measured along the new optical axis; what comes into view from outside is 0.
    """
    rays = _rays_in_old_camera(R_old_new, camera)  # each reaches depth 1 in the new camera
    sampled = torch.nn.functional.grid_sample(
        depth_mm[:, None].float(),
        _grid(rays, camera),
        mode="nearest",
        padding_mode="zeros",
        align_corners=False,
    )[:, 0]
    along_old = rays[..., 2]
    return torch.where(along_old > 1e-3, sampled / along_old.clamp_min(1e-3), 0.0)


def rotate_lidar(
    pictures: Tensor, R_old_new: Tensor, T_camera_lidar: Pose, cylinder: CylindricalProjection
) -> Tensor:
    """See cylindrical pictures (B, r, c, 3) from a rig that turned about its camera's centre.

    The lidar goes round with the camera, so that it also moves. A return stands for the middle of
    its cell; what was hidden stays hidden.
    """
    to_camera, to_lidar = (
        torch.tensor(T.matrix(), dtype=torch.float32, device=pictures.device)
        for T in (T_camera_lidar, T_camera_lidar.inverse())
    )
    T_new_old = torch.zeros(len(pictures), 4, 4, device=pictures.device)
    T_new_old[:, :3, :3] = R_old_new.transpose(1, 2)
    T_new_old[:, 3, 3] = 1.0
    points, valid = cylinder.points_of(pictures)  # (B, N, 4), (B, N)
    motion = to_lidar @ T_new_old @ to_camera  # (B, 4, 4)
    moved = points[..., :3] @ motion[:, :3, :3].transpose(1, 2) + motion[:, None, :3, 3]
    return cylinder.project(torch.cat([moved, points[..., 3:]], dim=-1), valid)


def _rays_in_old_camera(R_old_new: Tensor, camera: Camera) -> Tensor:
    """Viewing rays (B, h, w, 3) of the new camera's pixels, z = 1 there, in the old camera."""
    device = R_old_new.device
    u = (torch.arange(camera.width, device=device) - camera.cx) / camera.fx
    v = (torch.arange(camera.height, device=device) - camera.cy) / camera.fy
    grid_v, grid_u = torch.meshgrid(v, u, indexing="ij")
    rays = torch.stack([grid_u, grid_v, torch.ones_like(grid_u)], dim=-1)  # (h, w, 3)
    return torch.einsum("bij,hwj->bhwi", R_old_new, rays)


def _grid(rays: Tensor, camera: Camera) -> Tensor:
    """Where rays meet the image, in grid_sample's units: pixel edges at −1 and 1."""
    z = rays[..., 2].clamp_min(1e-3)
    u = rays[..., 0] / z * camera.fx + camera.cx
    v = rays[..., 1] / z * camera.fy + camera.cy
    x = (2.0 * u + 1.0) / camera.width - 1.0
    y = (2.0 * v + 1.0) / camera.height - 1.0
    return torch.stack([x, y], dim=-1)
