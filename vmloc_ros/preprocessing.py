"""Frame → network input: the one code path of robot, trainer and evaluator.

Two stages, so that training can keep the first one's result: `reduce` brings an image to the input
size and stays in the sensor's units, `encode` turns batches of those into float channels.
"""

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmloc_ros.config import PreprocessingConfig
from vmloc_ros.depth_encoding import DepthEncoding
from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.lidar.cylindrical import CylindricalProjection
from vmloc_ros.lidar.pinhole import PinholeProjection
from vmloc_ros.sensor_rig import SensorRig

MOST_MM = 65534.0
"""Farthest depth that is kept: millimetres in 16 bits, of which the last stands for none."""
HEIGHT_UNIT_M = 10.0
"""What lies this far above or below the lidar has height 1 or -1, and so has what lies farther."""

Image = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]


class Preprocessor:
    """Turns frames into the inputs of `VMLoc` for the given modalities.

    Args:
        config: sizes and limits.
        modalities: of the model.
        rig: what counts where a frame does not say it.
    """

    def __init__(
        self,
        config: PreprocessingConfig,
        modalities: Sequence[str],
        rig: SensorRig | None = None,
    ) -> None:
        self.config = config
        self.rig = rig or SensorRig()
        self.modalities = tuple(modalities)
        self._cylinder = CylindricalProjection(config.lidar)
        self._encode_depth = DepthEncoding(config, self.rig.camera)

    def reduce(self, frame: Frame) -> dict[str, Image]:
        """Bring each modality that the frame has to the input size.

        Of an image the centre with the input's aspect is kept, height h and width w; a side that is
        too long is cut. Points become a cylindrical picture of r rows and c columns.

        Returns:
            "rgb" (h, w, 3) uint8, "depth" (h, w) uint16 millimetres with 0 for no return, "lidar"
            (r, c, 3) float32 as `CylindricalProjection`.

        Raises:
            MessageError: the frame has none of the modalities, or its points cannot be projected
                into the camera.
        """
        batch = self._reduce(frame, torch.device("cpu"))
        return {name: image[0].numpy() for name, image in batch.items()}

    def reduce_camera(self, camera: Camera) -> Camera:
        """Return the intrinsics of the reduced image of a camera."""
        left, top, width, height = self._window(camera.width, camera.height)
        return camera.cropped(left, top, width, height).resized(
            self.config.width, self.config.height
        )

    def encode(self, reduced: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Turn batches of reduced images into channels in [-1, 1], on the tensors' device.

        Args:
            reduced: "rgb" (B, h, w, 3) and "depth" (B, h, w) in millimetres, integer or float;
                "lidar" (B, r, c, 3) range (m), height (m), intensity.

        Returns:
            "rgb" (B, 3, h, w); "depth" (B, C, h, w) as `DepthEncoding`; "lidar" (B, 4, r, c):
            range, height, intensity as a share of twice the frame's mean, validity. All are 0 where
            there is no return.

        Raises:
            ConfigError: the encoding of depth needs intrinsics, and the rig has none.
        """
        inputs: dict[str, Tensor] = {}
        if "rgb" in reduced:
            inputs["rgb"] = reduced["rgb"].permute(0, 3, 1, 2).float() / 127.5 - 1.0
        if "depth" in reduced:
            inputs["depth"] = self._encode_depth(reduced["depth"])
        if "lidar" in reduced:
            inputs["lidar"] = self._encode_lidar(reduced["lidar"])
        return {
            name: value.contiguous(memory_format=torch.channels_last)
            for name, value in inputs.items()
        }

    def __call__(self, frame: Frame, device: torch.device) -> tuple[dict[str, Tensor], Tensor]:
        """Return the inputs of one frame, a batch of 1, and its presence mask (1, M) bool."""
        batch = self._reduce(frame, device)
        present = torch.tensor([[name in batch for name in self.modalities]], device=device)
        return self.encode(batch), present

    def _reduce(self, frame: Frame, device: torch.device) -> dict[str, Tensor]:
        """Return what `reduce` does as batches of 1 on a device; points are projected there."""
        batch: dict[str, Tensor] = {}
        if "rgb" in self.modalities and frame.rgb is not None:
            batch["rgb"] = torch.from_numpy(self._shrink(frame.rgb))[None].to(device)
        if self._depth_is_from("image") and frame.depth_mm is not None:
            batch["depth"] = torch.from_numpy(self._shrink_depth(frame.depth_mm))[None].to(device)
        if frame.points is not None:
            # A copy: the points of a message cannot be written to, and torch insists.
            batch |= self._reduce_points(frame, torch.tensor(frame.points, device=device))
        if not batch:
            wanted = " or ".join(self.config.sensors(self.modalities))
            raise MessageError(f"the frame at {frame.stamp_ns} ns has no {wanted}")
        return batch

    def _reduce_points(self, frame: Frame, points: Tensor) -> dict[str, Tensor]:
        batch: dict[str, Tensor] = {}
        if self._depth_is_from("lidar"):
            depth_mm = (1000.0 * self._pinhole(frame)(points)).round()
            batch["depth"] = torch.where(depth_mm <= MOST_MM, depth_mm, 0.0).to(torch.uint16)[None]
        if "lidar" in self.modalities:
            batch["lidar"] = self._cylinder(points)[None]
        return batch

    def _depth_is_from(self, source: str) -> bool:
        return "depth" in self.modalities and self.config.depth_source == source

    def _pinhole(self, frame: Frame) -> PinholeProjection:
        """Return the projection of a frame's points to a reduced depth image."""
        camera = self.reduce_camera(frame.camera) if frame.camera else self.rig.camera
        T_camera_lidar = frame.T_camera_lidar
        if T_camera_lidar is None and self.rig.T_camera_lidar is not None:
            T_camera_lidar = self.rig.T_camera_lidar.matrix()
        if camera is None or T_camera_lidar is None:
            missing = "intrinsics" if camera is None else "place of the lidar on the camera"
            raise MessageError(
                f"depth from the lidar's points needs the {missing}: record camera_info and "
                "tf_static (camera-intrinsics.txt and T_camera_lidar.txt in a scene)"
            )
        return PinholeProjection(camera, T_camera_lidar)

    def _encode_lidar(self, picture: Tensor) -> Tensor:
        distance_m, height_m, intensity = picture.float().unbind(-1)  # (B, r, c) each
        valid = distance_m > 0.0
        # What a driver means by intensity is its own affair: only its contrast counts.
        total = torch.where(valid, intensity, 0.0).sum(dim=(1, 2), keepdim=True)
        mean = total / valid.sum(dim=(1, 2), keepdim=True).clamp_min(1)
        channels = [
            self._encode_range(distance_m),
            (height_m / HEIGHT_UNIT_M).clamp(-1.0, 1.0),
            (intensity / (2.0 * mean).clamp_min(1e-6)).clamp(0.0, 1.0),
            torch.ones_like(distance_m),
        ]
        return torch.stack([torch.where(valid, channel, 0.0) for channel in channels], dim=1)

    def _encode_range(self, distance_m: Tensor) -> Tensor:
        """Bring ranges to [-1, 1], the nearest to 1 where they are inverted, to -1 in logarithm."""
        near, far = self.config.lidar.range_min_m, self.config.lidar.range_max_m
        distance = distance_m.clamp(near, far)
        if self.config.lidar.range_encoding == "log":
            share = torch.log(distance / near) / math.log(far / near)
        else:
            share = (1.0 / distance - 1.0 / far) / (1.0 / near - 1.0 / far)
        return 2.0 * share - 1.0

    def _window(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return left, top, width, height of the largest centred window of the input's aspect."""
        scale = min(width / self.config.width, height / self.config.height)
        inner_width = min(width, round(self.config.width * scale))
        inner_height = min(height, round(self.config.height * scale))
        return (width - inner_width) // 2, (height - inner_height) // 2, inner_width, inner_height

    def _shrink(self, image: Image) -> Image:
        left, top, width, height = self._window(image.shape[1], image.shape[0])
        window = image[top : top + height, left : left + width]
        size = (self.config.width, self.config.height)
        smaller = size[0] <= width
        interpolation = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        resized: Image = cv2.resize(window, size, interpolation=interpolation)  # type: ignore[assignment]
        return resized

    def _shrink_depth(self, depth_mm: NDArray[np.uint16]) -> Image:
        """Average the valid returns under each pixel; at least half of it must be valid."""
        valid = (depth_mm > 0).astype(np.float32)
        share = self._shrink(valid).astype(np.float32)
        mean = self._shrink(depth_mm.astype(np.float32)) / np.maximum(share, 1e-6)
        return np.where(share >= 0.5, np.rint(mean), 0.0).astype(np.uint16)
