import numpy as np
import pytest
from sensor_messages import XYZ, XYZ_TYPE, camera_info, cloud, header, image

from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera
from vmloc_ros.messages import Decoders, decode_camera, decode_frame, decode_partial_frame


def test_a_frame_has_stamp_and_name_of_the_colour_image():
    rgb = image("rgb8", [[1, 2, 3]], header=header("colour_optical", 5, 6))
    depth = image("16UC1", [[1000]], "u2", header=header("depth_optical", 7, 8))
    lidar = cloud(XYZ, [(1, 2, 3)], XYZ_TYPE)
    T = np.eye(4)
    camera = Camera(1, 1, 1.0, 1.0, 0.0, 0.0)
    frame = decode_frame({"lidar": lidar, "depth": depth, "rgb": rgb}, camera, T)
    assert (frame.stamp_ns, frame.camera_frame) == (5_000_000_006, "colour_optical")
    assert frame.rgb.tolist() == [[[1, 2, 3]]]
    assert frame.depth_mm.tolist() == [[1000]]
    assert frame.points.tolist() == [[1, 2, 3, 0]]
    assert frame.camera is camera
    assert frame.T_camera_lidar is T


def test_without_a_colour_image_the_depth_image_gives_stamp_and_name():
    depth = image("16UC1", [[1000]], "u2", header=header("depth_optical", 7, 8))
    frame = decode_frame({"depth": depth, "lidar": cloud(XYZ, [(1, 2, 3)], XYZ_TYPE)})
    assert (frame.stamp_ns, frame.camera_frame) == (7_000_000_008, "depth_optical")
    assert frame.rgb is None


def test_a_lidar_alone_makes_a_frame():
    frame = decode_frame({"lidar": cloud(XYZ, [(1, 2, 3)], XYZ_TYPE)})
    assert (frame.stamp_ns, frame.camera_frame) == (12_000_000_034, "lidar")


def test_intrinsics_of_another_size_are_refused():
    with pytest.raises(MessageError, match=r"image is 1×2, but camera_info .* of 640×480"):
        decode_frame({"rgb": image("mono8", [[1], [2]])}, decode_camera(camera_info()))


@pytest.mark.parametrize("messages", [{}, {"colour": image("mono8", [[1]])}])
def test_messages_that_make_no_frame_are_refused(messages):
    with pytest.raises(MessageError, match="a frame is made of"):
        decode_frame(messages)


RGB = image("rgb8", [[1, 2, 3]], header=header("colour_optical", 5, 6))
DEPTH = image("16UC1", [[1000]], "u2", header=header("depth_optical", 7, 8))
LIDAR = cloud(XYZ, [(1, 2, 3)], XYZ_TYPE)
BROKEN_RGB = image("nv24", [[1, 2, 3]])
BROKEN_DEPTH = image("16UC1", [[1000]], "u2", step=1)


def test_a_set_without_a_fault_makes_the_frame_that_it_always_makes():
    frame, faults = decode_partial_frame({"rgb": RGB, "depth": DEPTH, "lidar": LIDAR})
    assert faults == {}
    assert (frame.stamp_ns, frame.camera_frame) == (5_000_000_006, "colour_optical")
    assert frame.rgb.tolist() == [[[1, 2, 3]]]
    assert frame.depth_mm.tolist() == [[1000]]
    assert frame.points.tolist() == [[1, 2, 3, 0]]


def test_a_fault_of_one_sensor_leaves_the_others_and_is_told():
    frame, faults = decode_partial_frame({"rgb": RGB, "depth": BROKEN_DEPTH, "lidar": LIDAR})
    assert frame.rgb.tolist() == [[[1, 2, 3]]]
    assert frame.depth_mm is None
    assert frame.points.tolist() == [[1, 2, 3, 0]]
    assert list(faults) == ["depth"]
    assert "its step is 1" in faults["depth"]


def test_without_the_colour_image_the_first_that_can_be_decoded_gives_stamp_and_name():
    frame, faults = decode_partial_frame({"rgb": BROKEN_RGB, "depth": DEPTH})
    assert (frame.stamp_ns, frame.camera_frame) == (7_000_000_008, "depth_optical")
    assert list(faults) == ["rgb"]


def test_a_message_without_a_stamp_is_a_fault_too():
    timeless = image("rgb8", [[1, 2, 3]], header=header(sec=0, nanosec=0))
    frame, faults = decode_partial_frame({"rgb": timeless, "depth": DEPTH})
    assert frame.rgb is None
    assert "stamp is zero" in faults["rgb"]


def test_a_set_of_faults_makes_no_frame_and_names_each():
    with pytest.raises(MessageError, match=r"^rgb: colour encoding 'nv24' .*; depth: an image of"):
        decode_partial_frame({"rgb": BROKEN_RGB, "depth": BROKEN_DEPTH})


@pytest.mark.parametrize("messages", [{}, {"colour": RGB}])
def test_messages_that_make_no_frame_make_no_partial_frame(messages):
    with pytest.raises(MessageError, match="a frame is made of"):
        decode_partial_frame(messages)


@pytest.mark.parametrize("decode", [decode_frame, lambda *given: decode_partial_frame(*given)[0]])
def test_other_decoders_may_take_the_place_of_the_packages_own(decode):
    grey = np.full((1, 1, 3), 7, np.uint8)
    frame = decode({"rgb": BROKEN_RGB, "depth": DEPTH}, None, None, Decoders(rgb=lambda msg: grey))
    assert frame.rgb is grey
    assert frame.depth_mm.tolist() == [[1000]]
