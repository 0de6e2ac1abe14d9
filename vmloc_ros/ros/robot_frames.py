"""`RobotFrames`: everything between the camera's pose and the robot's place in tf."""

from contextlib import ExitStack, closing

from rclpy.node import Node

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.ros.broadcast_plan import BroadcastPlan
from vmloc_ros.ros.extrinsic import BodyPose, body_pose
from vmloc_ros.ros.extrinsic_source import (
    CAMERA_ITSELF,
    fixed_extrinsic,
    make_extrinsic,
    place_unknown,
)
from vmloc_ros.ros.map_broadcaster import MapBroadcaster
from vmloc_ros.ros.map_to_base import MapToBase
from vmloc_ros.ros.map_to_odom import MapToOdom
from vmloc_ros.ros.odometry import Odometry, open_odometry
from vmloc_ros.ros.snapshot import TransformHealth
from vmloc_ros.ros.tf2 import Tf2Transforms, load_tf2
from vmloc_ros.ros.transforms import TransformError

NS_PER_S = 1_000_000_000


class RobotFrames:
    """Extrinsic, odometry and broadcast, as the parameters ask for them.

    Args:
        node: subscribes and publishes.
        config: the parameters.
        camera_frame: of the bundle.

    Raises:
        ConfigError: see `check_frames`.
    """

    def __init__(self, node: Node, config: NodeConfig, camera_frame: str) -> None:
        check_frames(config, camera_frame)
        self._mode = config.tf_mode
        self._body_frame = config.base_frame
        self._transforms: Tf2Transforms | None = None
        self._plan: BroadcastPlan | None = None
        self._broadcaster: MapBroadcaster | None = None
        with ExitStack() as opened:  # what is open when one of them fails is closed again
            if _reason_for_tf(config, camera_frame):
                self._transforms = Tf2Transforms(node, _child_frame(config))
                opened.enter_context(closing(self._transforms))
            self.extrinsic = make_extrinsic(config, camera_frame, self._transforms)
            self.odometry = open_odometry(node, config, self._transforms)
            if self.odometry is not None:
                opened.enter_context(closing(self.odometry))
            self._plan = _make_plan(config, self.odometry)
            if self._plan is not None and self._transforms is not None:
                self._broadcaster = MapBroadcaster(
                    node,
                    self._transforms,
                    self._plan,
                    config.map_frame,
                    config.tf_rate_hz,
                )
                opened.enter_context(closing(self._broadcaster))
            self._opened = opened.pop_all()

    @property
    def health(self) -> TransformHealth:
        """The state of everything."""
        broadcaster = self._broadcaster
        return TransformHealth(
            mode=self._mode,
            extrinsic=self.extrinsic.source,
            missing=self.extrinsic.missing,
            odometry_missing=self.odometry.missing if self.odometry else "",
            conflict=broadcaster.conflict if broadcaster else "",
            broadcasts=broadcaster.broadcasts if broadcaster else 0,
        )

    def body(self, estimate: PoseEstimate, camera_frame: str) -> BodyPose | None:
        """Return the pose of the robot; None while the extrinsic is not known.

        Args:
            estimate: of the camera.
            camera_frame: frame_id of the model's first sensor; empty where that is missing.
        """
        T_camera_body = self.extrinsic.at(camera_frame, estimate.stamp_ns)
        return None if T_camera_body is None else body_pose(estimate, T_camera_body)

    def place_of(self, frame: str, camera_frame: str, stamp_ns: int) -> Pose | None:
        """Return T_camera_frame of the body, or of what tf knows; None where it is not known.

        Args:
            frame: whose place is asked for.
            camera_frame: frame_id of the image; empty where there is none.
            stamp_ns: of the image.
        """
        if frame == camera_frame:
            return CAMERA_ITSELF
        if frame == self._body_frame:
            return self.extrinsic.at(camera_frame, stamp_ns)
        if self._transforms is None or not camera_frame:
            return None
        try:
            return self._transforms.lookup(camera_frame, frame)
        except TransformError:
            return None

    def publish(self, body: BodyPose) -> None:
        """Pass on a pose that has just been published."""
        if self._broadcaster is not None:
            self._broadcaster.offer(body)

    def adopt(self, config: NodeConfig) -> None:
        """Take over the parameters that may change while the node works."""
        if isinstance(self._plan, MapToOdom):
            self._plan.set_limits(*_limits_ns(config))

    def clear(self) -> None:
        """Forget everything that is not static: time has jumped."""
        for part in (self._transforms, self.odometry, self._broadcaster):
            if part is not None:
                part.clear()

    def close(self) -> None:
        """Leave tf and the odometry."""
        self._opened.close()


def check_frames(config: NodeConfig, camera_frame: str) -> None:
    """Check what `RobotFrames` needs, before anything is opened.

    Raises:
        ConfigError: `extrinsic` is no pose, the odometry is that of no body, or tf is needed and
            not installed.
    """
    if config.odometry != "none" and not config.base_frame:
        raise ConfigError(
            f"odometry {config.odometry} needs base_frame: it moves a robot, not a camera"
        )
    reason = _reason_for_tf(config, camera_frame)
    if not reason:
        return
    try:
        load_tf2()
    except ConfigError as err:
        raise ConfigError(f"{reason}; {err}") from err


def _reason_for_tf(config: NodeConfig, camera_frame: str) -> str:
    """Say what cannot be done without tf, and how to do without it; empty: nothing needs it."""
    if fixed_extrinsic(config) is None:
        return place_unknown(config.base_frame, camera_frame)
    if config.tf_mode != "none":
        return f"tf_mode {config.tf_mode} needs tf, set it to none"
    return "odometry tf needs tf, set it to topic or none" if config.odometry == "tf" else ""


def _make_plan(config: NodeConfig, odometry: Odometry | None) -> BroadcastPlan | None:
    if config.tf_mode == "map_to_odom":
        assert odometry is not None, "opened where it is needed"
        return MapToOdom(odometry, *_limits_ns(config))
    return MapToBase() if config.tf_mode == "map_to_base" else None


def _child_frame(config: NodeConfig) -> str:
    children = {"map_to_odom": config.odom_frame, "map_to_base": config.base_frame}
    return children.get(config.tf_mode, "")


def _limits_ns(config: NodeConfig) -> tuple[int, int]:
    seconds = config.transform_tolerance_s, config.fix_timeout_s
    return round(seconds[0] * NS_PER_S), round(seconds[1] * NS_PER_S)
