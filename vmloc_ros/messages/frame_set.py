"""Messages that were taken together → `Frame`."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.messages.decoders import BUILTIN, Decoders
from vmloc_ros.messages.header import frame_id, stamp_ns

STREAMS = ("rgb", "depth", "lidar")
"""The streams a frame is made of; the first one present gives stamp and frame name."""


def decode_frame(
    messages: Mapping[str, Any],
    camera: Camera | None = None,
    T_camera_lidar: NDArray[np.float64] | None = None,
    decoders: Decoders = BUILTIN,
) -> Frame:
    """Decode a set of messages, keyed by stream: "rgb", "depth", "lidar".

    Raises:
        MessageError: no messages, one that cannot be decoded, or a `camera` of another size than
            the image it belongs to (colour, else depth).
    """
    present = _present(messages)
    arrays = {stream: _decode(stream, messages[stream], decoders) for stream in present}
    return _frame(messages, arrays, camera, T_camera_lidar)


def decode_partial_frame(
    messages: Mapping[str, Any],
    camera: Camera | None = None,
    T_camera_lidar: NDArray[np.float64] | None = None,
    decoders: Decoders = BUILTIN,
) -> tuple[Frame, Mapping[str, str]]:
    """Decode those messages of a set that can be: a fault of one sensor does not cost the others.

    Returns:
        The frame that `decode_frame` makes of these, and by stream why the others cannot be.

    Raises:
        MessageError: none can be decoded, or a `camera` of another size than its image.
    """
    arrays: dict[str, NDArray[Any]] = {}
    faults: dict[str, str] = {}
    for stream in _present(messages):
        try:
            stamp_ns(messages[stream])  # of the first that is left it becomes the frame's
            arrays[stream] = _decode(stream, messages[stream], decoders)
        except MessageError as err:
            faults[stream] = str(err)
    if not arrays:
        raise MessageError("; ".join(f"{stream}: {fault}" for stream, fault in faults.items()))
    return _frame(messages, arrays, camera, T_camera_lidar), faults


def _present(messages: Mapping[str, Any]) -> list[str]:
    present = [stream for stream in STREAMS if stream in messages]
    if not present or len(present) != len(messages):
        raise MessageError(f"a frame is made of {STREAMS}, got {tuple(messages)}")
    return present


def _decode(stream: str, msg: Any, decoders: Decoders) -> NDArray[Any]:
    decode: Mapping[str, Callable[[Any], NDArray[Any]]]
    decode = {"rgb": decoders.rgb, "depth": decoders.depth_mm, "lidar": decoders.points}
    return decode[stream](msg)


def _frame(
    messages: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    camera: Camera | None,
    T_camera_lidar: NDArray[np.float64] | None,
) -> Frame:
    """Make the frame of what was decoded, in the order of `STREAMS`."""
    reference = messages[next(iter(arrays))]
    _check_size(camera, arrays.get("rgb", arrays.get("depth")))
    return Frame(
        stamp_ns=stamp_ns(reference),
        camera_frame=frame_id(reference),
        rgb=arrays.get("rgb"),
        depth_mm=arrays.get("depth"),
        points=arrays.get("lidar"),
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
