"""Looks into one received message with the decoders of the node.

These are imported when they are needed: the doctor has to start where NumPy or OpenCV is broken.
"""

from typing import Any

from vmloc_ros.errors import MessageError
from vmloc_ros.ros.checkup.observation import Sample
from vmloc_ros.ros.checkup.requirements import CAMERA_INFO


def look_into(stream: str, message: Any) -> Sample:
    """Decode a message of a stream: rgb, depth, lidar or camera_info."""
    frame_id = str(message.header.frame_id)
    try:
        return _LOOKS[stream](message, frame_id)
    except MessageError as err:
        return Sample(frame_id=frame_id, size=_stated_size(message), problem=str(err))


def _look_at_colour(message: Any, frame_id: str) -> Sample:
    from vmloc_ros.messages import decode_rgb

    height, width, _ = decode_rgb(message).shape
    what = f"{width}×{height} {_encoding(message)}"
    return Sample(frame_id=frame_id, what=what, size=(width, height))


def _look_at_depth(message: Any, frame_id: str) -> Sample:
    import numpy as np

    from vmloc_ros.messages import decode_depth_mm

    depth_mm = decode_depth_mm(message)
    height, width = depth_mm.shape
    share = np.count_nonzero(depth_mm) / depth_mm.size
    return Sample(
        frame_id=frame_id,
        what=f"{width}×{height} {_encoding(message)}, depth in {share:.0%} of the pixels",
        size=(width, height),
        empty="" if share > 0.0 else "no pixel holds a depth",
    )


def _look_at_points(message: Any, frame_id: str) -> Sample:
    from vmloc_ros.messages import decode_points

    count = len(decode_points(message))
    return Sample(
        frame_id=frame_id,
        what=f"{count} points",
        empty="" if count else "the cloud has no point with finite coordinates",
    )


def _look_at_calibration(message: Any, frame_id: str) -> Sample:
    from vmloc_ros.messages import decode_camera

    camera = decode_camera(message)
    return Sample(
        frame_id=frame_id,
        what=f"{camera.width}×{camera.height}, fx {camera.fx:.1f} px, fy {camera.fy:.1f} px",
        size=(camera.width, camera.height),
    )


def _stated_size(message: Any) -> tuple[int, int] | None:
    """Return what the header of an image says, where it says a size."""
    if not hasattr(message, "encoding"):
        return None
    return int(message.width), int(message.height)


def _encoding(message: Any) -> str:
    return str(message.format if hasattr(message, "format") else message.encoding)


_LOOKS = {
    "rgb": _look_at_colour,
    "depth": _look_at_depth,
    "lidar": _look_at_points,
    CAMERA_INFO: _look_at_calibration,
}
