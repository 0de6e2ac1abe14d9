import importlib.util
import logging
import sys
from array import array
from contextlib import contextmanager, nullcontext
from itertools import product

import numpy as np
import pytest
from sensor_messages import COLOURS, DEPTHS, XYZ, XYZ_TYPE, cloud, compressed, encode, image

sensor_msgs = pytest.importorskip("sensor_msgs.msg", reason="ROS's messages are not installed")

from vmloc_ros.errors import ConfigError, MessageError  # noqa: E402
from vmloc_ros.messages import BUILTIN  # noqa: E402
from vmloc_ros.ros import converters  # noqa: E402
from vmloc_ros.ros.converters import ImageBridge, choose_decoders  # noqa: E402

# Stands for cv_bridge in what this module decides; where the real one is, it is tested too.
STAND_IN = """
import cv2
import numpy as np

CHANNELS = {"rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4}
TO_RGB = {"bgr8": cv2.COLOR_BGR2RGB, "rgba8": cv2.COLOR_RGBA2RGB, "bgra8": cv2.COLOR_BGRA2RGB}

class CvBridge:
    def imgmsg_to_cv2(self, msg, desired_encoding):
        kind = {"mono16": "u2", "16UC1": "u2", "32FC1": "f4"}.get(msg.encoding, "u1")
        dtype = np.dtype(kind).newbyteorder(">" if msg.is_bigendian else "<")
        pixels = np.frombuffer(msg.data, dtype).astype(kind)
        pixels = pixels.reshape(msg.height, msg.width, CHANNELS.get(msg.encoding, 1))
        if desired_encoding == "passthrough":
            return pixels[..., 0]
        if kind == "u2":
            pixels = np.rint(pixels / 257).astype("u1")
        if msg.encoding == "rgb8":
            return pixels
        return cv2.cvtColor(pixels, TO_RGB.get(msg.encoding, cv2.COLOR_GRAY2RGB))
"""
CRASHES = """
import os, resource
class CvBridge:
    def imgmsg_to_cv2(self, msg, desired_encoding):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.abort()
"""
FAILS = """
class CvBridge:
    def imgmsg_to_cv2(self, msg, desired_encoding):
        raise MemoryError("no memory")
"""
READS_WRONG = """
import numpy as np
def read_points(msg, field_names):
    return {name: np.zeros(2) for name in field_names}
"""
FAULTS = {
    "cv_bridge crashes": (CRASHES, r"it crashed \(SIGABRT\)"),
    "its import fails": (
        "raise AttributeError('_ARRAY_API not found')",
        "AttributeError: _ARRAY_API not found",
    ),
    "it forgets to swap red and blue": (
        STAND_IN.replace("cv2.COLOR_BGR2RGB", "cv2.COLOR_RGB2BGRA"),
        "it turns bgr8 into another colour image",
    ),
    "it forgets the byte order": (
        STAND_IN.replace('">" if msg.is_bigendian else "<"', '"<"'),
        "it turns mono16 into another colour image",
    ),
    "it hangs": ("import time\ntime.sleep(60)", "did not convert an image within"),
}


