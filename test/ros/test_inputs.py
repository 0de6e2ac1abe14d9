import logging
import time
from contextlib import ExitStack
from itertools import count

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from vmloc_ros.config import NodeConfig
from vmloc_ros.ros.inputs import SensorInputs

ALL = (frozenset({"rgb"}), frozenset({"depth"}), frozenset({"rgb", "depth"}))
BOTH = ALL[-1:]
TIMEOUT_S = 0.3
PERIOD_MS = 33
START_MS = 1_000_000


class Robot:
    """A node with the inputs, and the cameras in a second one."""

    def __init__(self, subsets=ALL, remap=(), fails=(), **config):
        given = [word for rule in remap for word in ("-r", rule)]
        self.node = Node("vmloc", cli_args=["--ros-args", *given] if given else None)
        self.cameras = Node("cameras")
        self.sets = []
        self.fails = set(fails)
        config = NodeConfig(**({"modality_timeout_s": TIMEOUT_S} | config))
        self.inputs = SensorInputs(self.node, ["depth", "rgb"], config, subsets, self._take)
        self._publishers = {}
        self._numbers = count()

    def camera(self, stream, topic, message_type=Image):
        """Make the publisher of a stream."""
        self._publishers[stream] = (
            self.cameras.create_publisher(message_type, topic, 10),
            (message_type),
        )
        return self

    def is_matched(self):
        return all(one.get_subscription_count() for one, _ in self._publishers.values())

    def send(self, stream, at_ms):
        publisher, message_type = self._publishers[stream]
        message = message_type()
        stamp = message.header.stamp
        stamp.sec, stamp.nanosec = divmod(round(at_ms * 1e6), 10**9)
        publisher.publish(message)

    def send_next(self, *streams):
        """Send the next frame of some streams; return None, for use in a condition."""
        at_ms = START_MS + PERIOD_MS * next(self._numbers)
        for stream in streams:
            self.send(stream, at_ms)

    def kinds(self):
        """The modalities of each set so far."""
        return [set(sensors) for sensors, _ in self.sets]

    def received(self):
        streams, _ = self.inputs.health()
        return sum(stream.received for stream in streams.values())

    def _take(self, sensors, received_s):
        # Would wait for ever if a lock were held around this.
        _, pairing = self.inputs.health()
        self.sets.append((sensors, received_s))
        if pairing.matched in self.fails:
            raise ValueError("a fault of ours")


@pytest.fixture
def robot(ros, spin, wait):
    """Start a robot whose cameras are connected: robot(subsets, remap, **config)."""
    with ExitStack() as running:

        def start(*arguments, cameras=("rgb", "depth"), **more):
            robot = Robot(*arguments, **more)
            for name in cameras:
                robot.camera(name, {"rgb": "camera/image", "depth": "depth/image"}[name])
            running.callback(robot.cameras.destroy_node)
            running.callback(robot.node.destroy_node)
            running.enter_context(spin(robot.node, threads=2))
            running.callback(robot.inputs.close)
            wait(robot.is_matched)
            return robot

        yield start


def test_a_set_comes_with_the_time_at_which_it_was_complete(robot, wait):
    one = robot()
    one.send("rgb", 1000)
    wait(lambda: one.received() == 1)
    between_s = time.monotonic()
    one.send("depth", 1010)
    wait(lambda: one.sets)
    ((sensors, received_s),) = one.sets
    assert between_s <= received_s <= time.monotonic()
    assert sensors["rgb"].header.stamp.nanosec == 0
    assert sensors["depth"].header.stamp.nanosec == 10_000_000
    assert list(sensors) == ["rgb", "depth"]  # the image gives the stamp


