import logging
import os
import subprocess
import sys
import time

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.context import Context
from rclpy.event_handler import SubscriptionEventCallbacks, UnsupportedEventTypeError
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import Int32, String

from vmloc_ros.errors import ConfigError, MessageError
from vmloc_ros.ros.qos import choose_reliability, count_incompatible
from vmloc_ros.ros.sensor_topics import SensorTopic
from vmloc_ros.ros.subscription import SensorSubscription

RELIABLE, BEST_EFFORT = ReliabilityPolicy.RELIABLE, ReliabilityPolicy.BEST_EFFORT
TOPIC = "/robot/camera/image"


@pytest.mark.parametrize(
    ("choice", "offered", "wanted"),
    [
        ("auto", [], RELIABLE),
        ("auto", [RELIABLE, RELIABLE], RELIABLE),
        ("auto", [RELIABLE, BEST_EFFORT], BEST_EFFORT),
        ("reliable", [BEST_EFFORT], RELIABLE),
        ("best_effort", [RELIABLE], BEST_EFFORT),
    ],
)
def test_auto_asks_for_reliable_where_every_publisher_offers_it(choice, offered, wanted):
    assert choose_reliability(choice, offered) == wanted


@pytest.mark.parametrize(("asked", "count"), [(RELIABLE, 2), (BEST_EFFORT, 0)])
def test_a_publisher_that_offers_less_than_is_asked_for_is_incompatible(asked, count):
    assert count_incompatible(asked, [BEST_EFFORT, RELIABLE, BEST_EFFORT]) == count


class Listener:
    """A node with one sensor subscription; what it hears. "bad" makes its callback fail."""

    def __init__(self, reliability="auto", *overrides):
        given = [word for override in overrides for word in ("-p", override)]
        self.node = Node("listener", namespace="robot", cli_args=["--ros-args", *given])
        self.heard = []
        self.subscription = SensorSubscription(
            self.node,
            SensorTopic("camera/image", String),
            self._hear,
            reliability,
            MutuallyExclusiveCallbackGroup(),
        )

    def _hear(self, message, received_s):
        assert time.monotonic() - received_s < 60.0
        if message.data == "bad":
            raise ValueError("a fault of ours")
        if message.data == "poor":
            raise MessageError("not an image")
        self.heard.append(message.data)

    def asks_for(self, reliability):
        infos = self.node.get_subscriptions_info_by_topic(TOPIC)
        return [info.qos_profile.reliability for info in infos] == [reliability]


@pytest.fixture
def listen(ros, spin):
    """Start a listener: listen(reliability, *overrides)."""
    running = []

    def start(*arguments):
        listener = Listener(*arguments)
        context = spin(listener.node, threads=2)
        context.__enter__()
        running.append((listener, context))
        return listener

    yield start
    for listener, context in running:
        listener.subscription.close()
        context.__exit__(None, None, None)
        listener.node.destroy_node()


@pytest.fixture
def publish(ros):
    """Make a publisher: publish(reliability, durability) -> publisher."""
    node = Node("talker")
    yield lambda reliability, durability=DurabilityPolicy.VOLATILE: node.create_publisher(
        String, TOPIC, QoSProfile(depth=5, reliability=reliability, durability=durability)
    )
    node.destroy_node()


LARGE_BEST_EFFORT = """
import sys, threading
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import String

stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set())).start()
rclpy.init()
node = Node("talker")
qos = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
publisher = node.create_publisher(String, sys.argv[1], qos)
while not stop.wait(0.02):
    for size in (16_000_000, 10):
        publisher.publish(String(data="x" * size))
node.destroy_node()
rclpy.shutdown()
"""


@pytest.fixture
def large_best_effort():
    """A process that publishes messages that are larger than the sockets' buffers, and small ones.

    It ends in good order when its input is closed.
    """
    environment = dict(os.environ)
    environment.pop("FASTRTPS_DEFAULT_PROFILES_FILE", None)
    command = [sys.executable, "-c", LARGE_BEST_EFFORT, TOPIC]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment):
        yield


@pytest.fixture
def stranger():
    """A node of another participant: one of our own would refuse a second type on a topic."""
    context = Context()
    context.init()
    node = Node("stranger", context=context)
    yield node
    node.destroy_node()
    context.shutdown()


@pytest.mark.parametrize(
    "durability", [DurabilityPolicy.VOLATILE, DurabilityPolicy.TRANSIENT_LOCAL]
)
@pytest.mark.parametrize("reliability", [RELIABLE, BEST_EFFORT])
def test_every_publisher_is_received_whatever_it_offers(
    listen, publish, wait, reliability, durability
):
    listener = listen()
    publisher = publish(reliability, durability)
    wait(lambda: listener.subscription.review() or publisher.get_subscription_count())
    # Best effort may lose what is sent before the reader has met the writer: send again.
    wait(lambda: publisher.publish(String(data="hello")) or listener.heard)
    assert set(listener.heard) == {"hello"}
    wait(lambda: listener.asks_for(reliability))


