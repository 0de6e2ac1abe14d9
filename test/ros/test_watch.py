"""The program in a process of its own, over DDS; what it drew is read back from its file."""

import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")
pytest.importorskip("rerun", reason="rerun is not installed")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import Point, PoseStamped, PoseWithCovarianceStamped, Quaternion
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from tiny_clouds import cloud, lidar_points

from vmloc_ros.ros.lidar_image import range_image

sys.path.insert(0, str(Path(__file__).parents[1] / "vmloc_ros"))
from picture_file import rows, values

STAMP_NS = 1_700_000_000_123_456_789
PERIOD_NS = 100_000_000
HEIGHT, WIDTH = 48, 64


def drawn(path: Path, kind: str) -> list[dict[str, Any]]:
    """Return the images of a kind that the file holds by now."""
    entity = "map/camera/depth" if "Depth" in kind else "map/camera/image"
    found = rows(path, entity) if path.exists() else []
    return [row for row in found if f"{kind}:media_type" in row]


def places(path: Path, entity: str) -> dict[int, list[float]]:
    """Return where an entity was drawn, by stamp."""
    found = [row for row in rows(path, entity) if "Transform3D:translation" in row]
    return {row["stamp"]: row["Transform3D:translation"][0] for row in found}


def stamped(message: Any, stamp_ns: int) -> Any:
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
    message.header.frame_id = "camera_optical_frame"
    return message


def image(encoding: str, pixels: np.ndarray) -> Image:
    data = array("B")
    data.frombytes(np.ascontiguousarray(pixels).tobytes())
    step = len(data) // HEIGHT
    return Image(height=HEIGHT, width=WIDTH, encoding=encoding, step=step, data=data)


class Robot:
    """A camera, a localizer and its diagnostics, as the watcher sees them."""

    def __init__(self, namespace: str) -> None:
        self.node = Node("robot", namespace=namespace)
        best_effort = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
        publish = self.node.create_publisher
        self.publishers = {
            "image": publish(Image, "camera/image", best_effort),
            "depth": publish(Image, "depth/image", 10),
            "points": publish(PointCloud2, "lidar/points", best_effort),
            "lidar_image": publish(Image, "vmloc/debug/lidar_image", 10),
            "info": publish(CameraInfo, "camera/camera_info", 10),
            "pose": publish(PoseWithCovarianceStamped, "vmloc/pose_with_covariance", 10),
            "truth": publish(PoseStamped, "/ground_truth/pose", 10),
            "diagnostics": publish(DiagnosticArray, "/diagnostics", 10),
        }

    def is_watched(self) -> bool:
        return all(one.get_subscription_count() for one in self.publishers.values())

    def send(self, number: int) -> None:
        stamp_ns = STAMP_NS + number * PERIOD_NS
        send = {name: one.publish for name, one in self.publishers.items()}
        info = CameraInfo(width=WIDTH, height=HEIGHT)
        info.k = np.array([60.0, 0.0, 31.5, 0.0, 60.0, 23.5, 0.0, 0.0, 1.0])
        send["info"](stamped(info, stamp_ns))
        red = np.full((HEIGHT, WIDTH, 3), (200, 10, 10), np.uint8)
        send["image"](stamped(image("rgb8", red), stamp_ns))
        send["depth"](stamped(image("16UC1", np.full((HEIGHT, WIDTH), 1500, np.uint16)), stamp_ns))
        send["points"](cloud(lidar_points(number, 100), stamp_ns - 20_000_000))
        send["lidar_image"](stamped(range_image(np.full((4, 8), 12.5, np.float32)), stamp_ns))
        estimate = PoseWithCovarianceStamped()
        estimate.pose.pose.position = Point(x=float(number), y=2.0, z=3.0)
        estimate.pose.pose.orientation = Quaternion(x=0.0, y=0.0, z=0.0, w=1.0)
        estimate.pose.covariance = np.diag([0.04, 0.01, 0.09, 1e-4, 1e-4, 1e-4]).ravel()
        send["pose"](stamped(estimate, stamp_ns))
        truth = PoseStamped()
        truth.pose.position.x = float(number)
        send["truth"](stamped(truth, stamp_ns))
        send["diagnostics"](self._diagnostics())

    def _diagnostics(self) -> DiagnosticArray:
        status = DiagnosticStatus(
            level=DiagnosticStatus.WARN,
            name="vmloc: inference",
            message="slow",
            hardware_id=f"{self.node.get_namespace()}/vmloc",
            values=[KeyValue(key="inference_mean_ms", value="12.5")],
        )
        return DiagnosticArray(status=[status])


