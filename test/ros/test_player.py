import json
import signal
import struct

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")
pytest.importorskip("rosbags", reason="rosbags is not installed")

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import Reader
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image

from training.recordings.bag import BagRecording
from vmloc_ros.errors import ConfigError, RecordingError
from vmloc_ros.localizer import Localizer
from vmloc_ros.ros.bag_publishers import BagPublishers
from vmloc_ros.ros.localizer_link import LocalizerLink, header_stamp_ns
from vmloc_ros.ros.player_options import parse_options
from vmloc_ros.ros.pose_recorder import PoseRecorder

FRAMES = 12
SENSORS = ("/camera/image", "/depth/image")


@pytest.fixture(scope="session")
def bag(make_bag):
    return make_bag(FRAMES)


def summary_of(process):
    return json.loads(process.log.splitlines()[-1])


def test_lossless_gives_every_pair_the_pose_that_the_offline_localizer_gives(
    start, start_node, bag, tiny_bundle, tmp_path
):
    start_node()
    record, figures = tmp_path / "out" / "poses.tum", tmp_path / "figures.json"
    player = start(
        "player", bag, "--lossless", "--record", record, "--summary", figures, "--rate", "0.01"
    )
    assert player.wait() == 0
    summary = summary_of(player)
    assert (summary["pairs"], summary["poses"], summary["timeouts"]) == (FRAMES, FRAMES, 0)
    assert 0.0 < summary["latency_ms"]["median"] <= summary["latency_ms"]["p95"]
    assert len(json.loads(figures.read_text())["latencies_ms"]) == FRAMES

    localizer = Localizer.load(tiny_bundle, "cpu")
    offline = [localizer.localize(frame) for frame in BagRecording(bag).unlabelled_frames()]
    lines = [line.split() for line in record.read_text().splitlines()]
    stamps_ns = [int(line[0].replace(".", "")) for line in lines]
    assert stamps_ns == [estimate.stamp_ns for estimate in offline]
    published = np.array([[float(word) for word in line[1:]] for line in lines])
    poses = [estimate.T_map_camera for estimate in offline]
    expected = np.array([[*pose.position, *pose.quat_xyzw] for pose in poses])
    np.testing.assert_allclose(published, expected, atol=1e-5)
    assert np.ptp(expected[:, 0]) > 1e-3  # not one pose for all


@pytest.fixture
def listener(ros, spin):
    """Hears what is played: raw messages by topic, and the clock."""
    node = Node("listener")
    node.heard = {topic: [] for topic in (*SENSORS, "/ground_truth/pose")}
    node.clock = []
    latched = QoSProfile(depth=100, durability=DurabilityPolicy.VOLATILE)
    for topic, heard in node.heard.items():
        kind = PoseStamped if topic.endswith("pose") else Image
        node.create_subscription(kind, topic, heard.append, latched, raw=True)
    node.create_subscription(
        Clock, "/clock", lambda m: node.clock.append(m.clock.sec * 10**9 + m.clock.nanosec), 100
    )
    with spin(node, threads=2):
        yield node
    node.destroy_node()


def test_the_bytes_of_the_bag_are_sent_as_they_are_with_a_steady_clock(start, listener, bag, wait):
    # Round after round until the listener, which the player does not wait for, has heard it all.
    player = start("player", bag, "--loop", "--rate", "2", "--start-timeout", "0")
    wait(lambda: all(len(heard) > 2 * FRAMES for heard in listener.heard.values()))
    assert player.stop(signal.SIGINT) == 0
    assert "Traceback" not in player.log
    assert summary_of(player)["poses"] == 0
    with Reader(bag) as reader:
        held = {topic: set() for topic in listener.heard}
        for connection, _, data in reader.messages():
            if connection.topic in held:
                held[connection.topic].add(bytes(data))
        first_ns, last_ns = reader.start_time, reader.end_time
    assert {topic: set(heard) for topic, heard in listener.heard.items()} == held
    ticks_ns = np.array(listener.clock)
    assert ticks_ns.min() >= first_ns - 1
    assert ticks_ns.max() < last_ns + 10**9
    steps_ns = np.diff(ticks_ns)
    # 50 Hz at twice the speed: 40 ms of the bag a tick, 10 Hz would be 200 ms.
    assert 20e6 < np.median(steps_ns[steps_ns > 0]) < 200e6


