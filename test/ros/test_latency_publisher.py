"""`~/debug/latency` over DDS."""

from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("rclpy", reason="needs ROS 2")

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.node import Node

from vmloc_ros.ros.latency_publisher import LatencyPublisher, latency_status
from vmloc_ros.ros.snapshot import StageTimes
from vmloc_ros.ros.stage_times import StageWindow


@pytest.fixture
def node(ros: None, spin: Callable) -> Iterator[Node]:
    node = Node("vmloc", namespace="robot")
    with spin(node, threads=2):
        yield node
    node.destroy_node()


def test_the_message_has_a_key_for_each_stage_and_statistic():
    times = {
        "queue": StageTimes(mean=1.0, median=0.9, p95=2.0, max=3.0),
        "inference": StageTimes(mean=10.25, median=9.5, p95=20.0, max=30.0),
    }

    status = latency_status(times, "/robot/vmloc")

    assert (status.level, status.name) == (DiagnosticStatus.OK, "robot/vmloc: latency")
    assert status.message == "longest: inference, 10.2 ms on average"
    assert [(pair.key, pair.value) for pair in status.values] == [
        ("queue_mean_ms", "1.000"),
        ("queue_median_ms", "0.900"),
        ("queue_p95_ms", "2.000"),
        ("queue_max_ms", "3.000"),
        ("inference_mean_ms", "10.250"),
        ("inference_median_ms", "9.500"),
        ("inference_p95_ms", "20.000"),
        ("inference_max_ms", "30.000"),
    ]


def test_whoever_subscribes_receives_the_window(node, wait):
    window = StageWindow()
    publisher = LatencyPublisher(node, window)
    received: list[DiagnosticStatus] = []
    node.create_subscription(DiagnosticStatus, "vmloc/debug/latency", received.append, 10)
    window.add("decode", 50.0)

    def arrives() -> bool:
        publisher.publish()
        return bool(received)

    wait(arrives)
    assert received[0].values[0].key == "decode_mean_ms"
    assert received[0].values[0].value == "50.000"


def test_close_withdraws_the_topic(node, wait):
    publisher = LatencyPublisher(node, StageWindow())
    wait(lambda: node.count_publishers("vmloc/debug/latency") == 1)
    publisher.close()
    wait(lambda: node.count_publishers("vmloc/debug/latency") == 0)
