"""A bag of a car in a curve: camera, lidar with times of its points, and odometry.

Each message is recorded when its driver could have sent it, a sweep after its last point.
"""

from pathlib import Path

import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore
from tiny_clouds import lidar_points
from tiny_images import FIRST_NS, rgb_pixels

from training.recordings.frame_messages import FrameMessages
from vmloc_ros.pose import Pose

STORE = get_typestore(Stores.ROS2_JAZZY)
MS = 1_000_000
SPEED_M_S, YAW_RATE_RAD_S = 10.0, 0.5
T_BASE_CAMERA = Pose(np.array([0.5, 0.0, 0.0]), np.array([0.5, -0.5, 0.5, -0.5]))
T_BASE_LIDAR = Pose(np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
CAMERA_FRAME = "camera_optical_frame"
IMAGE_MS, SWEEP_MS, ODOMETRY_MS = 33.0, 99.0, 20.0
PHASE_MS = 7.0
"""From an image to the start of its sweep, which lasts for a tenth of a second."""
POINTS = 500


def write_moving_bag(path: Path, sweeps: int) -> None:
    """Write a bag of so many sweeps."""
    entries = [(0.0, "/tf_static", _at(0.0).transform(T_BASE_CAMERA, "base", CAMERA_FRAME))]
    entries += [(0.0, "/tf_static", _at(0.0).transform(T_BASE_LIDAR, "base", "lidar"))]
    for number in range(3 * sweeps):
        ms = number * IMAGE_MS
        T_map_camera = driven(ms) @ T_BASE_CAMERA
        entries.append((ms, "/ground_truth/pose", _at(ms).pose(T_map_camera, "map")))
        entries.append((ms + 5.0, "/camera/image", _at(ms).rgb(rgb_pixels(number), CAMERA_FRAME)))
    for number in range(sweeps):
        ms = number * SWEEP_MS + PHASE_MS
        entries.append((ms + 125.0, "/lidar/points", _cloud(ms, number)))
    for ms in np.arange(-300.0, sweeps * SWEEP_MS + 300.0, ODOMETRY_MS):
        entries.append((ms + 1.0, "/odom", _odometry(ms)))
    _record(path, sorted(entries, key=lambda entry: entry[0]))


def driven(ms: float) -> Pose:
    """Return `T_map_base`."""
    angle = YAW_RATE_RAD_S * ms * 1e-3
    radius_m = SPEED_M_S / YAW_RATE_RAD_S
    position = np.array([radius_m * np.sin(angle), radius_m * (1.0 - np.cos(angle)), 0.0])
    return Pose(position, np.array([0.0, 0.0, np.sin(angle / 2), np.cos(angle / 2)]))


def _at(ms: float) -> FrameMessages:
    return FrameMessages(STORE, FIRST_NS + round(ms * MS))


def _cloud(ms: float, number: int) -> object:
    """Return a sweep whose points have times as Ouster gives them."""
    points = lidar_points(number, POINTS)
    msg = _at(ms).points(points, "lidar")
    rows = np.zeros((POINTS, 5), "<u4")
    rows[:, :4] = points.view("<u4")
    rows[:, 4] = np.linspace(0.0, 100.0 * MS, POINTS)
    make = STORE.types["sensor_msgs/msg/PointField"]
    msg.fields = [*msg.fields, make("t", 16, 6, 1)]
    msg.point_step, msg.row_step = 20, rows.nbytes
    msg.data = rows.reshape(-1).view(np.uint8)
    return msg


def _odometry(ms: float) -> object:
    stamped, types = _at(ms).pose(driven(ms), "odom"), STORE.types
    still = types["geometry_msgs/msg/Vector3"](0.0, 0.0, 0.0)
    twist = types["geometry_msgs/msg/Twist"](still, still)
    return types["nav_msgs/msg/Odometry"](
        stamped.header,
        "base",
        types["geometry_msgs/msg/PoseWithCovariance"](stamped.pose, np.zeros(36)),
        types["geometry_msgs/msg/TwistWithCovariance"](twist, np.zeros(36)),
    )


def _record(path: Path, entries: list[tuple[float, str, object]]) -> None:
    with Writer(path, version=8, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for ms, topic, msg in entries:
            kind = msg.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=STORE)
            data = STORE.serialize_cdr(msg, kind)
            writer.write(connections[topic], FIRST_NS + round(ms * MS), data)
