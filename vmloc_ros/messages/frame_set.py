"""Messages that were taken together → `Frame`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.messages.header import frame_id, stamp_ns
from vmloc_ros.messages.image import decode_depth_mm, decode_rgb
from vmloc_ros.messages.point_cloud import decode_points

STREAMS = ("rgb", "depth", "lidar")
"""The streams a frame is made of; the first one present gives stamp and frame name."""


def decode_frame(
    messages: Mapping[str, Any],
    camera: Camera | None = None,
    T_camera_lidar: NDArray[np.float64] | None = None,
) -> Frame:
    """Decode a set of messages, keyed by stream: "rgb", "depth", "lidar".

    Raises:
        MessageError: no messages, one that cannot be decoded, or a `camera` of another size than
            the image it belongs to (colour, else depth).
    """
    present = [stream for stream in STREAMS if stream in messages]
    if not present or len(present) != len(messages):
        raise MessageError(f"a frame is made of {STREAMS}, got {tuple(messages)}")
    reference = messages[present[0]]
    rgb = decode_rgb(messages["rgb"]) if "rgb" in messages else None
    depth_mm = decode_depth_mm(messages["depth"]) if "depth" in messages else None
    _check_size(camera, depth_mm if rgb is None else rgb)
    return Frame(
        stamp_ns=stamp_ns(reference),
        camera_frame=frame_id(reference),
        rgb=rgb,
        depth_mm=depth_mm,
        points=decode_points(messages["lidar"]) if "lidar" in messages else None,
        camera=camera,
        T_camera_lidar=T_camera_lidar,
    )


def _check_size(camera: Camera | None, image: NDArray[Any] | None) -> None:
    if camera is None or image is None:
        return
    height, width = image.shape[:2]
    if (camera.width, camera.height) != (width, height):
        raise MessageError(
            f"the image is {width}×{height}, but camera_info is of an image of "
            f"{camera.width}×{camera.height}; they must belong together"
        )
