"""A model whose depth is made of a lidar's points, in the raw pictures of a lens."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")
pytest.importorskip("rosbags", reason="rosbags is not installed")

from node_peer import stamp_of
from sensor_msgs.msg import Image
from tiny_clouds import lidar_points
from tiny_images import FIRST_NS, PERIOD_NS, rgb_pixels
from tiny_model import INPUT

from training.cache import build_cache
from training.recordings.bag import BagRecording
from training.recordings.bag_writer import write_bag
from training.recordings.recording import LabelledFrame
from vmloc_ros.distortion import Distortion
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose
from vmloc_ros.preprocessing import Preprocessor

FRAMES = 8
START_S = 120.0
"""A node on a machine that does much else."""
MODALITIES = ("rgb", "depth")
FROM_LIDAR = INPUT.model_copy(update={"depth_source": "lidar"})
PINHOLE = Camera(64, 48, 50.0, 50.0, 32.0, 24.0)
CAMERA = replace(PINHOLE, distortion=Distortion(k1=-0.3))
FORWARD = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
NEAREST = [2.0, 1.2, 0.0, 1.0]
"""2 m ahead and 1.2 m to the left, x = -0.6: a pinhole shows it in column 32 - 50 · 0.6 = 2, the
lens in 32 - 50 · 0.6 · (1 - 0.3 · 0.36) = 5.24. All else is 3 m away."""


class Drive:
    """A recording of pictures and sweeps."""

    path = Path("drive")
    splits = ()

    def count(self, split="all"):
        return FRAMES

    def frames(self, split="all"):
        for number in range(FRAMES):
            points = np.array([NEAREST, *lidar_points(number)], np.float32)
            frame = Frame(
                FIRST_NS + number * PERIOD_NS,
                "camera_optical_frame",
                rgb=rgb_pixels(number),
                points=points,
                camera=CAMERA,
                T_camera_lidar=FORWARD,
            )
            here = Pose(np.array([number, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
            yield LabelledFrame(str(number), "seq-01", frame, here)


@pytest.fixture
def bag(tmp_path):
    write_bag(Drive(), tmp_path / "bag")
    return tmp_path / "bag"


def test_the_lens_of_the_training_is_that_of_the_robot(
    bag, peer, make_bundle, make_active_node, start, wait, tmp_path
):
    recording = BagRecording(bag, modalities=("rgb", "lidar"))
    cache = build_cache(recording, "all", FROM_LIDAR, MODALITIES, tmp_path / "cache")
    assert cache.rig.camera == CAMERA
    prepare, frames = Preprocessor(FROM_LIDAR, MODALITIES), recording.unlabelled_frames()
    expected = {frame.stamp_ns: prepare.reduce(frame)["depth"] * 1e-3 for frame in frames}

    bundle = make_bundle(modalities=MODALITIES, preprocessing=FROM_LIDAR, rig=cache.rig)
    make_active_node(bundle=bundle, use_sim_time="true")
    shown = []
    peer.node.create_subscription(Image, "vmloc/debug/lidar_image", shown.append, 10)
    wait(lambda: peer.node.count_publishers("/vmloc/debug/lidar_image") == 1)
    player = start("player", bag, "--lossless", "--start-timeout", START_S)
    assert player.wait(START_S) == 0
    wait(lambda: shown)
    for message in list(shown):
        depth_m = np.frombuffer(message.data, "<f4").reshape(message.height, message.width)
        assert depth_m[24, 5] == 2.0
        assert (depth_m == 2.0).sum() == 1
        np.testing.assert_array_equal(depth_m, expected[stamp_of(message)].astype(np.float32))
