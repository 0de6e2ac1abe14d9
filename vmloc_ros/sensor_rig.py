"""`SensorRig`: how camera and lidar are placed to each other, and what the camera's lens does."""

from vmloc_ros.config import Config
from vmloc_ros.frame import Camera
from vmloc_ros.pose import Pose

Vector7 = tuple[float, float, float, float, float, float, float]


class SensorRig(Config):
    """The rig of all frames of a recording; what is unknown, or varies, is None."""

    camera: Camera | None = None
    """Intrinsics and lens of the reduced image, see `Preprocessor.reduce_camera`."""
    lidar_in_camera: Vector7 | None = None
    """Pose of the lidar in the camera's optical frame: x y z (m) and quaternion x y z w."""

    @classmethod
    def of(cls, camera: Camera | None, T_camera_lidar: Pose | None) -> "SensorRig":
        """Write a rig down."""
        T = T_camera_lidar
        numbers = None if T is None else (*T.position.tolist(), *T.quat_xyzw.tolist())
        return cls.model_validate({"camera": camera, "lidar_in_camera": numbers})

    @property
    def T_camera_lidar(self) -> Pose | None:
        """Takes lidar coordinates to the camera's optical frame."""
        if self.lidar_in_camera is None:
            return None
        return Pose(self.lidar_in_camera[:3], self.lidar_in_camera[3:])  # type: ignore[arg-type]
