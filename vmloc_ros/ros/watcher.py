"""`Watcher`: draws what a running node receives and answers."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from nav_msgs.msg import Path
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2

from vmloc_ros.config import NodeConfig
from vmloc_ros.frame import Camera
from vmloc_ros.messages import decode_camera, decode_partial_frame, decode_points, stamp_ns
from vmloc_ros.messages.header import frame_id
from vmloc_ros.pose import Array, Pose
from vmloc_ros.ros.geometry_messages import read_pose
from vmloc_ros.ros.sensor_topics import SensorTopic
from vmloc_ros.ros.subscription import SensorSubscription
from vmloc_ros.ros.watch_camera import CameraOnBody
from vmloc_ros.ros.watch_diagnostics import DiagnosticsView
from vmloc_ros.ros.watch_moments import Moments
from vmloc_ros.ros.watch_options import WatchOptions
from vmloc_ros.viewer.throttle import Throttle
from vmloc_ros.viewer.viewer import Viewer

REVIEW_PERIOD_S = 1.0
POSE = "pose"
SLOP_NS = round(NodeConfig().sync_slop_s * 1e9)
SWEEP_SLOP_NS = 50_000_000
"""A sweep is drawn with the pose of its image, at most half a period of 10 Hz away."""
COMPRESSED = ("/compressed", "/compressedDepth")


class Watcher:
    """Subscribes to the topics of a node. All its callbacks share one exclusive group."""

    def __init__(self, node: Node, options: WatchOptions, viewer: Viewer) -> None:
        self._node = node
        self._viewer = viewer
        self._throttle = Throttle(options.view.max_rate_hz)
        self._moments: Moments[Any] = Moments(("rgb", "depth", POSE), SLOP_NS)
        self._sweeps: Moments[Any] = Moments(("lidar", POSE), SWEEP_SLOP_NS)
        self._sweep_throttle = Throttle(options.view.max_rate_hz)
        self._camera: Camera | None = None
        self._newest_ns: int | None = None
        self._diagnostics = DiagnosticsView(viewer, options.node)
        self._on_body = CameraOnBody(node, options.node)
        self._path_topic = node.resolve_topic_name(options.path_topic)
        self._subscriptions = self._subscribe(options)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        node.create_timer(REVIEW_PERIOD_S, self._review, clock=steady)

    def _subscribe(self, options: WatchOptions) -> list[SensorSubscription]:
        wanted: list[tuple[str, type[Any], Callable[[Any, float], None]]] = [
            (options.image, _image_type(options.image), partial(self._on_image, "rgb")),
            (options.depth, _image_type(options.depth), partial(self._on_image, "depth")),
            (options.points, PointCloud2, self._on_points),
            (options.lidar_image_topic, Image, self._on_lidar_image),
            (options.camera_info, CameraInfo, self._on_camera_info),
            (options.pose_topic, PoseWithCovarianceStamped, self._on_pose),
            (options.path_topic, Path, self._on_path),
            (options.ground_truth, PoseStamped, self._on_truth),
            ("/diagnostics", DiagnosticArray, self._on_diagnostics),
        ]
        group = self._node.default_callback_group
        return [
            SensorSubscription(self._node, SensorTopic(name, kind), callback, "auto", group)
            for name, kind, callback in wanted
            if name
        ]

    def _review(self) -> None:
        for subscription in self._subscriptions:
            subscription.review()
        self._on_body.ask()

    def _on_image(self, stream: str, message: Any, _: float) -> None:
        self._newest_ns = stamp_ns(message)
        self._add(stream, self._newest_ns, message)

    def _on_points(self, message: PointCloud2, _: float) -> None:
        self._add_sweep("lidar", stamp_ns(message), message)

    def _on_lidar_image(self, message: Image, _: float) -> None:
        size = (message.height, message.width)
        range_m = np.frombuffer(message.data, "<f4").reshape(size)
        self._viewer.show_lidar_image(stamp_ns(message), range_m)

    def _on_camera_info(self, message: CameraInfo, _: float) -> None:
        self._camera = decode_camera(message)

    def _on_pose(self, message: PoseWithCovarianceStamped, _: float) -> None:
        at_ns, pose = stamp_ns(message), read_pose(message.pose.pose)
        self._newest_ns = at_ns
        self._viewer.show_pose(at_ns, pose, _covariance(message))
        self._add(POSE, at_ns, pose)
        self._add_sweep(POSE, at_ns, pose)

    def _on_path(self, message: Path, _: float) -> None:
        """Take over the way so far, once: the node builds a path only for those who listen."""
        self._viewer.show_path((stamp_ns(pose), read_pose(pose.pose)) for pose in message.poses)
        for subscription in self._subscriptions:
            if subscription.topic == self._path_topic:
                subscription.close()

    def _on_truth(self, message: PoseStamped, _: float) -> None:
        self._viewer.show_truth(stamp_ns(message), read_pose(message.pose))

    def _on_diagnostics(self, message: DiagnosticArray, _: float) -> None:
        self._diagnostics.show(message, self._newest_ns)

    def _add(self, stream: str, at_ns: int, item: Any) -> None:
        moment = self._moments.add(stream, at_ns, item)
        if moment is not None and set(moment) - {POSE} and self._throttle.passes(at_ns):
            self._show(moment)

    def _add_sweep(self, stream: str, at_ns: int, item: Any) -> None:
        moment = self._sweeps.add(stream, at_ns, item)
        if moment is not None and "lidar" in moment and self._sweep_throttle.passes(at_ns):
            self._show_sweep(moment["lidar"], moment.get(POSE))

    def _show_sweep(self, message: PointCloud2, T_map_body: Pose | None) -> None:
        T_map_lidar, T_body_lidar = None, self._on_body.place_other(frame_id(message))
        if T_map_body is not None and T_body_lidar is not None:
            T_map_lidar = T_map_body @ T_body_lidar
        self._viewer.show_points(stamp_ns(message), decode_points(message), T_map_lidar)

    def _show(self, moment: Mapping[str, Any]) -> None:
        images = {stream: item for stream, item in moment.items() if stream != POSE}
        frame, _ = decode_partial_frame(images, self._camera)
        T_map_body: Pose | None = moment.get(POSE)
        if T_map_body is None:
            self._viewer.lose_pose(frame.stamp_ns)
        T_body_camera = self._on_body.place(frame.camera_frame)
        if T_map_body is None or T_body_camera is None:
            self._viewer.show_frame(frame, None)
        else:
            self._viewer.show_frame(frame, T_map_body @ T_body_camera)


def _image_type(topic: str) -> type[Any]:
    kind: type[Any] = CompressedImage if topic.endswith(COMPRESSED) else Image
    return kind


def _covariance(message: PoseWithCovarianceStamped) -> Array | None:
    """Return the covariance (6, 6); None where it is unknown, which ROS writes as zeros."""
    covariance = np.array(message.pose.covariance).reshape(6, 6)
    return covariance if np.isfinite(covariance).all() and covariance.any() else None