def test_exact_pairs_only_equal_stamps(robot, wait):
    one = robot(sync="exact")
    for stream, at_ms in (("rgb", 1000), ("depth", 1001), ("rgb", 1033), ("depth", 1033)):
        one.send(stream, at_ms)
    wait(lambda: one.received() == 4)
    wait(lambda: one.kinds() == [{"rgb", "depth"}])
    _, pairing = one.inputs.health()
    assert (pairing.slop_s, pairing.matched, pairing.gap_p95_s) == (0.0, 1, 0.0)


def test_when_a_camera_stops_the_other_goes_on_and_when_it_returns_pairs_come_again(robot, wait):
    one = robot()
    wait(lambda: one.send_next("rgb", "depth") or len(one.sets) > 3)
    assert one.inputs.missing == {}

    stopped_s, pairs = time.monotonic(), len(one.sets)
    wait(lambda: one.send_next("rgb") or {"rgb"} in one.kinds())
    assert all(kind == {"rgb", "depth"} for kind in one.kinds()[:pairs])
    first_s = next(at_s for sensors, at_s in one.sets if set(sensors) == {"rgb"})
    assert first_s - stopped_s >= 0.5 * TIMEOUT_S
    assert list(one.inputs.missing) == ["depth"]
    assert one.inputs.missing["depth"].startswith("no message on /depth/image for ")
    streams, pairing = one.inputs.health()
    assert streams["depth"].missing and not streams["rgb"].missing
    assert streams["rgb"].partial >= 1 and streams["depth"].partial == 0
    assert pairing.obstacle == ""

    single = len(one.sets)
    wait(lambda: one.send_next("rgb", "depth") or {"rgb", "depth"} in one.kinds()[single:])
    assert one.inputs.missing == {}


def test_a_camera_that_never_came_is_missing_after_the_timeout(robot, wait):
    one = robot(cameras=["depth"])
    wait(lambda: one.send_next("depth") or one.sets)
    assert one.kinds()[0] == {"depth"}
    streams, _ = one.inputs.health()
    assert streams["rgb"].publishers == 0
    assert streams["rgb"].silent_s >= TIMEOUT_S


@pytest.mark.parametrize(
    ("choice", "obstacle"),
    [
        ({"on_missing_modality": "stop"}, "on_missing_modality is stop"),
        ({"subsets": BOTH}, "the bundle has no calibration for rgb alone"),
    ],
)
def test_where_there_is_no_going_on_nothing_comes_and_the_reason_is_known(
    robot, wait, choice, obstacle
):
    one = robot(**choice)
    wait(lambda: one.send_next("rgb") or one.inputs.missing)
    assert one.inputs.health()[1].obstacle == obstacle
    sent = one.received()
    wait(lambda: one.send_next("rgb") or one.received() > sent + 10)
    assert one.sets == []
    wait(lambda: one.send_next("rgb", "depth") or one.sets)
    assert one.kinds()[0] == {"rgb", "depth"}
    assert one.inputs.health()[1].obstacle == ""


def test_a_camera_without_stamps_is_missing_too_and_the_reason_says_so(robot, wait, caplog):
    one = robot()
    why = {"depth": "the messages on /depth/image carry no stamp"}
    with caplog.at_level(logging.WARNING, "vmloc_ros"):
        wait(lambda: one.send("depth", 0) or one.send_next("rgb") or one.inputs.missing == why)
        wait(lambda: one.send_next("rgb") or one.sets)
    assert one.kinds()[0] == {"rgb"}
    assert "the driver must set the acquisition time" in caplog.text
    streams, _ = one.inputs.health()
    assert streams["depth"].zero_stamp == streams["depth"].received


def test_the_timeout_can_be_changed_while_it_works(robot, wait):
    one = robot(modality_timeout_s=60.0)
    wait(lambda: one.send_next("rgb") or one.received() > 10)
    assert one.inputs.missing == {}
    one.inputs.update(NodeConfig(modality_timeout_s=0.05))
    wait(lambda: one.send_next("rgb") or one.sets)
    assert one.kinds()[0] == {"rgb"}


