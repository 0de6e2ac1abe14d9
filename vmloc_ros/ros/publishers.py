"""`PosePublishers`: the node's outputs."""

from collections import deque

from geometry_msgs.msg import Point, Pose, PoseStamped, PoseWithCovarianceStamped, Quaternion
from nav_msgs.msg import Path
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import ReliabilityPolicy
from std_msgs.msg import Header

from vmloc_ros.ros import qos
from vmloc_ros.ros.extrinsic import BodyPose

NS_PER_S = 1_000_000_000


class PosePublishers:
    """Publishes each pose as PoseStamped and PoseWithCovarianceStamped, and the path so far.

    The messages carry the image's stamp and the same numbers. The path is sent while somebody
    subscribes to it.
    """

    def __init__(self, node: Node, map_frame: str, path_length: int) -> None:
        self._node = node
        self._map_frame = map_frame
        self._path: deque[PoseStamped] = deque(maxlen=path_length)
        self._pose_publisher = self._publisher(PoseStamped, "~/pose")
        self._covariance_publisher = self._publisher(
            PoseWithCovarianceStamped, "~/pose_with_covariance"
        )
        self._path_publisher = self._publisher(Path, "~/path")

    def publish(self, body: BodyPose) -> None:
        """Publish one pose."""
        header = _header(body.stamp_ns, self._map_frame)
        pose = _pose(body)
        stamped = PoseStamped(header=header, pose=pose)
        self._pose_publisher.publish(stamped)
        with_covariance = PoseWithCovarianceStamped(header=header)
        with_covariance.pose.pose = pose
        with_covariance.pose.covariance = body.covariance.ravel()
        self._covariance_publisher.publish(with_covariance)
        self._extend_path(stamped)

    def clear(self) -> None:
        """Begin a new path: time has jumped."""
        self._path.clear()

    def close(self) -> None:
        """Withdraw the topics."""
        for publisher in (self._pose_publisher, self._covariance_publisher, self._path_publisher):
            self._node.destroy_publisher(publisher)

    def _extend_path(self, stamped: PoseStamped) -> None:
        self._path.append(stamped)
        if self._path_publisher.get_subscription_count() > 0:
            self._path_publisher.publish(Path(header=stamped.header, poses=list(self._path)))

    def _publisher(self, message_type: type, name: str) -> Publisher:
        return self._node.create_publisher(
            message_type,
            name,
            qos.profile(ReliabilityPolicy.RELIABLE),
            qos_overriding_options=qos.output_overrides(),
        )


def _header(stamp_ns: int, frame_id: str) -> Header:
    header = Header(frame_id=frame_id)
    header.stamp.sec, header.stamp.nanosec = divmod(stamp_ns, NS_PER_S)
    return header


def _pose(body: BodyPose) -> Pose:
    x, y, z = body.T_map_body.position.tolist()
    qx, qy, qz, qw = body.T_map_body.quat_xyzw.tolist()
    return Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw))
