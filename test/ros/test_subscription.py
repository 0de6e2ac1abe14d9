import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import String

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.qos import choose_reliability
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


class Listener:
    """A node with one sensor subscription; what it hears."""

    def __init__(self, reliability="auto", *overrides):
        given = [word for override in overrides for word in ("-p", override)]
        self.node = Node("listener", namespace="robot", cli_args=["--ros-args", *given])
        self.heard = []
        self.subscription = SensorSubscription(
            self.node,
            String,
            "camera/image",
            lambda message: self.heard.append(message.data),
            reliability,
            MutuallyExclusiveCallbackGroup(),
        )

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


def test_a_forced_reliability_stays_and_the_publisher_that_is_not_heard_is_counted(
    listen, publish, wait
):
    listener = listen("reliable")
    publish(BEST_EFFORT)
    wait(lambda: listener.subscription.incompatible == 1)
    listener.subscription.review()
    assert listener.asks_for(RELIABLE)
    assert listener.subscription.publishers == 1


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
