"""A node that localises with a lidar: beside a camera, and alone."""

import time
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")
pytest.importorskip("rosbags", reason="rosbags is not installed")

from cloud_driver import CLOUDS_HZ
from node_peer import stamp_of
from sensor_msgs.msg import Image, PointCloud2
from tiny_clouds import cloud, lidar_points
from tiny_drive import TinyDrive
from tiny_images import rgb_pixels
from tiny_model import INPUT

from training.evaluate import evaluate
from training.recordings.bag import BagRecording
from training.recordings.bag_writer import write_bag
from training.trajectory import read_tum
from vmloc_ros.frame import Frame
from vmloc_ros.localizer import Localizer
from vmloc_ros.pose import Pose
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.ros.profiles import VARIABLE, large_messages_profile

BUSY_S = 20.0
"""What it may add to half a minute's work."""
SMALL, LARGE = (0.1,) * 6, (0.4,) * 6
RATE_HZ = 10.0
SWEEPS = 35
"""Of the bag that is played twice; there are three images to each."""
START_S = 120.0
"""A node on a machine that does much else."""
OK, WARN = 0, 1


@pytest.fixture(scope="module")
def fused_bundle(make_bundle):
    """A bundle of camera and lidar that knows less with one of them than with both."""
    sigma = {"rgb+lidar": SMALL, "rgb": LARGE, "lidar": LARGE}
    here = [Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))]
    return make_bundle(
        modalities=("rgb", "lidar"), calibration={"sigma": sigma}, training_poses=here
    )


@pytest.fixture(scope="module")
def lidar_bundle(make_bundle):
    return make_bundle(modalities=("lidar",))


class Robot:
    """A camera and a lidar of which each can be switched off, and what is heard of the node."""

    def __init__(self, peer):
        self.peer = peer
        self.sensors = ("rgb", "lidar")
        self._numbers = count()
        self.lidar = peer.node.create_publisher(PointCloud2, "lidar/points", 10)

    def send(self):
        """Send an image and, 10 ms before it, a sweep, those of the same number."""
        number, at_ns = next(self._numbers), time.time_ns()
        if "lidar" in self.sensors:
            self.lidar.publish(cloud(lidar_points(number), at_ns - 10_000_000))
        if "rgb" in self.sensors:
            self.peer.send_pixels(at_ns, rgb=rgb_pixels(number))


@pytest.fixture
def robot(peer):
    return Robot(peer)


def numbers(poses):
    return np.array([[*pose.position, *pose.quat_xyzw] for pose in poses])


def published(message):
    p, q = message.pose.position, message.pose.orientation
    return [p.x, p.y, p.z, q.x, q.y, q.z, q.w]


def sigmas(message):
    return np.sqrt(np.diag(np.reshape(message.pose.covariance, (6, 6))))


def test_without_the_lidar_poses_go_on_with_a_larger_covariance_until_it_is_back(
    robot, health, start_node, wait, repeat, fused_bundle
):
    start_node(bundle=fused_bundle)
    with repeat(robot.send, RATE_HZ):
        wait(lambda: health.values("localization").get("fusion_mode") == "rgb+lidar", START_S)
        wait(lambda: health.level("localization") == OK)
        assert health.values("sync")["sweep_gap_p95_s"] == "0.010"
        np.testing.assert_allclose(sigmas(robot.peer.covariances[-1]), SMALL)

        robot.sensors = ("rgb",)
        wait(lambda: health.values("localization")["fusion_mode"] == "rgb")
        assert "degraded" in health.causes("localization")
        assert health.level("localization") == WARN
        assert "lidar (no message on /lidar/points for " in health.said("localization")
        np.testing.assert_allclose(sigmas(robot.peer.covariances[-1]), LARGE)

        robot.sensors = ("rgb", "lidar")
        wait(lambda: health.values("localization")["fusion_mode"] == "rgb+lidar")
        wait(lambda: "degraded" not in health.causes("localization"))
        np.testing.assert_allclose(sigmas(robot.peer.covariances[-1]), SMALL)


