"""Compressed images give the poses of raw ones, without image_transport."""

import struct
from array import array
from dataclasses import replace
from itertools import count

import cv2
import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.node import Node
from rvl_encoder import encode_rvl
from sensor_msgs.msg import CompressedImage
from tiny_images import stamped

from vmloc_ros.localizer import Localizer

COMPRESSED = {"image_transport": "compressed", "depth_transport": "compressedDepth"}
HEADER = struct.pack("<iff", 0, 0.0, 0.0)
"""Of compressedDepth: a format and two numbers, which 16UC1 has no use for."""
ROWS, COLUMNS = np.mgrid[0:48, 0:64]
GRADIENTS = np.stack([4 * COLUMNS, 5 * ROWS, 2 * (COLUMNS + ROWS)], axis=-1).astype(np.uint8)
JPEG_SHIFT_M, JPEG_SHIFT_DEG = 0.005, 0.5


def picture(extension, pixels, *settings):
    done, data = cv2.imencode(extension, pixels, settings)
    assert done
    return data.tobytes()


def png(rgb):
    return "rgb8; png compressed bgr8", picture(".png", rgb[..., ::-1])


def jpeg(rgb):
    quality = (cv2.IMWRITE_JPEG_QUALITY, 95)  # as image_transport's
    return "rgb8; jpeg compressed bgr8", picture(".jpg", rgb[..., ::-1], *quality)


def depth_png(depth_mm):
    return "16UC1; compressedDepth png", HEADER + picture(".png", depth_mm)


def depth_rvl(depth_mm):
    return "16UC1; compressedDepth rvl", HEADER + encode_rvl(depth_mm)


class Camera:
    """Publishes frames as image_transport would."""

    def __init__(self):
        self.node = Node("camera")
        topics = ("camera/image/compressed", "depth/image/compressedDepth")
        self._publishers = [
            self.node.create_publisher(CompressedImage, topic, 10) for topic in topics
        ]

    def is_heard(self):
        return all(publisher.get_subscription_count() for publisher in self._publishers)

    def send(self, frame, encode_rgb, encode_depth):
        encoded = encode_rgb(frame.rgb), encode_depth(frame.depth_mm)
        for publisher, (kind, data) in zip(self._publishers, encoded, strict=True):
            message = CompressedImage(format=kind, data=array("B", data))
            publisher.publish(stamped(message, frame.stamp_ns))


@pytest.fixture
def camera(ros):
    camera = Camera()
    yield camera
    camera.node.destroy_node()


def numbers(pose):
    p, q = pose.position, pose.orientation
    return [p.x, p.y, p.z, q.x, q.y, q.z, q.w]


def test_lossless_transports_give_the_poses_of_raw_images_and_jpeg_nearly(
    peer, camera, make_active_node, wait, tiny_bundle, frame_of
):
    make_active_node(**COMPRESSED)
    wait(camera.is_heard)
    wait(peer.pose_subscription.get_publisher_count)
    raw, numbers_sent = Localizer.load(tiny_bundle, "cpu"), count()

    def frame():
        return frame_of(next(numbers_sent))

    def has_begun():  # what is sent while the two ends are finding each other may be lost
        camera.send(frame(), png, depth_png)
        return peer.stamps_ns()

    wait(has_begun)

    def answer(frame, *encoders):
        """Return the numbers of the published pose and of the one for the raw images."""
        camera.send(frame, *encoders)
        wait(lambda: frame.stamp_ns in peer.stamps_ns())
        expected = raw.localize(frame).T_map_camera
        return numbers(peer.poses[-1].pose), [*expected.position, *expected.quat_xyzw]

    np.testing.assert_allclose(*answer(frame(), png, depth_png), rtol=0.0, atol=1e-6)
    np.testing.assert_allclose(*answer(frame(), png, depth_rvl), rtol=0.0, atol=1e-6)
    smooth = replace(frame(), rgb=GRADIENTS)  # JPEG is made for what is no noise
    lossy, exact = (np.array(pose) for pose in answer(smooth, jpeg, depth_rvl))
    assert 0.0 < np.linalg.norm(lossy[:3] - exact[:3]) < JPEG_SHIFT_M
    assert np.degrees(2 * np.arccos(min(1.0, lossy[3:] @ exact[3:]))) < JPEG_SHIFT_DEG
