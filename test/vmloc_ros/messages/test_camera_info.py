from types import SimpleNamespace

import numpy as np
import pytest
from sensor_messages import camera_info

from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera
from vmloc_ros.messages import decode_camera


def test_a_camera_has_the_numbers_of_k():
    assert decode_camera(camera_info()) == Camera(640, 480, 500.0, 510.0, 320.0, 240.0)


def test_a_region_of_interest_and_binning_move_the_intrinsics_to_the_image():
    roi = SimpleNamespace(x_offset=100, y_offset=50, width=400, height=300)
    camera = decode_camera(camera_info(roi=roi, binning_x=2, binning_y=2))
    # (320 − 100 + 0.5) / 2 − 0.5 = 109.75 and (240 − 50 + 0.5) / 2 − 0.5 = 94.75
    assert camera == Camera(200, 150, 250.0, 255.0, 109.75, 94.75)


@pytest.mark.parametrize("changes", [{"k": np.zeros(9)}, {"width": 0}])
def test_an_uncalibrated_camera_is_refused(changes):
    with pytest.raises(MessageError, match="not calibrated"):
        decode_camera(camera_info(**changes))


@pytest.mark.parametrize("k", [np.full(9, np.nan), np.ones(8)])
def test_intrinsics_that_are_no_camera_are_refused(k):
    with pytest.raises(MessageError, match="describes no camera"):
        decode_camera(camera_info(k=k))


def test_a_region_of_interest_outside_the_image_is_refused():
    roi = SimpleNamespace(x_offset=600, y_offset=0, width=41, height=10)
    with pytest.raises(MessageError, match=r"region of interest of 41×10 at \(600, 0\)"):
        decode_camera(camera_info(roi=roi))
