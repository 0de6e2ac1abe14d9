"""Images of noise and their messages."""

from array import array

import numpy as np

HEIGHT, WIDTH = 48, 64
FIRST_NS = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000


def stamped(message: object, stamp_ns: int, frame_id: str = "camera_optical_frame") -> object:
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
    message.header.frame_id = frame_id
    return message


def image(pixels: np.ndarray, encoding: str, stamp_ns: int) -> object:
    """Return sensor_msgs/Image; an ndarray assigned to `data` would take a hundred times longer."""
    from sensor_msgs.msg import Image

    data = array("B")
    data.frombytes(memoryview(np.ascontiguousarray(pixels)).cast("B"))
    height, width = pixels.shape[:2]
    message = Image(height=height, width=width, encoding=encoding, step=len(data) // height)
    message.data = data
    return stamped(message, stamp_ns)


def rgb_pixels(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)


def depth_pixels(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(500, 5000, (HEIGHT, WIDTH), np.uint16)