def test_the_subscription_goes_back_to_reliable_when_the_best_effort_publisher_leaves(
    listen, publish, wait
):
    listener = listen()
    stays, leaves = publish(RELIABLE), publish(BEST_EFFORT)
    wait(lambda: listener.subscription.review() or leaves.get_subscription_count())
    wait(lambda: listener.asks_for(BEST_EFFORT))
    leaves.destroy()
    wait(lambda: listener.subscription.review() or listener.asks_for(RELIABLE))
    wait(stays.get_subscription_count)
    stays.publish(String(data="again"))
    wait(lambda: listener.heard == ["again"])


def test_a_publisher_that_a_forced_reliability_shuts_out_is_counted_while_it_is_there(
    listen, publish, wait, caplog
):
    listener = listen("reliable")
    publisher = publish(BEST_EFFORT)
    wait(lambda: listener.node.count_publishers(TOPIC))
    with caplog.at_level(logging.WARNING, "vmloc_ros"):
        # No review: DDS says so by itself.
        wait(lambda: listener.subscription.incompatible == 1)
        wait(lambda: "is not received; set reliability to auto" in caplog.text)
    assert listener.asks_for(RELIABLE)
    assert listener.subscription.publishers == 1
    publisher.destroy()
    wait(lambda: listener.subscription.review() or listener.subscription.incompatible == 0)


def test_what_auto_follows_is_not_incompatible(listen, publish, wait):
    listener = listen("auto")
    publish(BEST_EFFORT)
    wait(lambda: listener.asks_for(BEST_EFFORT))
    assert listener.subscription.incompatible == 0


def test_publishers_of_another_type_are_told_apart(listen, publish, stranger, wait):
    listener = listen()
    stranger.create_publisher(Int32, TOPIC, QoSProfile(depth=5, reliability=BEST_EFFORT))
    wait(lambda: listener.subscription.review() or listener.subscription.other_types)
    assert listener.subscription.other_types == ("std_msgs/msg/Int32",)
    assert listener.subscription.publishers == 0
    publish(RELIABLE)
    wait(lambda: listener.subscription.review() or listener.subscription.publishers == 1)
    assert listener.asks_for(RELIABLE)  # what the other offers does not count


def test_an_exception_costs_one_message_and_is_counted(listen, publish, wait, caplog):
    listener = listen()
    publisher = publish(RELIABLE)
    wait(publisher.get_subscription_count)
    with caplog.at_level(logging.WARNING, "vmloc_ros"):
        for text in ("bad", "poor", "good"):
            publisher.publish(String(data=text))
        wait(lambda: listener.heard == ["good"])
    assert listener.subscription.crashed == 1
    # The second one follows within a second of the first and is not logged.
    assert "/robot/camera/image: message skipped: ValueError: a fault of ours" in caplog.text
    assert "not an image" not in caplog.text
    assert listener.subscription.arrivals.silent_s(time.monotonic()) < 15.0


def test_an_unusable_message_is_reported_without_a_traceback(listen, publish, wait, caplog):
    listener = listen()
    publisher = publish(RELIABLE)
    wait(publisher.get_subscription_count)
    with caplog.at_level(logging.WARNING, "vmloc_ros"):
        publisher.publish(String(data="poor"))
        wait(lambda: "/robot/camera/image: message skipped: not an image" in caplog.text)
    assert "Traceback" not in caplog.text
    assert listener.subscription.crashed == 0


def test_messages_that_the_transport_loses_are_counted(listen, large_best_effort, wait):
    listener = listen("best_effort")
    wait(lambda: listener.subscription.lost > 0)


def test_a_transport_that_cannot_count_lost_messages_is_used_all_the_same(
    listen, publish, wait, monkeypatch
):
    create = SubscriptionEventCallbacks.create_event_handlers

    def create_without_lost(self, *arguments):
        if self.message_lost is not None:
            raise UnsupportedEventTypeError("not this transport")
        return create(self, *arguments)

    monkeypatch.setattr(SubscriptionEventCallbacks, "create_event_handlers", create_without_lost)
    listener = listen()
    publisher = publish(RELIABLE)
    wait(publisher.get_subscription_count)
    publisher.publish(String(data="hello"))
    wait(lambda: listener.heard == ["hello"])


def test_qos_overrides_win_over_the_parameter(listen, publish, wait):
    prefix = f"qos_overrides.{TOPIC}.subscription"
    listener = listen("auto", f"{prefix}.reliability:=best_effort", f"{prefix}.depth:=2")
    publish(RELIABLE)
    listener.subscription.review()
    wait(lambda: listener.asks_for(BEST_EFFORT))
    depth = listener.node.get_parameter(f"{prefix}.depth").value
    assert depth == 2


def test_an_unknown_override_is_refused(listen):
    with pytest.raises(ConfigError, match="'fast' is none of auto, reliable, best_effort"):
        listen("auto", f"qos_overrides.{TOPIC}.subscription.reliability:=fast")


def test_after_close_nothing_is_received(listen, publish, wait):
    listener = listen()
    publisher = publish(RELIABLE)
    wait(publisher.get_subscription_count)
    listener.subscription.close()
    listener.subscription.review()
    wait(lambda: publisher.get_subscription_count() == 0)