@contextmanager
def installed(folder, name, source, module="__init__"):
    """Put a package in front of the one that is installed, for this process and its children."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    (folder / name / f"{module}.py").write_text(source)
    with pytest.MonkeyPatch.context() as patch:
        for known in [known for known in sys.modules if known.split(".")[0] == name]:
            patch.delitem(sys.modules, known)
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", str(folder), prepend=":")
        yield
        for known in [known for known in sys.modules if known.split(".")[0] == name]:
            del sys.modules[known]


@pytest.fixture(scope="module", params=["builtin", "cv_bridge", "stand-in for cv_bridge"])
def decoders(request, tmp_path_factory):
    if request.param == "builtin":
        return BUILTIN
    folder = tmp_path_factory.mktemp("site")
    is_stand_in = request.param.startswith("stand-in")
    with installed(folder, "cv_bridge", STAND_IN) if is_stand_in else nullcontext():
        try:
            return choose_decoders("cv_bridge")
        except ConfigError as err:
            pytest.skip(str(err))


def as_ros_image(msg):
    """The same as a message of rclpy."""
    names = ("encoding", "width", "height", "step", "is_bigendian")
    values = {name: getattr(msg, name) for name in names}
    return sensor_msgs.Image(data=array("B", msg.data), **values)


@pytest.mark.parametrize(("encoding", "dtype", "row", "pixels"), COLOURS)
def test_every_backend_gives_the_same_colours(decoders, encoding, dtype, row, pixels):
    for padding, big_endian in product((0, 5), (False, True)):
        msg = as_ros_image(image(encoding, [row, row], dtype, padding, big_endian))
        rgb = decoders.rgb(msg)
        assert rgb.dtype == np.uint8
        assert rgb.flags.c_contiguous
        assert rgb.tolist() == [pixels, pixels]


@pytest.mark.parametrize(("encoding", "dtype", "row", "depth_mm"), DEPTHS)
def test_every_backend_gives_the_same_depths(decoders, encoding, dtype, row, depth_mm):
    for padding, big_endian in product((0, 4), (False, True)):
        msg = as_ros_image(image(encoding, [row, row], dtype, padding, big_endian))
        decoded = decoders.depth_mm(msg)
        assert decoded.dtype == np.dtype(np.uint16)
        assert decoded.flags.c_contiguous
        assert decoded.tolist() == [depth_mm, depth_mm]


def test_every_backend_decodes_what_only_the_package_knows(decoders):
    png = encode(".png", np.full((1, 1, 3), (50, 100, 200), np.uint8))
    assert decoders.rgb(compressed(png)).tolist() == [[[200, 100, 50]]]
    depth = bytes(12) + encode(".png", np.full((1, 1), 1000, np.uint16))
    assert decoders.depth_mm(compressed(depth, "16UC1; compressedDepth")).tolist() == [[1000]]


def test_every_backend_refuses_a_header_that_lies(decoders):
    msg = as_ros_image(image("bgr8", [[1, 2, 3]]))
    msg.height = 2
    with pytest.raises(MessageError, match="an image of 1×2 bgr8 needs"):
        decoders.rgb(msg)
    with pytest.raises(MessageError, match="depth encoding 'bgr8' is not supported"):
        decoders.depth_mm(msg)


def test_the_builtin_backend_is_the_package_itself():
    assert choose_decoders("builtin") is BUILTIN


@pytest.mark.skipif(importlib.util.find_spec("cv_bridge") is not None, reason="cv_bridge is here")
def test_without_cv_bridge_auto_says_in_one_line_that_the_package_decodes(caplog):
    caplog.set_level(logging.INFO)
    decoders = choose_decoders("auto")
    assert (decoders.rgb, decoders.depth_mm) == (BUILTIN.rgb, BUILTIN.depth_mm)
    (line,) = caplog.messages
    assert line.startswith("images are decoded by the package itself (cv_bridge is not installed)")
    with pytest.raises(ConfigError, match="'cv_bridge', but cv_bridge is not installed; 'auto'"):
        choose_decoders("cv_bridge")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_cv_bridge_that_does_not_work_is_left_alone_and_named(
    fault, tmp_path, caplog, monkeypatch
):
    source, reason = FAULTS[fault]
    if fault == "it hangs":
        monkeypatch.setattr(converters, "PROBE_TIMEOUT_S", 1.0)
    caplog.set_level(logging.INFO)
    with installed(tmp_path, "cv_bridge", source):
        decoders = choose_decoders("auto")
        with pytest.raises(ConfigError, match=rf"cv_bridge cannot be used: .*{reason}.*; 'auto'"):
            choose_decoders("cv_bridge")
    assert (decoders.rgb, decoders.depth_mm) == (BUILTIN.rgb, BUILTIN.depth_mm)
    (line,) = caplog.messages
    assert "images are decoded by the package itself (cv_bridge cannot be used: " in line


def test_a_cv_bridge_that_works_decodes_images(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    with installed(tmp_path, "cv_bridge", STAND_IN):
        decoders = choose_decoders("auto")
    assert decoders.rgb != BUILTIN.rgb
    assert caplog.messages[0].startswith("images are decoded by cv_bridge, clouds by")


def test_an_image_that_cv_bridge_fails_at_after_all_is_a_faulty_message(tmp_path):
    with installed(tmp_path, "cv_bridge", FAILS):
        bridge = ImageBridge()
    with pytest.raises(MessageError, match="cv_bridge cannot read a bgr8 image: no memory"):
        bridge.rgb(as_ros_image(image("bgr8", [[1, 2, 3]])))


def as_ros_cloud(msg):
    """The same as a message of rclpy."""
    names = ("width", "height", "point_step", "row_step", "is_bigendian")
    fields = [sensor_msgs.PointField(**vars(field)) for field in msg.fields]
    values = {name: getattr(msg, name) for name in names}
    return sensor_msgs.PointCloud2(fields=fields, data=array("B", msg.data), **values)


BIG_ENDIAN = [("x", ">f4"), ("y", ">f4"), ("z", ">f4")]
CLOUDS = {
    "packed": cloud(XYZ, [(1, 2, 3), (4, 5, 6)], XYZ_TYPE),
    "padded": cloud(XYZ, [[(1, 2, 3)], [(4, 5, 6)]], XYZ_TYPE, row_padding=5),
    "big endian": cloud(XYZ, [(1, 2, 3), (4, 5, 6)], BIG_ENDIAN, is_bigendian=True),
    "with a field that lies": cloud([*XYZ, ("ring", 99, 4)], [(1, 2, 3), (4, 5, 6)], XYZ_TYPE),
    "with a point that is none": cloud(XYZ, [(1, 2, 3), (4, 5, 6), (np.nan, 0, 0)], XYZ_TYPE),
}


@pytest.mark.parametrize("kind", CLOUDS)
def test_sensor_msgs_py_gives_the_same_points(kind):
    pytest.importorskip("sensor_msgs_py", reason="sensor_msgs_py is not installed")
    decoders = choose_decoders("auto")
    assert decoders.points != BUILTIN.points
    msg = as_ros_cloud(CLOUDS[kind])
    for _ in range(2):  # reading must not change the message
        points = decoders.points(msg)
        assert points.dtype == np.float32
        assert points.flags.c_contiguous
        assert points.tolist() == [[1, 2, 3, 0], [4, 5, 6, 0]]


def test_sensor_msgs_py_does_not_see_a_cloud_that_lies():
    pytest.importorskip("sensor_msgs_py", reason="sensor_msgs_py is not installed")
    msg = as_ros_cloud(CLOUDS["packed"])
    msg.width = 3
    with pytest.raises(MessageError, match="needs a row_step of 36 bytes"):
        choose_decoders("auto").points(msg)


@pytest.mark.parametrize(
    ("source", "reason"),
    [("raise RuntimeError('too new')", "too new"), (READS_WRONG, "it reads other points")],
)
def test_a_sensor_msgs_py_that_does_not_work_is_left_alone_and_named(
    source, reason, tmp_path, caplog
):
    caplog.set_level(logging.INFO)
    with installed(tmp_path, "sensor_msgs_py", source, "point_cloud2"):
        assert choose_decoders("auto").points == BUILTIN.points
    assert f"clouds by the package itself (sensor_msgs_py cannot be used: {reason})" in caplog.text
