from types import SimpleNamespace

import numpy as np

from vmloc_ros.ros.checkup.sample import look_into


def image(pixels, encoding):
    data = np.ascontiguousarray(pixels)
    height, width = data.shape[:2]
    return SimpleNamespace(
        header=SimpleNamespace(frame_id="optical"),
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=False,
        step=data.nbytes // height,
        data=data.tobytes(),
    )


def calibration(fx):
    roi = SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0)
    return SimpleNamespace(
        header=SimpleNamespace(frame_id="optical"),
        width=640,
        height=480,
        k=[fx, 0.0, 320.0, 0.0, fx, 240.0, 0.0, 0.0, 1.0],
        roi=roi,
        binning_x=0,
        binning_y=0,
    )


def test_a_colour_image_tells_its_size_encoding_and_frame():
    sample = look_into("rgb", image(np.zeros((4, 6, 3), np.uint8), "bgr8"))
    assert (sample.what, sample.size, sample.frame_id) == ("6×4 bgr8", (6, 4), "optical")
    assert (sample.problem, sample.empty) == ("", "")


def test_an_encoding_that_nobody_knows_is_a_problem_and_the_size_is_told_still():
    sample = look_into("rgb", image(np.zeros((4, 6, 3), np.uint8), "yuv444"))
    assert "'yuv444' is not supported" in sample.problem
    assert sample.size == (6, 4)


def test_a_depth_image_tells_how_much_of_it_holds_a_depth():
    depth_mm = np.zeros((4, 4), np.uint16)
    depth_mm[0, :] = 900
    sample = look_into("depth", image(depth_mm, "16UC1"))
    assert sample.what == "4×4 16UC1, depth in 25% of the pixels"
    assert sample.empty == ""


def test_a_depth_image_without_a_return_is_empty():
    sample = look_into("depth", image(np.full((4, 4), np.nan, np.float32), "32FC1"))
    assert sample.empty == "no pixel holds a depth"
    assert sample.problem == ""


def test_an_uncalibrated_camera_is_a_problem():
    assert "not calibrated" in look_into("camera_info", calibration(0.0)).problem
    sample = look_into("camera_info", calibration(500.0))
    assert (sample.size, sample.what) == ((640, 480), "640×480, fx 500.0 px, fy 500.0 px")
