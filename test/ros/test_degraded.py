"""A sensor that falls silent and comes back while the other goes on."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from node_process import node_arguments

START_S = 120.0
RATE_HZ = 20.0
TIMEOUT_S = 0.5
BUSY_S = 8.0
"""What a machine that does something else meanwhile, and the next look of the node, may add."""
SMALL, LARGE = (0.1,) * 6, (0.4,) * 6
OK, WARN, ERROR = 0, 1, 2
DOOMED = "/doomed/image"
"""No topic of other tests: DDS believes in the publishers of a killed process for a while."""


@pytest.fixture(scope="module")
def uncertain_bundle(make_bundle):
    """A bundle that knows less with one sensor than with both."""
    return make_bundle(calibration={"sigma": {"rgb+depth": SMALL, "rgb": LARGE, "depth": LARGE}})


class Cameras:
    """Two cameras that can be switched off."""

    def __init__(self, peer):
        self.streams = ("rgb", "depth")
        self._peer = peer

    def send(self):
        self._peer.send_now(streams=self.streams)


@pytest.fixture
def cameras(peer, repeat):
    cameras = Cameras(peer)
    with repeat(cameras.send, RATE_HZ):
        yield cameras


@contextmanager
def within(time_s):
    began_s = time.monotonic()
    yield
    assert time.monotonic() - began_s < time_s


def sigmas(message):
    return np.sqrt(np.diag(np.reshape(message.pose.covariance, (6, 6))))


def test_without_depth_poses_go_on_with_a_larger_covariance_until_it_is_back(
    peer, health, make_active_node, cameras, wait, uncertain_bundle
):
    make_active_node(bundle=uncertain_bundle, modality_timeout_s=TIMEOUT_S)
    wait(lambda: health.values("localization").get("fusion_mode") == "rgb+depth")
    wait(lambda: health.level("localization") == OK)
    np.testing.assert_allclose(sigmas(peer.covariances[-1]), SMALL)

    cameras.streams = ("rgb",)
    with within(TIMEOUT_S + BUSY_S):
        wait(lambda: health.values("localization")["fusion_mode"] == "rgb")
    assert "degraded" in health.causes("localization")
    assert health.level("localization") == WARN
    assert "depth (no message on /depth/image for " in health.said("localization")
    np.testing.assert_allclose(sigmas(peer.covariances[-1]), LARGE)
    so_far = len(peer.poses)
    wait(lambda: len(peer.poses) > so_far + 5)
    assert "lost" not in health.causes("localization")

    cameras.streams = ("rgb", "depth")
    with within(TIMEOUT_S + BUSY_S):
        wait(lambda: health.values("localization")["fusion_mode"] == "rgb+depth")
    wait(lambda: "degraded" not in health.causes("localization"))
    np.testing.assert_allclose(sigmas(peer.covariances[-1]), SMALL)


def test_without_colour_the_depth_gives_the_stamps(
    peer, make_active_node, cameras, wait, uncertain_bundle
):
    node = make_active_node(bundle=uncertain_bundle, modality_timeout_s=TIMEOUT_S)
    wait(lambda: peer.poses)
    cameras.streams = ("depth",)
    wait(lambda: node.snapshot().localization.present == ("depth",))
    so_far = len(peer.poses)
    wait(lambda: len(peer.poses) > so_far + 2)
    np.testing.assert_allclose(sigmas(peer.covariances[-1]), LARGE)


def test_where_all_sensors_are_needed_there_are_no_poses_without_one(
    peer, health, make_active_node, cameras, wait, uncertain_bundle
):
    make_active_node(
        bundle=uncertain_bundle, modality_timeout_s=TIMEOUT_S, on_missing_modality="stop"
    )
    wait(lambda: peer.poses)
    silent_from_s = time.time()
    cameras.streams = ("rgb",)
    with within(TIMEOUT_S + BUSY_S):
        wait(lambda: "sensor_needed" in health.causes("localization"))
    wait(lambda: "lost" in health.causes("localization"))
    # By their stamps: one of the last pairs may still have been under way.
    assert peer.poses[-1].header.stamp.sec + peer.poses[-1].header.stamp.nanosec * 1e-9 < (
        silent_from_s + TIMEOUT_S
    )
    assert health.level("localization") == ERROR
    so_far = len(peer.poses)

    cameras.streams = ("rgb", "depth")
    wait(lambda: len(peer.poses) > so_far)
    wait(lambda: health.level("localization") == OK)


def test_the_timeout_changes_while_the_node_works(
    peer, health, make_active_node, cameras, wait, uncertain_bundle
):
    node = make_active_node(bundle=uncertain_bundle, modality_timeout_s=60.0)
    wait(lambda: peer.poses)
    cameras.streams = ("rgb",)
    wait(lambda: "publisher_silent" in health.causes("input"))
    assert node.snapshot().localization.present == ("rgb", "depth")
    assert peer.set_parameter("modality_timeout_s", 0.2).successful
    wait(lambda: node.snapshot().localization.present == ("rgb",))


DEPTH_DRIVER = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image
from tiny_images import depth_pixels, image

rclpy.init(args=[])
publisher = Node("driver").create_publisher(Image, {DOOMED!r}, 10)
while True:
    publisher.publish(image(depth_pixels(0), "16UC1", time.time_ns()))
    time.sleep({1.0 / RATE_HZ})
"""


@contextmanager
def depth_driver():
    """A driver in a process of its own, which gets no chance to say goodbye."""
    driver = subprocess.Popen([sys.executable, "-c", DEPTH_DRIVER], env=dict(os.environ))
    try:
        yield
    finally:
        driver.kill()
        driver.wait()


def test_a_driver_that_is_killed_costs_its_own_sensor_alone(
    peer, health, start, repeat, wait, uncertain_bundle
):
    # Two free-running cameras: the stamps are up to half a period apart.
    parameters = {"modality_timeout_s": TIMEOUT_S, "sync_slop_s": 0.5 / RATE_HZ + 0.01}
    given = node_arguments(uncertain_bundle, parameters)
    start("localizer_program", *given, "-r", f"depth/image:={DOOMED}")
    with repeat(lambda: peer.send_now(streams=("rgb",)), RATE_HZ):
        for _ in range(2):  # it is started again
            with depth_driver():
                wait(
                    lambda: health.values("localization").get("fusion_mode") == "rgb+depth", START_S
                )
            with within(TIMEOUT_S + BUSY_S):
                wait(lambda: health.values("localization")["fusion_mode"] == "rgb")
            np.testing.assert_allclose(sigmas(peer.covariances[-1]), LARGE)
            so_far = len(peer.poses)
            wait(lambda so_far=so_far: len(peer.poses) > so_far + 5)
            wait(lambda: "publisher_silent" in health.causes("input"))
            assert f"{DOOMED} has been silent for" in health.said("input")
