import logging

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

import rclpy

from vmloc_ros.ros.logging import bridge, unbridge


@pytest.fixture
def bridged(ros):
    handler = bridge(rclpy.logging.get_logger("the_node"))
    yield
    unbridge(handler)


def test_the_cores_log_appears_under_the_nodes_name_at_its_level(bridged, capfd):
    core = logging.getLogger("vmloc_ros.somewhere")
    core.info("loaded %d frames", 3)
    core.warning("slow")
    core.error("gone")
    core.critical("over")
    log = capfd.readouterr().err
    for line in (
        ("[INFO]", "loaded 3 frames"),
        ("[WARN]", "slow"),
        ("[ERROR]", "gone"),
        (
            "[FATAL]",
            "over",
        ),
    ):
        assert any(all(part in row for part in (*line, "[the_node]")) for row in log.splitlines())


def test_the_nodes_level_decides_what_is_shown(bridged, capfd):
    core = logging.getLogger("vmloc_ros.somewhere")
    core.debug("first detail")
    rclpy.logging.set_logger_level("the_node", rclpy.logging.LoggingSeverity.DEBUG)
    core.debug("second detail")
    rclpy.logging.set_logger_level("the_node", rclpy.logging.LoggingSeverity.INFO)
    log = capfd.readouterr().err
    assert "first detail" not in log and "second detail" in log


def test_an_exception_comes_with_its_traceback(bridged, capfd):
    try:
        raise ValueError("what?")
    except ValueError:
        logging.getLogger("vmloc_ros").exception("failed")
    assert "ValueError: what?" in capfd.readouterr().err


def test_after_unbridge_nothing_more_arrives(ros, capfd):
    handler = bridge(rclpy.logging.get_logger("the_node"))
    unbridge(handler)
    logging.getLogger("vmloc_ros").error("late")
    assert "[the_node]" not in capfd.readouterr().err
