from collections.abc import Callable

import numpy as np
import pytest

from training.corruptions.missing import Missing
from training.corruptions.sensor_data import data_of
from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Frame


@pytest.mark.parametrize("modality", ["rgb", "depth", "lidar"])
def test_one_sensor_is_gone_and_the_others_are_there(full_frame: Frame, modality: str) -> None:
    left = Missing(modality)(full_frame, 0)
    present = {name for name in ("rgb", "depth", "lidar") if data_of(left, name) is not None}
    assert present == {"rgb", "depth", "lidar"} - {modality}


def test_the_last_sensor_cannot_be_taken_away(frame_of: Callable[..., Frame]) -> None:
    with pytest.raises(MessageError, match="at least one of rgb, depth_mm, points"):
        Missing("depth")(frame_of(depth_mm=np.ones((2, 2), np.uint16)), 0)
