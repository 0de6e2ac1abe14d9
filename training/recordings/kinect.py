"""`Kinect`: colour and registered depth of a room, with the flaws of such a camera."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.recordings.colour_sensor import TO_LINEAR, ColourSensor
from training.recordings.room import Room
from training.recordings.triangles import Floats
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

EXPOSURE = 1.3
NOISE_LEVELS = 2.0


class Kinect:
    """An RGB-D camera of a given picture size."""

    def __init__(self, width: int, height: int) -> None:
        self._sensor = ColourSensor(width, height, HORIZONTAL_FIELD_DEG)
        self.camera = self._sensor.camera

    def rgb(self, room: Room, T_map_camera: Pose, rng: Generator) -> NDArray[np.uint8]:
        """Render colour (H, W, 3)."""
        directions = self._sensor.subsample_rays(T_map_camera)
        origin = T_map_camera.position.astype(np.float32)
        hits = room.cast(origin, directions)
        points = origin + hits.reach[:, None] * directions
        # Rays have z = 1 in the camera frame, so `reach` is the depth.
        albedo = room.albedo(hits, self._sensor.sample_m(hits.reach))
        seen = TO_LINEAR[albedo] * room.light(points, directions, hits)
        return self._sensor.developed(self._sensor.averaged(seen), EXPOSURE, NOISE_LEVELS, rng)

    def depth_mm(self, room: Room, T_map_camera: Pose, rng: Generator) -> NDArray[np.uint16]:
        """Render depth (H, W) along the optical axis, 0 = no return."""
        directions = self._sensor.centre_rays(T_map_camera)
        hits = room.cast(T_map_camera.position.astype(np.float32), directions)
        normals = room.normals[hits.triangle]
        cosine = np.abs(np.einsum("ij,ij->i", normals, directions))
        cosine /= np.linalg.norm(directions, axis=1)
        shape = (self.camera.height, self.camera.width)
        return _measured(hits.reach.reshape(shape), cosine.reshape(shape), rng)


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
