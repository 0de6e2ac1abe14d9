"""Bags of a car that drives at 10 m/s towards a wall, 20 m ahead of its lidar at the start.

base: x forward, y left, z up; the lidar sits 1 m ahead of it, the camera looks forward.
"""

import numpy as np
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from training.recordings.frame_messages import FrameMessages
from vmloc_ros.pose import Pose

MS = 1_000_000
START_NS = 1_700_000_000 * 1_000_000_000
STORE, ROS1_STORE = get_typestore(Stores.ROS2_JAZZY), get_typestore(Stores.ROS1_NOETIC)
ROS1_STORE.register(
    get_types_from_msg("geometry_msgs/TransformStamped[] transforms", "tf2_msgs/msg/TFMessage")
)
T = STORE.types
SPEED_M_S = 10.0
ON_BASE = Pose(np.array([0.5, 0.0, 0.0]), np.array([0.5, -0.5, 0.5, -0.5]))
"""`T_base_camera`, an optical frame."""
LIDAR_ON_BASE = Pose(np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
KINDS = ("mcap", "sqlite3", "rosbag1")


def at(ms):
    return FrameMessages(STORE, START_NS + round(ms * MS))


def placed(x=0.0, yaw_rad=0.0):
    return Pose(np.array([x, 0.0, 0.0]), np.array([0, 0, np.sin(yaw_rad / 2), np.cos(yaw_rad / 2)]))


def driven(ms):
    """`T_map_base`."""
    return placed(SPEED_M_S * ms / 1000)


def rgb(ms, topic="/camera/image"):
    return topic, at(ms).rgb(np.full((4, 6, 3), 7, np.uint8), "optical")


def truth(ms, pose=None):
    return "/ground_truth/pose", at(ms).pose((pose or driven(ms)) @ ON_BASE, "map")


def mounting():
    return [
        ("/tf_static", at(0).transform(ON_BASE, "base", "optical")),
        ("/tf_static", at(0).transform(LIDAR_ON_BASE, "base", "lidar")),
    ]


def wall(ms):
    """A sweep of 0.1 s with a point of the wall each 10 ms, as Ouster stamps them."""
    offsets_ms = np.arange(0, 101, 10)
    return cloud(ms, 20.0 - SPEED_M_S * (ms + offsets_ms) / 1000, offsets_ms)


def cloud(ms, x, offsets_ms, topic="/lidar/points"):
    fields = [("x", 0, 7), ("y", 4, 7), ("z", 8, 7), ("intensity", 12, 7), ("t", 16, 6)]
    points = np.zeros(
        len(x), np.dtype({"names": [n for n, _, _ in fields], "formats": ["<f4"] * 4 + ["<u4"]})
    )
    points["x"], points["t"] = x, np.asarray(offsets_ms) * MS
    msg = at(ms).points(np.zeros((1, 4), np.float32), "lidar")
    make = T["sensor_msgs/msg/PointField"]
    msg.fields = [make(name, offset, datatype, 1) for name, offset, datatype in fields]
    msg.width, msg.point_step, msg.row_step = len(x), points.itemsize, points.nbytes
    msg.data = points.view(np.uint8)
    return topic, msg


def odometry(ms, pose=None, topic="/odom", child="base"):
    stamped = at(ms).pose(pose or driven(ms), "odom")
    still = T["geometry_msgs/msg/Vector3"](0.0, 0.0, 0.0)
    twist = T["geometry_msgs/msg/TwistWithCovariance"](
        T["geometry_msgs/msg/Twist"](still, still), np.zeros(36)
    )
    placed_so = T["geometry_msgs/msg/PoseWithCovariance"](stamped.pose, np.zeros(36))
    return topic, T["nav_msgs/msg/Odometry"](stamped.header, child, placed_so, twist)


def transform(ms, parent="odom", child="base"):
    return "/tf", at(ms).transform(driven(ms), parent, child)


def imu(ms, yaw_rate_rad_s, topic="/imu/data"):
    header = at(ms).pose(placed(), "base").header
    still = T["geometry_msgs/msg/Vector3"](0.0, 0.0, 0.0)
    rate = T["geometry_msgs/msg/Vector3"](0.0, 0.0, yaw_rate_rad_s)
    level = T["geometry_msgs/msg/Quaternion"](0.0, 0.0, 0.0, 1.0)
    nothing = np.zeros(9)
    return topic, T["sensor_msgs/msg/Imu"](header, level, nothing, rate, nothing, still, nothing)


def record(path, entries, kind="mcap"):
    """Write messages (topic, message) in the order of their stamps."""
    entries = sorted(entries, key=lambda entry: stamp_ns(entry[1]))
    if kind == "rosbag1":
        return record_ros1(path.with_suffix(".bag"), entries)
    with Writer(path, version=8, storage_plugin=StoragePlugin[kind.upper()]) as writer:
        connections = {}
        for topic, msg in entries:
            name = msg.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, name, typestore=STORE)
            data = STORE.serialize_cdr(msg, name)
            writer.write(connections[topic], stamp_ns(msg), data)
    return path


def record_ros1(path, entries):
    with Ros1Writer(path) as writer:
        connections = {}
        for topic, msg in entries:
            name, at_ns = msg.__msgtype__, stamp_ns(msg)
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, name, typestore=ROS1_STORE)
            for part in getattr(msg, "transforms", [msg]):
                part.header = ROS1_STORE.types["std_msgs/msg/Header"](
                    1, part.header.stamp, part.header.frame_id
                )
            data = ROS1_STORE.serialize_ros1(msg, name)
            writer.write(connections[topic], at_ns, data)
    return path


def stamp_ns(msg):
    stamp = getattr(msg, "transforms", [msg])[0].header.stamp
    return stamp.sec * 1_000_000_000 + stamp.nanosec