@pytest.fixture
def robot(ros: None, spin: Callable[..., Any]) -> Any:
    robot = Robot("/robot1")
    with spin(robot.node):
        yield robot
    robot.node.destroy_node()


def test_what_a_node_receives_and_answers_is_drawn(robot, start, wait, tmp_path):
    path = tmp_path / "live.rrd"
    watch = start("watch", "--save", path, "--namespace", "/robot1", "--max-rate-hz", "1000")
    watch.wait_for("watching /robot1/vmloc; writing")
    wait(robot.is_watched)
    sent = 0
    deadline_s = time.monotonic() + 30.0
    while len(drawn(path, "EncodedImage")) < 3 or len(drawn(path, "EncodedDepthImage")) < 3:
        assert time.monotonic() < deadline_s, watch.log
        robot.send(sent)
        sent += 1
        time.sleep(0.1)
    assert watch.stop() == 0 and "Traceback" not in watch.log

    poses = places(path, "map/estimate")
    expected = {STAMP_NS + n * PERIOD_NS: [float(n), 2.0, 3.0] for n in range(sent)}
    assert len(poses) >= 3 and poses.items() <= expected.items()
    ellipsoids = [row for row in rows(path, "map/uncertainty") if "Ellipsoids3D:centers" in row]
    assert len(ellipsoids) == len(poses)
    np.testing.assert_allclose(ellipsoids[0]["Ellipsoids3D:half_sizes"][0], [0.1, 0.2, 0.3], 1e-6)
    assert drawn(path, "EncodedImage")[0]["EncodedImage:media_type"] == ["image/jpeg"]
    assert len(rows(path, "map/ground_truth")) >= 3
    # Where the lidar sits nobody says either: its points are drawn apart.
    sweeps = [row for row in rows(path, "sweep/points") if "Points3D:positions" in row]
    assert len(sweeps) >= 2 and {len(row["Points3D:positions"]) for row in sweeps} == {100}
    assert len(rows(path, "sweep/image")) >= 3
    assert [row["TextLog:text"] for row in rows(path, "log")] == [["vmloc: inference: slow"]]
    assert values(path, "latency_ms/inference")[-1] == 12.5
    # Nobody says where the camera sits on this robot: it is not drawn at a guess.
    assert drawn(path, "EncodedImage")[0]["Pinhole:image_from_camera"] == []


def test_the_camera_is_drawn_where_the_localizer_says_it_is(
    peer, start_node, start, wait, tmp_path
):
    """A real localizer that publishes the pose of the camera itself."""
    node, path = start_node(), tmp_path / "live.rrd"
    node.wait_for("configured")
    watch = start("watch", "--save", path, "--max-rate-hz", "1000")
    watch.wait_for("watching /vmloc; writing")
    info = peer.node.create_publisher(CameraInfo, "camera/camera_info", 10)
    wait(lambda: peer.rgb.get_subscription_count() == 2 and info.get_subscription_count() == 1)
    wait(lambda: peer.depth.get_subscription_count() == 2)

    def placed() -> int:
        return sum(row["Pinhole:image_from_camera"] != [] for row in drawn(path, "EncodedImage"))

    sent = 0
    deadline_s = time.monotonic() + 60.0
    while placed() < 2:
        assert time.monotonic() < deadline_s, watch.log + node.log
        camera = CameraInfo(width=WIDTH, height=HEIGHT)
        camera.k = np.array([60.0, 0.0, 31.5, 0.0, 60.0, 23.5, 0.0, 0.0, 1.0])
        info.publish(stamped(camera, 1))
        peer.send(sent)
        sent += 1
        time.sleep(0.2)
    assert watch.stop() == 0 and "Traceback" not in watch.log
    poses, cameras = places(path, "map/estimate"), places(path, "map/camera")
    assert len(cameras) >= 2
    assert cameras.items() <= poses.items()  # of the same stamp, not of the pose that came last
    assert min(values(path, "latency_ms/inference")) > 0.0
    assert any("vmloc: " in row["TextLog:text"][0] for row in rows(path, "log"))


def test_what_cannot_work_is_one_line_and_status_2(start, tmp_path):
    watch = start("watch", "--save", tmp_path / "none" / "live.rrd")
    assert watch.wait() == 2
    assert watch.log.splitlines()[-1].startswith("error: ")
    assert "none/live.rrd: cannot be written" in watch.log and "Traceback" not in watch.log


def test_a_name_that_is_none_of_ros_is_one_line_and_status_2(start, tmp_path):
    watch = start("watch", "--save", tmp_path / "live.rrd", "--namespace", "/my robot")
    assert watch.wait() == 2
    assert "error: " in watch.log and "my robot" in watch.log and "Traceback" not in watch.log