def test_a_localizer_that_does_not_answer_is_counted_and_the_exit_status_says_so(
    start, ros, spin, bag
):
    mute = Node("vmloc")
    mute.create_publisher(PoseStamped, "~/pose", 5)
    for topic in SENSORS:
        mute.create_subscription(Image, topic, lambda message: None, 5)
    with spin(mute, threads=2):
        player = start("player", bag, "--lossless", "--pair-timeout", "0.05")
        assert player.wait() == 1
    mute.destroy_node()
    summary = summary_of(player)
    assert (summary["pairs"], summary["poses"], summary["timeouts"]) == (FRAMES, 0, FRAMES)
    assert summary["latency_ms"] == {"median": None, "p95": None}


def test_a_localizer_that_does_not_come_is_one_line(start, bag):
    player = start("player", bag, "--lossless", "--start-timeout", "0.2")
    assert player.wait() == 2
    error = player.log.splitlines()[-1]
    assert error.startswith("error: nobody published on /vmloc/pose within 0.2 s: start the")


def test_a_localizer_that_listens_elsewhere_is_told_apart(ros, spin, wait):
    deaf, player = Node("vmloc"), Node("player")
    deaf.create_publisher(PoseStamped, "~/pose", 5)
    types = dict.fromkeys(SENSORS, "sensor_msgs/msg/Image")
    recorder = PoseRecorder(player, "vmloc/pose")
    link = LocalizerLink(player, types, BagPublishers(player, types), recorder)
    wait(recorder.is_matched)
    message = r"did not subscribe to the sensors of the bag \(/camera/image, /depth/image\)"
    with spin(deaf, player), pytest.raises(RecordingError, match=message):
        link.wait(0.2)
    deaf.destroy_node()
    player.destroy_node()


def test_a_message_type_that_is_not_installed_is_left_out_and_said(ros, caplog):
    player = Node("player")
    types = {"/tf_static": "nowhere_msgs/msg/TFMessage", "/image": "sensor_msgs/msg/Image"}
    publishers = BagPublishers(player, types)
    assert "/image" in publishers and "/tf_static" not in publishers
    assert "/tf_static is left out: nowhere_msgs/msg/TFMessage is not installed" in caplog.text
    player.destroy_node()


def test_a_bag_that_cannot_be_read_is_one_line(start, tmp_path):
    player = start("player", tmp_path / "missing")
    assert player.wait() == 2
    (error,) = [line for line in player.log.splitlines() if "error" in line]
    assert error.startswith(f"error: {tmp_path}/missing: cannot be read as a bag")


def test_topics_are_renamed_and_prefixed():
    options = parse_options(["b", "--remap", "/camera/image:=/rgb", "--topic-prefix", "/robot"])
    assert options.published("/camera/image") == "/robot/rgb"
    assert options.published("/depth/image") == "/robot/depth/image"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rate", "0"], "--rate must be positive, got 0"),
        (["--remap", "/a=/b"], "--remap needs OLD:=NEW, got '/a=/b'"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        parse_options(["bag", *arguments])


def test_the_stamp_of_a_serialised_message_is_read_in_either_byte_order():
    message = Image()
    message.header.stamp.sec, message.header.stamp.nanosec = 1_700_000_000, 123_456_789
    assert header_stamp_ns(serialize_message(message)) == 1_700_000_000_123_456_789
    big_endian = b"\x00\x00\x00\x00" + struct.pack(">iI", 5, 6)
    assert header_stamp_ns(big_endian) == 5_000_000_006
