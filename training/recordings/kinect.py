"""`Kinect`: colour and registered depth of a room, with the flaws of such a camera."""

from functools import cached_property

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.recordings.room import Floats, Room
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Pose

HORIZONTAL_FIELD_DEG = 57.0
NEAREST_M, FARTHEST_M = 0.4, 8.0

BASELINE_M, FOCAL_AT_640_PX, DISPARITY_STEP_PX = 0.075, 585.0, 0.125
"""A structured-light camera measures disparity, in eighths of a pixel of its own sensor."""
GRAZING_COSINE = 0.17
"""No return from surfaces seen at more than about 80°."""
EDGE_STEP = 0.06
"""Neighbouring depths that differ by more than this fraction make an edge."""
EDGE_HOLES, SPECKLES = 0.6, 0.002
"""Probabilities of a hole at an edge and elsewhere."""

GAMMA = 2.2
EXPOSURE = 1.3
VIGNETTING = 0.25
"""Light lost in the corners."""
NOISE_LEVELS = 2.0
SUBSAMPLES = (-0.25, 0.25)
"""Offsets in pixels of the rays averaged into a pixel, across and down."""

TO_LINEAR = (np.linspace(0.0, 1.0, 256) ** GAMMA).astype(np.float32)


class Kinect:
    """An RGB-D camera of a given picture size."""

    def __init__(self, width: int, height: int) -> None:
        focal = width / 2.0 / float(np.tan(np.deg2rad(HORIZONTAL_FIELD_DEG / 2.0)))
        cx, cy = (width - 1) / 2.0, (height - 1) / 2.0
        self.camera = Camera(width, height, focal, focal, cx, cy)

    def rgb(self, room: Room, T_map_camera: Pose, rng: Generator) -> NDArray[np.uint8]:
        """Render colour (H, W, 3)."""
        directions = _rotated(self._subsample_rays, T_map_camera)
        origin = T_map_camera.position.astype(np.float32)
        hits = room.cast(origin, directions)
        points = origin + hits.reach[:, None] * directions
        # Rays have z = 1, so `reach` is the depth and a sample covers depth / focal metres.
        sample_m = hits.reach * np.float32(1.0 / (len(SUBSAMPLES) * self.camera.fx))
        seen = TO_LINEAR[room.albedo(hits, sample_m)] * room.light(points, directions, hits)
        pixels = seen.reshape(self.camera.height, self.camera.width, -1, 3).mean(axis=2)
        return self._developed(pixels, rng)

    def depth_mm(self, room: Room, T_map_camera: Pose, rng: Generator) -> NDArray[np.uint16]:
        """Render depth (H, W) along the optical axis, 0 = no return."""
        directions = _rotated(self._centre_rays, T_map_camera)
        hits = room.cast(T_map_camera.position.astype(np.float32), directions)
        normals = room.normals[hits.triangle]
        cosine = np.abs(np.einsum("ij,ij->i", normals, directions))
        cosine /= np.linalg.norm(directions, axis=1)
        shape = (self.camera.height, self.camera.width)
        return _measured(hits.reach.reshape(shape), cosine.reshape(shape), rng)

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

    def _developed(self, linear: Floats, rng: Generator) -> NDArray[np.uint8]:
        exposed = np.maximum(linear * self._vignette * np.float32(EXPOSURE), 0.0)
        # A soft shoulder instead of clipping, so that lit walls keep their texture.
        levels = 255.0 * cv2.pow(exposed / (0.75 + 0.45 * exposed), 1.0 / GAMMA)
        levels += NOISE_LEVELS * rng.standard_normal(levels.shape, dtype=np.float32)
        return np.asarray(levels.round().clip(0, 255), np.uint8)


def _rotated(rays: Floats, T_map_camera: Pose) -> Floats:
    return np.asarray(rays @ T_map_camera.rotation.as_matrix().T.astype(np.float32))


def _measured(z_m: Floats, cosine: Floats, rng: Generator) -> NDArray[np.uint16]:
    """Turn true depth into what a Kinect reports: noise, coarse steps and holes.

    The axial noise is Nguyen, Izadi and Lovell (3DIMPVT 2012): 1.2 mm + 1.9 mm · (z − 0.4)².
    """
    sigma = 0.0012 + 0.0019 * np.square(z_m - 0.4)
    noisy = z_m + sigma * rng.standard_normal(z_m.shape, dtype=np.float32)
    steps = BASELINE_M * FOCAL_AT_640_PX / DISPARITY_STEP_PX
    quantised = steps / np.maximum(np.round(steps / np.maximum(noisy, 0.1)), 1.0)
    valid = (z_m > NEAREST_M) & (z_m < FARTHEST_M) & (cosine > GRAZING_COSINE)
    valid &= rng.random(z_m.shape) >= np.where(_is_edge(z_m), EDGE_HOLES, SPECKLES)
    return np.where(valid, (1000.0 * quantised).round(), 0.0).astype(np.uint16)


def _is_edge(z_m: Floats) -> NDArray[np.bool_]:
    around = np.ones((3, 3), np.uint8)
    step = cv2.dilate(z_m, around) - cv2.erode(z_m, around)
    # A steep plane also has steps; an edge differs from both neighbours' mean, so look at depth
    # relative to the local mean as well.
    bend = np.abs(cv2.blur(z_m, (3, 3)) - z_m)
    return np.asarray((step > EDGE_STEP * z_m) & (bend > 0.1 * step))
