"""Which array of a frame belongs to a modality."""

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from vmloc_ros.frame import Frame

FIELD = {"rgb": "rgb", "depth": "depth_mm", "lidar": "points"}


def data_of(frame: Frame, modality: str) -> NDArray[Any] | None:
    """Return what a frame has of a modality."""
    data: NDArray[Any] | None = getattr(frame, FIELD[modality])
    return data


def with_data(frame: Frame, modality: str, data: NDArray[Any] | None) -> Frame:
    """Return the frame with other data of a modality; None takes it away.

    Raises:
        MessageError: nothing would be left.
    """
    change: dict[str, Any] = {FIELD[modality]: data}
    return replace(frame, **change)
