import logging
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from vmloc_ros.causes import STATUSES
from vmloc_ros.ros.snapshot import ModelHealth, Snapshot

WELL = Snapshot(model=ModelHealth(state="active", modalities=("rgb", "depth"), device="cpu"))
FAULT = Snapshot(model=ModelHealth(state="unconfigured", failure="no such folder"))
WARNING = Snapshot(model=ModelHealth(state="inactive"))


class Listener:
    """Hears /diagnostics, and when each message came."""

    def __init__(self) -> None:
        from diagnostic_msgs.msg import DiagnosticArray
        from rclpy.node import Node

        self.node = Node("listener")
        self.heard: list[tuple[float, DiagnosticArray]] = []
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._on_message, 10)

    def _on_message(self, message: object) -> None:
        self.heard.append((time.monotonic(), message))

    def last(self, status: str) -> object:
        """Return the last report of one status."""
        _, message = self.heard[-1]
        return next(one for one in message.status if one.name.endswith(f": {status}"))

    def levels(self) -> list[int]:
        return [max(one.level[0] for one in message.status[5:]) for _, message in self.heard]


class Watched:
    """A node with diagnostics, and what it knows of itself."""

    def __init__(self, **arguments: object) -> None:
        from rclpy.node import Node

        from vmloc_ros.ros.diagnostics import Diagnostics

        self.node = Node("watched", **arguments)
        self.snapshot: Snapshot | None = WELL
        self.looks = 0
        self.diagnostics = Diagnostics(self.node, self._take)

    def _take(self) -> Snapshot:
        self.looks += 1
        if self.snapshot is None:
            raise RuntimeError("no snapshot today")
        return self.snapshot


@pytest.fixture
def meet(ros: None, spin: Callable) -> Iterator[Callable[..., tuple[Watched, Listener]]]:
    """Start a node that is watched, and a listener."""
    opened: list = []

    def start(**arguments: object) -> tuple[Watched, Listener]:
        listener = Listener()
        watched = Watched(**arguments)
        spinning = spin(watched.node, listener.node, threads=3)
        spinning.__enter__()
        opened.append((spinning, watched, listener))
        return watched, listener

    yield start
    for spinning, watched, listener in opened:
        watched.diagnostics.close()
        spinning.__exit__(None, None, None)
        watched.node.destroy_node()
        listener.node.destroy_node()


def test_six_statuses_are_published_each_second(meet, wait):
    _, listener = meet()
    wait(lambda: len(listener.heard) >= 6)
    times_s = [at for at, _ in listener.heard]
    assert 0.5 < np.median(np.diff(times_s)) < 1.5  # the machine may be busy once
    _, message = listener.heard[-1]
    assert [one.name for one in message.status] == [f"watched: {name}" for name in STATUSES]
    assert {one.hardware_id for one in message.status} == {"/watched"}
    assert listener.last("model").message == "active, rgb+depth on cpu"


def test_a_level_that_rises_is_published_at_once(meet, wait):
    watched, listener = meet()
    delays_s = []
    for _ in range(6):  # the machine may be busy now and then
        watched.snapshot = WELL
        heard = len(listener.heard)
        wait(lambda heard=heard: listener.levels()[heard:][-1:] == [0])
        changed_s = time.monotonic()  # a second before the next regular message
        watched.snapshot = FAULT
        wait(lambda: listener.levels()[-1] == 2)
        delays_s.append(listener.heard[-1][0] - changed_s)
    assert min(delays_s) < 0.6
    assert listener.last("model").message == "the node could not be configured: no such folder"


def test_a_level_that_stays_or_falls_waits_for_its_turn(meet, wait):
    watched, listener = meet()
    watched.snapshot = FAULT
    wait(lambda: 2 in listener.levels())
    watched.snapshot = WARNING
    heard = len(listener.heard)
    wait(lambda: len(listener.heard) >= heard + 4)
    assert listener.levels()[-3:] == [1, 1, 1]
    times_s = [at for at, _ in listener.heard[heard:]]
    assert times_s[3] - times_s[0] > 2.0


def test_it_speaks_with_simulated_time_and_no_clock(meet, wait):
    from rclpy.parameter import Parameter

    watched, listener = meet(parameter_overrides=[Parameter("use_sim_time", value=True)])
    wait(lambda: len(listener.heard) >= 3)
    assert watched.node.get_clock().now().nanoseconds == 0
    _, message = listener.heard[-1]
    assert abs(message.header.stamp.sec - time.time()) < 10.0


def test_robots_that_share_the_topic_are_told_apart(meet, wait):
    _, listener = meet(namespace="robot1")
    wait(lambda: listener.heard)
    assert listener.last("tf").name == "robot1/watched: tf"
    assert listener.last("tf").hardware_id == "/robot1/watched"


def test_a_failure_to_look_is_logged_once_and_ends_nothing(meet, wait, caplog):
    watched, listener = meet()
    wait(lambda: listener.heard)
    watched.snapshot = None
    wait(lambda: "no diagnostics: RuntimeError: no snapshot today" in caplog.text)
    looks = watched.looks
    wait(lambda: watched.looks >= looks + 3)
    assert len([one for one in caplog.records if one.levelno == logging.ERROR]) == 1
    watched.snapshot = FAULT
    wait(lambda: listener.levels()[-1] == 2)


def test_a_cause_is_logged_by_name(meet, wait, caplog):
    watched, _ = meet()
    watched.snapshot = FAULT
    text = "model: the node could not be configured: no such folder [configure_failed]"
    wait(lambda: text in caplog.text)


def test_once_closed_it_leaves_the_topic(meet, wait, caplog):
    watched, listener = meet()
    wait(lambda: listener.heard)
    watched.diagnostics.close()
    watched.diagnostics.close()
    wait(lambda: listener.node.count_publishers("/diagnostics") == 0)
    assert caplog.text == ""