def test_the_lidar_alone_gives_poses_of_the_frame_in_the_bundle(
    robot, start_node, wait, lidar_bundle
):
    node = start_node(bundle=lidar_bundle)
    wait(lambda: robot.lidar.get_subscription_count() == 1, START_S)
    wait(robot.peer.pose_subscription.get_publisher_count)
    localizer, sent = Localizer.load(lidar_bundle, "cpu"), {}

    def send_until_answered():
        seed = len(sent)
        at_ns = time.time_ns()
        sent[at_ns] = Frame(at_ns, "lidar", points=lidar_points(seed))
        robot.lidar.publish(cloud(sent[at_ns].points, at_ns))
        time.sleep(0.05)
        return len(robot.peer.poses) >= 5

    wait(send_until_answered, START_S)
    for message in list(robot.peer.poses):
        estimate = localizer.localize(sent[stamp_of(message)])
        np.testing.assert_allclose(
            published(message), numbers([estimate.T_map_camera])[0], atol=1e-5
        )
    assert "Traceback" not in node.log


@pytest.fixture(scope="module")
def drive_bag(tmp_path_factory):
    """A few seconds of a camera at 30 Hz and a lidar at 10 Hz."""
    bag = tmp_path_factory.mktemp("drive") / "bag"
    write_bag(TinyDrive(SWEEPS), bag)
    return bag


@pytest.fixture(scope="module")
def expected(drive_bag, fused_bundle):
    """The pose of each pair of the bag, by stamp."""
    localizer = Localizer.load(fused_bundle, "cpu")
    recording = BagRecording(drive_bag, modalities=("rgb", "lidar"))
    frames = recording.unlabelled_frames()
    return {frame.stamp_ns: localizer.localize(frame).T_map_camera for frame in frames}


def passes(poses):
    """The stamps of each pass of a bag that has ended."""
    stamps = [stamp_of(message) for message in list(poses)]
    begins = [i for i, (a, b) in enumerate(pairwise(stamps), start=1) if b < a]
    return [stamps[a:b] for a, b in pairwise([0, *begins])]


def check_poses(poses, expected):
    """An image with the sweep of another would give another pose: all of them are noise."""
    assert {stamp_of(message) for message in poses} <= expected.keys()
    for message in poses:
        of_pair = numbers([expected[stamp_of(message)]])[0]
        np.testing.assert_allclose(published(message), of_pair, atol=1e-5)


def test_lossless_gives_every_pair_the_pose_that_vmloc_evaluate_gives(
    start, start_node, fused_bundle, tmp_path
):
    bag, record = tmp_path / "bag", tmp_path / "poses.tum"
    write_bag(TinyDrive(20), bag)
    start_node(bundle=fused_bundle)
    player = start("player", bag, "--lossless", "--start-timeout", START_S, "--record", record)
    assert player.wait(120.0) == 0
    evaluate(fused_bundle, bag, tmp_path / "offline", device="cpu")
    online, offline = read_tum(record), read_tum(tmp_path / "offline" / "trajectory.tum")
    assert list(online.stamps_ns) == list(offline.stamps_ns)
    assert len(online.poses) == 17  # the first three sweeps tell the rate
    np.testing.assert_allclose(numbers(online.poses), numbers(offline.poses), atol=1e-5)
    assert np.ptp(numbers(offline.poses)[:, 0]) > 1e-3  # not one pose for all


def test_a_bag_that_is_played_twice_without_a_pause_gives_as_many_poses_in_each_pass(
    peer, health, start, start_node, wait, drive_bag, fused_bundle, expected
):
    start_node(bundle=fused_bundle, use_sim_time="true")
    wait(peer.pose_subscription.get_publisher_count, START_S)
    # Each pair is waited for: what a busy machine has no time for would be missing from a pass.
    start("player", drive_bag, "--loop", "--lossless", "--start-timeout", START_S)

    wait(lambda: len(passes(peer.poses)) >= 2, START_S)
    first, second = passes(peer.poses)[:2]
    assert len(first) == pytest.approx(len(expected), rel=0.02)
    assert len(second) == pytest.approx(len(first), rel=0.02)
    # Two images of three have no sweep, and none of that is a fault.
    found = {*health.causes("input"), *health.causes("sync")}
    assert not found & {"too_seldom", "unmatched", "wide_gaps", "no_overlap", "out_of_order"}
    check_poses(list(peer.poses), expected)


