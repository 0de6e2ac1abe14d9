"""What all sensor messages share: the header's stamp and frame, and a payload of bytes."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError

NS_PER_S = 1_000_000_000
QUOTED_CHARACTERS = 60


def stamp_ns(msg: Any) -> int:
    """Return the acquisition time in the header, nanoseconds.

    Raises:
        MessageError: the stamp was not set, or is no time.
    """
    stamp = msg.header.stamp
    seconds, nanoseconds = int(stamp.sec), int(stamp.nanosec)
    if seconds == 0 and nanoseconds == 0:
        raise MessageError("the header's stamp is zero; the driver must set the acquisition time")
    if seconds < 0 or not 0 <= nanoseconds < NS_PER_S:
        raise MessageError(f"the header's stamp is no time: {seconds} s and {nanoseconds} ns")
    return seconds * NS_PER_S + nanoseconds


def frame_id(msg: Any) -> str:
    """Return the coordinate frame in the header."""
    return str(msg.header.frame_id)


def quoted(text: object) -> str:
    """Return a text of a message as errors quote it: on one line, and not longer than it helps."""
    text = str(text)
    return repr(text if len(text) <= QUOTED_CHARACTERS else text[:QUOTED_CHARACTERS] + "…")


def byte_order(msg: Any) -> Literal["<", ">"]:
    """Return the byte order of the message's data, as NumPy writes it."""
    return ">" if msg.is_bigendian else "<"


def payload(msg: Any) -> NDArray[np.uint8]:
    """Return the message's data (N,) as bytes, without a copy.

    Raises:
        MessageError: the data are not a row of bytes.
    """
    data = msg.data
    if isinstance(data, np.ndarray):
        if data.dtype != np.uint8 or data.ndim != 1:
            raise MessageError(f"data must be bytes, got {data.dtype} of shape {data.shape}")
        return np.ascontiguousarray(data)
    try:
        return np.frombuffer(data, np.uint8) if len(data) else np.empty(0, np.uint8)
    except (TypeError, ValueError) as err:
        raise MessageError(f"data must be bytes, got {type(data).__name__}") from err
