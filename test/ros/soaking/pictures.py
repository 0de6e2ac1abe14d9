"""`Picture`: a message that a camera may send, sound or not."""

from array import array

import numpy as np
from sensor_msgs.msg import Image

HEIGHT, WIDTH = 480, 640
VARIANTS = 4
FRAME = "camera_optical_frame"
SOUND = ("good", "small")
UNSOUND = ("encoding", "truncated", "oversized", "huge", "empty")
"""What no decoder can read."""


def make_pictures(stream, seed=0):
    """Return for each look of a stream's images the messages that have it, without stamps."""
    rng = np.random.default_rng(seed)
    good = [_picture(stream, _noise(stream, HEIGHT, WIDTH, rng)) for _ in range(VARIANTS)]
    pictures = {"good": good, "small": [_picture(stream, _noise(stream, 240, 320, rng))]}
    for look in UNSOUND:
        pictures[look] = [_spoil(look, _picture(stream, _noise(stream, HEIGHT, WIDTH, rng)))]
    return pictures


def _noise(stream, height, width, rng):
    if stream == "rgb":
        return rng.integers(0, 256, (height, width, 3), np.uint8)
    return rng.integers(500, 5000, (height, width), np.uint16)


def _picture(stream, pixels):
    """Return an image; an ndarray assigned to `data` would take a hundred times longer."""
    data = array("B")
    data.frombytes(pixels.tobytes())
    height, width = pixels.shape[:2]
    encoding = "rgb8" if stream == "rgb" else "16UC1"
    message = Image(height=height, width=width, encoding=encoding, step=len(data) // height)
    message.data = data
    message.header.frame_id = FRAME
    return message


def _spoil(look, message):
    if look == "encoding":
        message.encoding = "8SC3"
    elif look == "truncated":
        message.data = message.data[: len(message.data) // 3]
    elif look == "oversized":
        message.width, message.height = 2 * WIDTH, 2 * HEIGHT
    elif look == "huge":
        message.width = message.height = message.step = 2**32 - 1
    elif look == "empty":
        message.width = message.height = message.step = 0
        message.data = array("B")
    return message
