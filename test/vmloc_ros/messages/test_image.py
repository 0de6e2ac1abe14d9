from array import array

import numpy as np
import pytest
from sensor_messages import COLOURS, DEPTHS, image

from vmloc_ros.errors import MessageError
from vmloc_ros.messages import decode_depth_mm, decode_rgb


@pytest.mark.parametrize(("encoding", "dtype", "row", "pixels"), COLOURS)
@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("big_endian", [False, True])
def test_each_colour_encoding_gives_rgb(encoding, dtype, row, pixels, padding, big_endian):
    rgb = decode_rgb(image(encoding, [row, row, row], dtype, padding, big_endian))
    assert rgb.dtype == np.uint8
    assert rgb.flags.c_contiguous
    assert rgb.tolist() == [pixels, pixels, pixels]


@pytest.mark.parametrize(("encoding", "dtype", "row", "depth_mm"), DEPTHS)
@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize("big_endian", [False, True])
def test_each_depth_encoding_gives_millimetres(encoding, dtype, row, depth_mm, padding, big_endian):
    decoded = decode_depth_mm(image(encoding, [row, row], dtype, padding, big_endian))
    assert decoded.dtype == np.dtype(np.uint16)
    assert decoded.flags.c_contiguous
    assert decoded.tolist() == [depth_mm, depth_mm]


# Red is Y = 81, U = 90, V = 240: R = 1.164 (81 − 16) + 1.596 (240 − 128) = 254.
RED_PAIRS = {
    "uyvy": [90, 81, 240, 81],
    "yuv422": [90, 81, 240, 81],
    "yuyv": [81, 90, 81, 240],
    "yuv422_yuy2": [81, 90, 81, 240],
}


@pytest.mark.parametrize("encoding", RED_PAIRS)
def test_the_colour_of_two_pixels_side_by_side_is_theirs_in_yuv_422(encoding):
    rgb = decode_rgb(image(encoding, [RED_PAIRS[encoding] * 2] * 2, padding=3))
    assert rgb.shape == (2, 4, 3)
    assert np.abs(rgb.astype(int) - [254, 0, 0]).max() <= 1


@pytest.mark.parametrize(("encoding", "chroma"), [("nv12", [90, 240]), ("nv21", [240, 90])])
def test_the_colour_of_two_by_two_pixels_follows_the_brightness_in_yuv_420(encoding, chroma):
    rows = [[81] * 6] * 4 + [chroma * 3] * 2
    rgb = decode_rgb(image(encoding, rows, padding=2, height=4))
    assert rgb.shape == (4, 6, 3)
    assert np.abs(rgb.astype(int) - [254, 0, 0]).max() <= 1


@pytest.mark.parametrize(
    ("encoding", "size"), [("uyvy", (3, 2)), ("nv12", (3, 2)), ("nv21", (2, 3))]
)
def test_yuv_images_whose_pixels_do_not_come_in_pairs_are_refused(encoding, size):
    width, height = size
    step = width * (2 if encoding == "uyvy" else 1)
    rows = [[0] * step] * (height if encoding == "uyvy" else height + height // 2)
    msg = image(encoding, rows, width=width, height=height)
    with pytest.raises(MessageError, match=f"{encoding} image of {width}×{height} cannot be conv"):
        decode_rgb(msg)


@pytest.mark.parametrize(("bits", "dtype", "unit"), [(8, "u1", 1), (16, "u2", 257)])
@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_an_evenly_coloured_bayer_image_gives_that_colour(pattern, bits, dtype, unit):
    red, green, blue = 200, 100, 50
    a, b, c, d = ({"r": red, "g": green, "b": blue}[letter] * unit for letter in pattern)
    rows = [[a, b] * 3, [c, d] * 3] * 3
    rgb = decode_rgb(image(f"bayer_{pattern}{bits}", rows, dtype))
    assert rgb.reshape(-1, 3).tolist() == [[red, green, blue]] * 36


def test_a_bayer_image_too_small_for_all_colours_is_refused():
    with pytest.raises(MessageError, match="needs 3 pixels a side, got 4×2"):
        decode_rgb(image("bayer_rggb8", [[1, 2, 1, 2], [3, 4, 3, 4]]))


def test_sixteen_bits_are_rounded_to_eight_in_all_their_values():
    values = np.arange(65536)
    rgb = decode_rgb(image("mono16", [values], "u2"))
    assert rgb[0, :, 1].tolist() == [round(value / 257) for value in values.tolist()]


@pytest.mark.parametrize(
    "container", [bytes, lambda data: array("B", data), lambda data: np.frombuffer(data, np.uint8)]
)
def test_data_may_be_what_rclpy_or_rosbags_gives(container):
    msg = image("rgb8", [[1, 2, 3, 4, 5, 6]])
    msg.data = container(msg.data)
    assert decode_rgb(msg).tolist() == [[[1, 2, 3], [4, 5, 6]]]


def test_rgb8_without_padding_is_not_copied():
    data = np.arange(12, dtype=np.uint8)
    msg = image("rgb8", [[0] * 6, [0] * 6], data=data)
    assert np.shares_memory(decode_rgb(msg), data)


def test_an_unsupported_colour_encoding_is_named_with_those_known():
    with pytest.raises(MessageError, match=r"'nv24' is not supported; known: rgb8, bgr8, "):
        decode_rgb(image("nv24", [[1, 2]]))


def test_an_unsupported_depth_encoding_is_named_with_those_known():
    with pytest.raises(MessageError, match=r"'64FC1' is not supported; known: 16UC1, mono16, 32F"):
        decode_depth_mm(image("64FC1", [[1, 2]], "f8"))


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 0},
        {"height": 0, "data": b""},
        {"width": 3},
        {"step": 5},
        {"step": 0},
        {"height": 3},
        {"data": b"\x00" * 11},
        {"data": b"\x00" * 13},
        {"data": b""},
        {"width": 2**32 - 1, "height": 2**32 - 1},
        {"width": 2**32 - 1, "height": 2**32 - 1, "step": 2**32 - 1},
    ],
)
def test_an_image_whose_header_does_not_fit_its_data_is_refused(changes):
    msg = image("rgb8", [[1, 2, 3, 4, 5, 6]] * 2, **changes)
    with pytest.raises(MessageError, match="bytes"):
        decode_rgb(msg)


def test_the_rows_of_colour_must_be_there_in_yuv_420():
    msg = image("nv12", [[16] * 4] * 2)  # brightness only
    with pytest.raises(MessageError, match="of 4 bytes or more and 3 × step bytes of data"):
        decode_rgb(msg)
