from types import SimpleNamespace

import numpy as np
import pytest
from sensor_messages import camera_info

from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera
from vmloc_ros.messages import decode_camera, decode_distortion


def test_a_camera_has_the_numbers_of_k():
    assert decode_camera(camera_info()) == Camera(640, 480, 500.0, 510.0, 320.0, 240.0)


def test_a_rectified_image_has_the_numbers_of_p_if_there_are_any():
    p = np.array([450.0, 0, 310, -9, 0, 460, 230, 0, 0, 0, 1, 0])
    rectified = Camera(640, 480, 450.0, 460.0, 310.0, 230.0)
    assert decode_camera(camera_info(p=p), is_rectified=True) == rectified
    assert decode_camera(camera_info(P=p), is_rectified=True) == rectified
    assert decode_camera(camera_info(p=p)) == decode_camera(camera_info())
    for without in ({}, {"p": np.zeros(12)}):
        assert decode_camera(camera_info(**without), is_rectified=True).fx == 500.0


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


@pytest.mark.parametrize(
    ("model", "d", "expected"),
    [
        ("plumb_bob", [-0.3, 0.1, 0.01, 0.02, -0.05], Distortion(-0.3, 0.1, 0.01, 0.02, -0.05)),
        ("plumb_bob", [-0.3, 0.1, 0.01, 0.02], Distortion(-0.3, 0.1, 0.01, 0.02)),
        ("rational_polynomial", [1, 2, 3, 4, 5, 6, 7, 8], Distortion(1, 2, 3, 4, 5, 6, 7, 8)),
        ("rational_polynomial", [1, 2, 3, 4, 5, 6, 7, 8] + [0] * 6, Distortion(*range(1, 9))),
        ("plumb_bob", [0.0] * 5, None),
        ("plumb_bob", [], None),
        ("equidistant", [0.0] * 4, None),
        ("", [], None),
    ],
)
def test_the_distortion_of_a_raw_image_is_in_the_order_of_opencv(model, d, expected):
    assert decode_distortion(camera_info(distortion_model=model, d=d)) == expected


def test_the_distortion_of_a_message_of_ros_1_is_read():
    assert decode_distortion(camera_info(distortion_model="plumb_bob", D=[0.1])) == Distortion(0.1)


@pytest.mark.parametrize(
    ("model", "d", "said"),
    [
        ("equidistant", [0.1, 0, 0, 0], "understood are plumb_bob and rational_polynomial"),
        ("plumb_bob", [0.1] * 6, "'plumb_bob' of 5 numbers"),
        ("rational_polynomial", [0.1] * 12, "'rational_polynomial' of 8 numbers"),
        ("plumb_bob", [np.nan] * 5, "'plumb_bob' of 5 numbers"),
        ("", [0.1], "'' of 0 numbers"),
    ],
)
def test_a_distortion_that_is_not_understood_is_refused(model, d, said):
    with pytest.raises(MessageError, match=said):
        decode_distortion(camera_info(distortion_model=model, d=d))