def test_a_bag_that_is_played_twice_in_real_time_loses_no_pair_in_either_pass(
    peer, make_active_node, start, wait, drive_bag, fused_bundle, expected
):
    node, seen = make_active_node(bundle=fused_bundle, use_sim_time="true"), []
    wait(peer.pose_subscription.get_publisher_count)
    start("player", drive_bag, "--loop", "--start-timeout", START_S)

    def is_third_pass():
        seen.append(node.snapshot())
        return seen[-1].pairing.resets == 2 and len(passes(peer.poses)) >= 2

    wait(is_third_pass, START_S)
    twice = [one for one in seen if one.pairing.resets == 1][-1]
    first, second = (len(stamps) for stamps in passes(peer.poses)[:2])
    assert 1 < first <= len(expected) and 1 < second <= len(expected)
    # On a machine that keeps up none is left out, and both passes have all of them.
    assert first + second + never_served(twice) >= 2 * len(expected) - 1
    check_poses(list(peer.poses), expected)
    assert twice.worker.rejected == twice.worker.crashed == 0


def never_served(twice):
    """What a busy machine had no time for: pairs that gave way, messages that never came."""
    sent = {"rgb": 6 * SWEEPS - 2, "lidar": 2 * SWEEPS}  # the last two images have no sweep
    absent = {name: max(0, count - twice.streams[name].received) for name, count in sent.items()}
    return twice.worker.dropped + sum(absent.values())


def test_the_picture_of_a_sweep_is_published_while_somebody_looks(
    robot, make_active_node, wait, repeat, fused_bundle
):
    node, pictures = make_active_node(bundle=fused_bundle), []
    wait(lambda: robot.peer.node.count_publishers("/vmloc/debug/lidar_image") == 1)
    with repeat(robot.send, RATE_HZ):
        wait(lambda: len(robot.peer.poses) > 2)
        listen = robot.peer.node.create_subscription
        listen(Image, "vmloc/debug/lidar_image", pictures.append, 10)
        wait(lambda: len(pictures) > 2)
        wait(lambda: stamp_of(pictures[2]) in robot.peer.stamps_ns())
    (first, *_), config = pictures, INPUT.lidar
    assert (first.height, first.width, first.encoding) == (config.rows, config.columns, "32FC1")
    assert (first.header.frame_id, first.is_bigendian) == ("lidar", 0)
    shown = np.frombuffer(first.data, "<f4").reshape(config.rows, config.columns)
    project = Preprocessor(INPUT, ("lidar",)).reduce
    candidates = [
        project(Frame(1, "lidar", points=lidar_points(number)))["lidar"][..., 0]
        for number in range(400)
    ]
    assert any(np.array_equal(shown, picture) for picture in candidates)
    assert (shown == 0.0).any() and shown.max() > 20.0
    assert node.snapshot().worker.crashed == 0


def received(health):
    return int(health.values("input").get("lidar.received", 0))


def test_clouds_of_megabytes_arrive_with_the_profile_that_is_shipped(
    ros, health, start, start_node, wait, lidar_bundle, monkeypatch
):
    monkeypatch.setenv(VARIABLE, str(large_messages_profile()))
    start_node(bundle=lidar_bundle)
    wait(lambda: health.values("model").get("state") == "active", START_S)
    start(Path(__file__).with_name("cloud_driver.py"))
    wait(lambda: received(health) > 0, START_S)
    first, began_s = received(health), time.monotonic()
    wait(lambda: received(health) >= first + 30, START_S)
    # With the stock transports one in twenty arrives: these would take two minutes.
    assert time.monotonic() - began_s < 30 / CLOUDS_HZ + BUSY_S
    assert int(health.values("localization")["published"]) > 0
