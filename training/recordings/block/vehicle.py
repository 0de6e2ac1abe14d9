"""`Vehicle`: the car with the sensors, and what they see of a street."""

import numpy as np
from numpy.random import Generator
from scipy.spatial.transform import Rotation

from training.recordings.block.block_size import BlockSize
from training.recordings.block.drive import CAMERA_PITCH_DEG, OPTICAL
from training.recordings.block.illumination import Illumination
from training.recordings.block.vehicle_camera import VehicleCamera
from training.recordings.scene import CAMERA_FRAME
from training.recordings.spinning_lidar import SpinningLidar
from training.recordings.surroundings import Surroundings
from vmloc_ros.frame import Frame
from vmloc_ros.pose import Array, Pose

LIDAR_FROM_CAMERA_M = (-0.4, 0.0, 0.35)
"""Where the lidar sits on the roof, in the car's axes (x forward, y left, z up)."""
ELEVATIONS_DEG = (-25.0, 15.0)
FARTHEST_M, LOST_FAR = 80.0, 0.4


def T_camera_lidar() -> Array:
    """Return where the lidar sits (4, 4): level, while the camera looks a little down."""
    looking_down = Rotation.from_euler("y", CAMERA_PITCH_DEG, degrees=True) * OPTICAL
    T_car_camera = Pose(np.zeros(3), looking_down.as_quat())
    T_car_lidar = Pose(np.array(LIDAR_FROM_CAMERA_M), Rotation.identity().as_quat())
    return (T_car_camera.inverse() @ T_car_lidar).matrix()


class Vehicle:
    """A camera behind the windscreen and a lidar on the roof."""

    def __init__(self, size: BlockSize) -> None:
        self._camera = VehicleCamera(size.width, size.height)
        self._lidar = SpinningLidar(
            size.beams, size.columns, ELEVATIONS_DEG, FARTHEST_M, LOST_FAR, T_camera_lidar()
        )

    def look(
        self,
        world: Surroundings,
        illumination: Illumination,
        stamp_ns: int,
        T_map_camera: Pose,
        rng: Generator,
    ) -> Frame:
        """Take a picture and a sweep of the same moment, that of the stamp."""
        return Frame(
            stamp_ns=stamp_ns,
            camera_frame=CAMERA_FRAME,
            rgb=self._camera.rgb(world, illumination, T_map_camera, rng),
            points=self._lidar.points(world, T_map_camera, rng),
            camera=self._camera.camera,
            T_camera_lidar=self._lidar.T_camera_lidar,
        )
