"""Changes of training frames that keep their labels true, a batch at a time, on any device.

A rotation of the camera about its centre changes the image by a homography, whatever the scene's
depth, so a virtually rotated frame has an exact label: the pose composed with that rotation. Random
crops, the field's habit, move the principal point and leave the label: up to 9° of label noise.
With depth a camera can also be shifted: what it saw is seen from there, holes where it saw nothing.
A lidar is fixed to the camera and moves with it: its points move, and are projected anew.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from training.cache import Batch
from training.depth_flaws import DepthFlaws
from training.views.camera_motion import CameraMotion
from training.views.moved_lidar import move_lidar
from training.views.novel_view import NovelView
from training.views.turned_view import turn_colour, turn_depth
from vmloc_ros.config import AugmentationConfig, LidarConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.lidar.cylindrical import CylindricalProjection
from vmloc_ros.model.frame_noise import frame_rand
from vmloc_ros.model.rotation import quat_matrix, quat_multiply
from vmloc_ros.pose import PoseNormalizer
from vmloc_ros.sensor_rig import SensorRig

LEAST_MEASURED = 0.5
"""Share of an image that needs depth for a shift: below it most of the view would be guessed."""


class Augmentation:
    """Random motion of the camera, photometric changes and flaws of depth. B frames of h × w.

    Args:
        config: strengths.
        rig: of the frames.
        modalities: of the frames; what a motion needs to know of the rig depends on them.
        normalizer: of the labels, to compose them with a shift in metres.
        lidar: how points were projected.

    Raises:
        ConfigError: a motion is asked for and the rig is not known.
    """

    def __init__(
        self,
        config: AugmentationConfig,
        rig: SensorRig,
        modalities: Sequence[str],
        normalizer: PoseNormalizer,
        lidar: LidarConfig | None = None,
    ) -> None:
        self.config = config
        self._limits_rad = [
            math.radians(limit) for limit in (config.pitch_deg, config.yaw_deg, config.roll_deg)
        ]
        self.moves = any(self._limits_rad) or config.shift_m > 0.0
        """Whether the camera is moved."""
        if self.moves:
            _check_rig(rig, modalities)
        self._camera, self._T_camera_lidar = rig.camera, rig.T_camera_lidar
        self._normalizer = normalizer
        self._cylinder = CylindricalProjection(lidar or LidarConfig())
        self._depth_flaws = DepthFlaws(config)

    def __call__(self, batch: Batch) -> Batch:
        """Return a changed batch: images become float, `quat` and `position` follow the motion.

        Always in 32 bits: bfloat16 holds pixel coordinates to no better than a pixel.
        """
        count, device = len(batch["quat"]), batch["quat"].device
        with torch.autocast(device.type, enabled=False):
            result = dict(batch)
            if self.moves:
                shift_m = self.config.shift_m
                motion = CameraMotion.draw(count, self._limits_rad, shift_m, device)
                result = self.move(batch, motion)
            if "rgb" in result:
                result["rgb"] = self._change_colours(result["rgb"])
            if "depth" in result:
                result["depth"] = self._depth_flaws(result["depth"])
        return result

    def nearby(self, batch: Batch) -> Batch:
        """See a batch as a robot does that drives beside the recorded path, near it or farther off.

        Motions of all sizes up to the limits; colours and depth are what the sensors measured.
        """
        count, device = len(batch["quat"]), batch["quat"].device
        motion = CameraMotion.draw_sizes(count, self._limits_rad, self.config.shift_m, device)
        return self.move(batch, motion)

    def move(self, batch: Batch, motion: CameraMotion) -> Batch:
        """See a batch from cameras that moved, and compose its labels with the motion.

        A frame of which less than half has depth, or none, is turned and not shifted.
        """
        if self.config.shift_m:
            motion = motion.without_shift_unless(_movable(batch))
        result = dict(batch) | self._labels(batch, motion) | self._images(batch, motion)
        if "lidar" in batch:
            assert self._T_camera_lidar is not None
            result["lidar"] = move_lidar(
                batch["lidar"], motion.T_new_old(), self._T_camera_lidar, self._cylinder
            )
        return result

    def _labels(self, batch: Batch, motion: CameraMotion) -> Batch:
        """Compose R_map_new = R_map_old R_old_new and t_map_new = t_map_old + R_map_old t_old_new.

        Rotations of the batch are relative to the mean, positions are not: their axes are map's.
        """
        mean = batch["quat"].new_tensor(self._normalizer.quat_mean_xyzw.tolist())
        R_map_old = quat_matrix(quat_multiply(mean.expand_as(batch["quat"]), batch["quat"]))
        shift_m = (R_map_old * motion.shift_m[:, None]).sum(-1)  # along the axes of map
        return {
            "quat": quat_multiply(batch["quat"], motion.quat_old_new),
            "position": batch["position"] + shift_m / self._normalizer.position_scale,
        }

    def _images(self, batch: Batch, motion: CameraMotion) -> Batch:
        """See colour and depth from there; a camera that cannot be shifted needs no depth."""
        images: Batch = {}
        if self.config.shift_m and "depth" in batch:
            assert self._camera is not None
            view = NovelView(batch["depth"], motion, self._camera)
            images["depth"] = view.depth_mm()
            if "rgb" in batch:
                images["rgb"] = view.colour(batch["rgb"])
            return images
        if "rgb" in batch:
            assert self._camera is not None
            images["rgb"] = turn_colour(batch["rgb"], motion.R_old_new, self._camera)
        if "depth" in batch:
            assert self._camera is not None
            images["depth"] = turn_depth(batch["depth"], motion.R_old_new, self._camera)
        return images

    def _change_colours(self, rgb: Tensor) -> Tensor:
        """Scale about the mean (contrast), all channels (brightness) and each one (colour)."""
        config, image = self.config, rgb.float()

        def factor(strength: float, *shape: int) -> Tensor:
            return 1.0 + strength * (2.0 * frame_rand(*shape, device=image.device) - 1.0)

        count = len(image)
        mean = image.mean(dim=(1, 2, 3), keepdim=True)
        image = mean + (image - mean) * factor(config.contrast, count, 1, 1, 1)
        image = image * factor(config.brightness, count, 1, 1, 1)
        return (image * factor(config.colour, count, 1, 1, 3)).clamp(0.0, 255.0)


def _movable(batch: Batch) -> Tensor:
    """Return which frames (B,) can be seen from elsewhere; a lidar's points always can."""
    if "depth" not in batch:
        return torch.ones(len(batch["quat"]), dtype=torch.bool, device=batch["quat"].device)
    return (batch["depth"].float() > 0.0).float().mean(dim=(1, 2)) >= LEAST_MEASURED


def _check_rig(rig: SensorRig, modalities: Sequence[str]) -> None:
    if rig.camera is None and {"rgb", "depth"} & set(modalities):
        raise ConfigError(
            "moving the camera needs its intrinsics, the same for all frames, colour and "
            "depth of one size: record camera_info (camera-intrinsics.txt in a scene), or set "
            "augmentation roll, yaw, pitch and shift to 0"
        )
    if rig.T_camera_lidar is None and "lidar" in modalities:
        raise ConfigError(
            "moving the camera needs the place of the lidar on it, the same for all frames: "
            "record tf_static (T_camera_lidar.txt in a scene), or set augmentation roll, yaw, "
            "pitch and shift to 0"
        )
