"""A lidar's driver: publishes large clouds with best effort until it is ended."""

import time

import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import PointCloud2
from tiny_clouds import cloud, lidar_points

POINTS = 120_000
CLOUDS_HZ = 5.0


def main() -> None:
    rclpy.init()
    node = Node("lidar_driver")
    best_effort = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    publisher = node.create_publisher(PointCloud2, "lidar/points", best_effort)
    sweep = cloud(lidar_points(0, POINTS), 1)
    assert len(sweep.data) > 1_900_000
    while rclpy.ok():
        sweep.header.stamp.sec, sweep.header.stamp.nanosec = divmod(time.time_ns(), 10**9)
        publisher.publish(sweep)
        time.sleep(1.0 / CLOUDS_HZ)


if __name__ == "__main__":
    main()
