"""Frames that are easy to reckon with."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vmloc_ros.frame import Frame


def _frame(stamp_ns: int = 10**18, **data: Any) -> Frame:
    return Frame(stamp_ns, "camera_optical_frame", **data)


@pytest.fixture
def frame_of() -> Callable[..., Frame]:
    """Make a frame of the data that are given."""
    return _frame


@pytest.fixture
def full_frame() -> Frame:
    """Grey colour, a wall at 2 m, and 720 returns all round at 10 m; 64 × 48 pixels."""
    angle = np.radians(np.arange(720) / 2.0 - 180.0)
    points = np.stack(
        [10.0 * np.cos(angle), 10.0 * np.sin(angle), 0.0 * angle, 0.5 + 0.0 * angle], axis=1
    )
    return _frame(
        rgb=np.full((48, 64, 3), 128, np.uint8),
        depth_mm=np.full((48, 64), 2000, np.uint16),
        points=points.astype(np.float32),
    )