def test_an_exception_in_the_callback_costs_one_set_and_is_counted(robot, wait):
    one = robot(fails={1})
    for number in (1, 2):
        one.send("rgb", 1000 * number)
        one.send("depth", 1000 * number)
        wait(lambda number=number: len(one.sets) == number)
    streams, pairing = one.inputs.health()
    assert pairing.matched == 2
    assert streams["rgb"].crashed + streams["depth"].crashed == 1


def test_a_second_pass_over_a_bag_gives_as_many_pairs_as_the_first(robot, wait):
    one = robot(modality_timeout_s=60.0)  # a machine that stalls must not change the result
    for passes in (1, 2):
        for tenth in range(50):  # 30 Hz and 10 Hz
            start_ms = START_MS + 100 * tenth
            one.send("depth", start_ms + 4)
            for image in range(3):
                one.send("rgb", start_ms + 33 * image)
            sent = 4 * (50 * (passes - 1) + tenth + 1)
            wait(lambda sent=sent: one.received() == sent)
        assert len(one.sets) == 50 * passes
    assert one.inputs.health()[1].resets == 1


def test_a_short_bag_pairs_again_once_the_clock_was_set_back(robot, wait):
    one = robot()
    for passes in (1, 2):
        for number in range(5):
            one.send("rgb", 1000 + 33 * number)
            one.send("depth", 1000 + 33 * number)
            expected = 5 * (passes - 1) + number + 1
            wait(lambda expected=expected: len(one.sets) == expected)
        one.inputs.reset(1000 * 10**6)
    assert one.inputs.health()[1].resets == 2


def test_health_tells_what_arrives_and_how_far_apart_the_stamps_are(robot, wait):
    one = robot()
    for number in range(3):
        one.send("rgb", 1000 + 500 * number)
        one.send("depth", 1200 + 500 * number)
        wait(lambda number=number: one.received() == 2 * (number + 1))
    one.inputs.review()
    streams, pairing = one.inputs.health()
    assert one.sets == [] and pairing.matched == 0
    assert pairing.nearest_gap_s == pytest.approx(0.2)
    assert pairing.gap_p95_s is None
    assert pairing.slop_s == 0.015
    assert list(streams) == ["rgb", "depth"]
    rgb = streams["rgb"]
    assert (rgb.topic, rgb.message_type) == ("/camera/image", "sensor_msgs/msg/Image")
    assert (rgb.publishers, rgb.other_types, rgb.incompatible) == (1, (), 0)
    assert (rgb.received, rgb.unmatched, rgb.lost, rgb.crashed) == (3, 0, 0, 0)
    assert rgb.rate_hz > 0.1


@pytest.mark.parametrize(
    ("remap", "rgb", "depth"),
    [
        ([], "/camera/image/compressed", "/depth/image/compressedDepth"),
        (
            ["camera/image:=/front/image", "depth/image:=/front/depth"],
            "/front/image/compressed",
            "/front/depth/compressedDepth",
        ),
        (
            ["camera/image/compressed:=/jpeg", "depth/image/compressedDepth:=/rvl"],
            "/jpeg",
            "/rvl",
        ),
    ],
)
def test_compressed_images_are_read_beside_the_name_of_the_raw_topic(
    robot, wait, remap, rgb, depth
):
    one = robot(
        remap=remap, cameras=[], image_transport="compressed", depth_transport="compressedDepth"
    )
    one.camera("rgb", rgb, CompressedImage).camera("depth", depth, CompressedImage)
    wait(one.is_matched)
    one.send_next("rgb", "depth")
    wait(lambda: one.sets)
    streams, _ = one.inputs.health()
    assert (streams["rgb"].topic, streams["depth"].topic) == (rgb, depth)
    assert streams["depth"].message_type == "sensor_msgs/msg/CompressedImage"


def test_after_close_nothing_is_received(robot, wait):
    one = robot()
    one.inputs.close()
    wait(lambda: not one.is_matched())
    one.inputs.review()
    assert not one.is_matched()
