from dataclasses import replace

import numpy as np
import pytest

from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera, Frame

KINECT = Camera(640, 480, 585.0, 585.0, 319.5, 239.5)


def test_a_frame_without_any_sensor_is_refused() -> None:
    with pytest.raises(MessageError, match="at least one of rgb, depth_mm, points"):
        Frame(1, "camera")


def test_depth_in_metres_as_float_is_refused() -> None:
    with pytest.raises(MessageError, match="depth_mm must be uint16 N × N, got float32"):
        Frame(1, "camera", depth_mm=np.ones((4, 4), np.float32))  # type: ignore[arg-type]


def test_halving_an_image_keeps_the_ray_of_its_centre() -> None:
    half = KINECT.resized(320, 240)
    assert (half.fx, half.cx, half.cy) == (292.5, 159.5, 119.5)


def test_the_image_of_a_lens_that_is_cut_and_scaled_is_still_that_of_the_lens() -> None:
    lens = Distortion(k1=-0.3)
    camera = replace(KINECT, distortion=lens)
    assert camera.cropped(80, 0, 480, 480).resized(240, 240).distortion == lens


def test_cropping_moves_the_principal_point() -> None:
    assert KINECT.cropped(80, 0, 480, 480).cx == 239.5
