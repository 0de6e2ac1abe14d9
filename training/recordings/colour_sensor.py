"""`ColourSensor`: the rays of a pinhole camera's pixels, and how light becomes levels."""

from functools import cached_property

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.recordings.triangles import Floats
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Pose

GAMMA = 2.2
VIGNETTING = 0.25
"""Light lost in the corners."""
SUBSAMPLES = (-0.25, 0.25)
"""Offsets in pixels of the rays averaged into a pixel, across and down."""

TO_LINEAR = (np.linspace(0.0, 1.0, 256) ** GAMMA).astype(np.float32)
"""Linear light of the 256 levels."""


class ColourSensor:
    """A sensor of a given picture size and horizontal field of view."""

    def __init__(self, width: int, height: int, field_deg: float) -> None:
        focal = width / 2.0 / float(np.tan(np.deg2rad(field_deg / 2.0)))
        cx, cy = (width - 1) / 2.0, (height - 1) / 2.0
        self.camera = Camera(width, height, focal, focal, cx, cy)

    def centre_rays(self, T_map_camera: Pose) -> Floats:
        """Return a ray per pixel (H·W, 3), map frame, 1 m long along the optical axis."""
        return _rotated(self._centre_rays, T_map_camera)

    def subsample_rays(self, T_map_camera: Pose) -> Floats:
        """Return the rays (H·W·4, 3) of which `averaged` makes pixels."""
        return _rotated(self._subsample_rays, T_map_camera)

    def sample_m(self, depth_m: Floats) -> Floats:
        """Return the width (N,) of what a subsample covers at a depth."""
        return np.asarray(depth_m * np.float32(1.0 / (len(SUBSAMPLES) * self.camera.fx)))

    def averaged(self, samples: Floats) -> Floats:
        """Return pixels (H, W, 3) from samples (H·W·4, 3)."""
        shape = (self.camera.height, self.camera.width, -1, 3)
        return np.asarray(samples.reshape(shape).mean(axis=2))

    def developed(
        self, linear: Floats, exposure: float, noise_levels: float, rng: Generator
    ) -> NDArray[np.uint8]:
        """Turn linear light (H, W, 3) into levels: vignetting, a soft shoulder, gamma, noise."""
        exposed = np.maximum(linear * self._vignette * np.float32(exposure), 0.0)
        # A soft shoulder instead of clipping, so that lit walls keep their texture.
        levels = 255.0 * cv2.pow(exposed / (0.75 + 0.45 * exposed), 1.0 / GAMMA)
        levels += noise_levels * rng.standard_normal(levels.shape, dtype=np.float32)
        return np.asarray(levels.round().clip(0, 255), np.uint8)

    @cached_property
    def _centre_rays(self) -> Floats:
        return self._rays((0.0,))

    @cached_property
    def _subsample_rays(self) -> Floats:
        return self._rays(SUBSAMPLES)

    def _rays(self, offsets: tuple[float, ...]) -> Floats:
        """Return rays (H·W·n², 3) in the camera frame with z = 1, those of a pixel together."""
        camera = self.camera
        down, right, dy, dx = np.meshgrid(
            np.arange(camera.height), np.arange(camera.width), offsets, offsets, indexing="ij"
        )
        x = (right + dx - camera.cx) / camera.fx
        y = (down + dy - camera.cy) / camera.fy
        return np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3).astype(np.float32)

    @cached_property
    def _vignette(self) -> Floats:
        squared = np.square(self._centre_rays[:, :2]).sum(axis=1)
        fraction = np.asarray(1.0 - VIGNETTING * squared / squared.max(), np.float32)
        return fraction.reshape(self.camera.height, self.camera.width, 1)


def _rotated(rays: Floats, T_map_camera: Pose) -> Floats:
    return np.asarray(rays @ T_map_camera.rotation.as_matrix().T.astype(np.float32))
