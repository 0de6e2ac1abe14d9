"""`LidarMotion`: how the lidar on a robot moved."""

from vmloc_ros.pose import Pose
from vmloc_ros.ros.robot_frames import RobotFrames
from vmloc_ros.sweeps import MotionSource, MountedSource


class LidarMotion:
    """The robot's odometry, carried over to the lidar.

    Where the lidar sits on the camera is the bundle's, as in training; where the camera sits on the
    robot is what the node goes by anyway.

    Args:
        frames: extrinsic and odometry.
        T_camera_lidar: of the bundle; None where that does not know it.
    """

    def __init__(self, frames: RobotFrames, T_camera_lidar: Pose | None) -> None:
        self._frames = frames
        self._T_camera_lidar = T_camera_lidar

    def find(self, camera_frame: str, stamp_ns: int) -> MotionSource | None:
        """Return what tells of the lidar's motion; None without odometry, or a place on the robot.

        Args:
            camera_frame: frame_id of the image; empty where there is none.
            stamp_ns: of the image.
        """
        odometry, T_camera_lidar = self._frames.odometry, self._T_camera_lidar
        if odometry is None or T_camera_lidar is None:
            return None
        T_camera_body = self._frames.extrinsic.at(camera_frame, stamp_ns)
        if T_camera_body is None:
            return None
        return MountedSource(odometry, T_camera_body.inverse() @ T_camera_lidar)
