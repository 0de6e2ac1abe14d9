"""The node with a network that is not VMLoc: here one with a memory of past frames."""

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from tiny_images import FIRST_NS, PERIOD_NS, depth_pixels, rgb_pixels

from vmloc_ros.frame import Frame
from vmloc_ros.localizer import Localizer

FRAMES, LATER = 5, 300
VIDLOC = {"fusion": "stacked", "memory_frames": 3, "attention": False, "rotation": "quaternion"}


def offline(bundle):
    """The positions that the localizer gives to the frames of the peer, in order."""
    localizer = Localizer.load(bundle, "cpu")
    frames = (
        Frame(
            FIRST_NS + number * PERIOD_NS,
            "camera_optical_frame",
            rgb=rgb_pixels(number),
            depth_mm=depth_pixels(number),
        )
        for number in range(FRAMES)
    )
    return np.array([localizer.localize(frame).T_map_camera.position for frame in frames])


def position(message):
    at = message.pose.position
    return [at.x, at.y, at.z]


def test_a_memory_of_past_frames_lasts_until_time_jumps_back(
    peer, health, make_active_node, make_bundle, wait
):
    bundle = make_bundle(system=VIDLOC)
    expected = offline(bundle)
    make_active_node(bundle=str(bundle))
    wait(peer.is_matched)
    for first in (LATER, 0):
        for seed in range(FRAMES):
            stamp_ns = peer.send(first + seed, seed)
            wait(lambda stamp_ns=stamp_ns: stamp_ns in peer.stamps_ns())
    found = np.array([position(message) for message in peer.poses])
    np.testing.assert_allclose(found, np.concatenate([expected, expected]), atol=1e-5)
    assert np.abs(expected[1] - expected[0]).max() > 1e-3
    # Who does not fuse experts has no shares to report.
    wait(lambda: health.values("localization"))
    assert not [key for key in health.values("localization") if key.startswith("share.")]
