"""`LidarMotion`: how the lidar on a robot moved."""

import logging
from contextlib import ExitStack, closing

from rclpy.node import Node

from vmloc_ros.bundle import BundleDescription
from vmloc_ros.pose import Pose
from vmloc_ros.ros.gyroscope import Gyroscope
from vmloc_ros.ros.robot_frames import RobotFrames
from vmloc_ros.sweeps import MotionSource, MountedSource

logger = logging.getLogger(__name__)

NOT_MOUNTED = "the bundle does not say where the lidar sits on the camera"
NOBODY_TELLS = "there is neither odometry nor a message on imu/data"


class LidarMotion:
    """The robot's odometry, or without one its gyroscope, carried over to the lidar.

    Where the lidar sits on the camera is the bundle's, as in training; where the camera sits on the
    robot is what the node goes by anyway.

    Args:
        node: subscribes.
        frames: extrinsic and odometry.
        description: of the bundle; without a lidar nothing is listened to.
    """

    def __init__(self, node: Node, frames: RobotFrames, description: BundleDescription) -> None:
        self._frames = frames
        self._T_camera_lidar = description.rig.T_camera_lidar
        self._gyroscope: Gyroscope | None = None
        self._has_warned = False
        self.missing = ""
        """Why nothing told of the motion when it was last asked for; empty where something did."""
        with ExitStack() as opened:
            if "lidar" in description.sensors and frames.odometry is None:
                self._gyroscope = opened.enter_context(closing(Gyroscope(node)))
            self._opened = opened.pop_all()

    def adopt(self, description: BundleDescription) -> None:
        """Go on with the rig of another bundle of the same sensors."""
        self._T_camera_lidar = description.rig.T_camera_lidar

    def find(self, camera_frame: str, stamp_ns: int) -> MotionSource | None:
        """Return what tells of the lidar's motion; None where nothing does.

        Args:
            camera_frame: frame_id of the image; empty where there is none.
            stamp_ns: of the image.
        """
        source: MotionSource | None = self._frames.odometry or self._gyroscope
        if source is None or self._T_camera_lidar is None:
            self.missing = NOBODY_TELLS if source is None else NOT_MOUNTED
            return None
        T_camera_body, self.missing = self._find_body(camera_frame, stamp_ns)
        if T_camera_body is None:
            return None
        return MountedSource(source, T_camera_body.inverse() @ self._T_camera_lidar)

    def clear(self) -> None:
        """Forget everything: time has jumped."""
        if self._gyroscope is not None:
            self._gyroscope.clear()

    def close(self) -> None:
        """Stop listening."""
        self._opened.close()

    def _find_body(self, camera_frame: str, stamp_ns: int) -> tuple[Pose | None, str]:
        """Return the place of what moves, of the robot's body or the gyroscope, or why not."""
        if self._gyroscope is None:
            place = self._frames.extrinsic.at(camera_frame, stamp_ns)
            return place, self._frames.extrinsic.missing
        if not self._gyroscope.frame:
            return None, NOBODY_TELLS
        place = self._frames.place_of(self._gyroscope.frame, camera_frame, stamp_ns)
        return place, "" if place else self._unplaced(self._gyroscope.frame)

    def _unplaced(self, frame: str) -> str:
        """Say, the first time in the log too, that nobody knows where the gyroscope sits."""
        unplaced = (
            f"where '{frame}', the frame of imu/data, sits is not known: it is not base_frame, and "
            "tf is not asked or does not say"
        )
        if not self._has_warned:
            self._has_warned = True
            logger.warning("lidar: %s", unplaced)
        return unplaced
