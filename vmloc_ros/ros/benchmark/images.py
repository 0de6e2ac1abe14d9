"""The images that a benchmark sends: random ones, or those of a bag."""

from array import array
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Image

from vmloc_ros.errors import RecordingError

COUNT = 10
"""Sets that are sent in turn: enough that none is still in a cache when it comes again."""
TYPE = "sensor_msgs/msg/Image"
CAMERA_FRAME = "camera_optical_frame"

ImageSet = Mapping[str, Image]
"""One raw image of each modality."""


def random_images(modalities: Collection[str], width: int, height: int) -> list[ImageSet]:
    """Return sets of noise, the same every time: rgb8, and 16UC1 in millimetres."""
    rng = np.random.default_rng(0)
    sets: list[ImageSet] = []
    for _ in range(COUNT):
        rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
        depth_mm = rng.integers(500, 5000, (height, width), np.uint16)
        images = {"rgb": image_message(rgb, "rgb8"), "depth": image_message(depth_mm, "16UC1")}
        sets.append({name: images[name] for name in modalities})
    return sets


def bag_images(path: Path, modalities: Collection[str]) -> list[ImageSet]:
    """Return the first raw images of a bag, of each modality from one topic.

    Raises:
        RecordingError: it cannot be read, or has no such images.
    """
    from vmloc_ros.ros.player import Bag  # needs rosbags

    bag = Bag(path)
    topics = {name: _topic(bag.types, name, path) for name in modalities}
    found: dict[str, list[Image]] = {topic: [] for topic in topics.values()}
    for message in bag.messages():
        images = found.get(message.topic)
        if images is not None and len(images) < COUNT:
            images.append(deserialize_message(message.serialized, Image))
        elif all(len(images) == COUNT for images in found.values()):
            break
    count = min(map(len, found.values()))
    if count == 0:
        raise RecordingError(f"{path}: holds no images on {', '.join(found)}")
    return [{name: found[topic][n] for name, topic in topics.items()} for n in range(count)]


def image_message(pixels: NDArray[Any], encoding: str) -> Image:
    """Return an image without a stamp; an ndarray assigned to `data` takes a hundred times longer.

    Args:
        pixels: (H, W) or (H, W, C).
        encoding: as in sensor_msgs/image_encodings.hpp.
    """
    data = array("B")
    data.frombytes(np.ascontiguousarray(pixels).tobytes())
    height, width = pixels.shape[:2]
    message = Image(height=height, width=width, encoding=encoding, step=len(data) // height)
    message.header.frame_id = CAMERA_FRAME
    message.data = data
    return message


def _topic(types: Mapping[str, str], modality: str, path: Path) -> str:
    """Return the first topic with raw images of a modality: what has "depth" in its name is one."""
    images = sorted(topic for topic, kind in types.items() if kind == TYPE)
    for topic in images:
        if ("depth" in topic.lower()) == (modality == "depth"):
            return topic
    found = ", ".join(images) or "none"
    raise RecordingError(f"{path}: no topic with raw {modality} images ({TYPE}; found: {found})")
