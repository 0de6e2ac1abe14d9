"""`VehicleCamera`: the camera behind a car's windscreen."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.recordings.block.illumination import Illumination
from training.recordings.colour_sensor import ColourSensor
from training.recordings.surroundings import Surroundings
from vmloc_ros.pose import Pose

HORIZONTAL_FIELD_DEG = 68.0


class VehicleCamera:
    """A colour camera of a given picture size."""

    def __init__(self, width: int, height: int) -> None:
        self._sensor = ColourSensor(width, height, HORIZONTAL_FIELD_DEG)
        self.camera = self._sensor.camera

    def rgb(
        self,
        world: Surroundings,
        illumination: Illumination,
        T_map_camera: Pose,
        rng: Generator,
    ) -> NDArray[np.uint8]:
        """Render colour (H, W, 3)."""
        directions = self._sensor.subsample_rays(T_map_camera)
        hits = world.cast(T_map_camera.position.astype(np.float32), directions)
        found = hits.found
        hits, sample_m = hits[found], self._sensor.sample_m(hits[found].reach)
        samples = np.empty_like(directions)
        samples[~found] = illumination.sky(directions[~found])
        samples[found] = illumination.seen(world, hits, directions[found], sample_m, T_map_camera)
        light = illumination.light
        pixels = self._sensor.averaged(samples)
        return self._sensor.developed(pixels, light.exposure, light.noise_levels, rng)
