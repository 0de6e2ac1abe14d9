import array
import contextlib
import struct
import zlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera
from vmloc_ros.messages import (
    decode_camera,
    decode_depth_mm,
    decode_frame,
    decode_points,
    decode_rgb,
    stamp_ns,
)

FUZZ = settings(max_examples=300, derandomize=True, deadline=None)


def header(frame_id="camera", sec=12, nanosec=34):
    return SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=nanosec), frame_id=frame_id)


def image(encoding, rows, dtype="u1", padding=0, big_endian=False, **changes):
    """Rows of numbers as an Image, each row followed by `padding` bytes."""
    order = ">" if big_endian else "<"
    lines = [np.asarray(row).astype(f"{order}{dtype}").tobytes() for row in rows]
    channels = {"rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4}.get(encoding, 1)
    fields = {
        "header": header(),
        "encoding": encoding,
        "width": len(rows[0]) // channels,
        "height": len(rows),
        "step": len(lines[0]) + padding,
        "is_bigendian": int(big_endian),
        "data": b"".join(line + b"\xee" * padding for line in lines),
    }
    return SimpleNamespace(**(fields | changes))


def compressed(data, kind="jpeg"):
    return SimpleNamespace(header=header(), format=kind, data=data)


def encode(extension, picture):
    done, data = cv2.imencode(extension, picture)
    assert done
    return data.tobytes()


def cloud(fields, rows, dtype, row_padding=0, **changes):
    """Points as an organised PointCloud2; `fields` are (name, offset, datatype)."""
    points = np.array(rows, dtype)
    if points.ndim == 1:
        points = points[None]
    height, width = points.shape
    lines = [row.tobytes() + b"\xee" * row_padding for row in points]
    values = {
        "header": header("lidar"),
        "fields": [SimpleNamespace(name=n, offset=o, datatype=t, count=1) for n, o, t in fields],
        "width": width,
        "height": height,
        "point_step": points.itemsize,
        "row_step": width * points.itemsize + row_padding,
        "is_bigendian": False,
        "data": b"".join(lines),
    }
    return SimpleNamespace(**(values | changes))


XYZ = [("x", 0, 7), ("y", 4, 7), ("z", 8, 7)]
XYZ_TYPE = [("x", "<f4"), ("y", "<f4"), ("z", "<f4")]


def test_a_stamp_is_whole_nanoseconds():
    msg = SimpleNamespace(header=header(sec=1_700_000_000, nanosec=123_456_789))
    assert stamp_ns(msg) == 1_700_000_000_123_456_789


def test_a_zero_stamp_is_refused():
    with pytest.raises(MessageError, match="stamp is zero"):
        stamp_ns(SimpleNamespace(header=header(sec=0, nanosec=0)))


@pytest.mark.parametrize(("sec", "nanosec"), [(-1, 0), (1, 1_000_000_000)])
def test_a_stamp_that_is_no_time_is_refused(sec, nanosec):
    with pytest.raises(MessageError, match="is no time"):
        stamp_ns(SimpleNamespace(header=header(sec=sec, nanosec=nanosec)))


# One row of a red-ish and a blue-ish pixel: (200, 100, 50) and (1, 2, 3).
COLOURS = [
    ("rgb8", "u1", [200, 100, 50, 1, 2, 3], [[200, 100, 50], [1, 2, 3]]),
    ("bgr8", "u1", [50, 100, 200, 3, 2, 1], [[200, 100, 50], [1, 2, 3]]),
    ("rgba8", "u1", [200, 100, 50, 9, 1, 2, 3, 9], [[200, 100, 50], [1, 2, 3]]),
    ("bgra8", "u1", [50, 100, 200, 9, 3, 2, 1, 9], [[200, 100, 50], [1, 2, 3]]),
    ("mono8", "u1", [200, 7], [[200] * 3, [7] * 3]),
    # 65535 is white; 257 a step of eight bits; 128 rounds down, 129 up.
    ("mono16", "u2", [65535, 257, 128, 129], [[255] * 3, [1] * 3, [0] * 3, [1] * 3]),
]


@pytest.mark.parametrize(("encoding", "dtype", "row", "pixels"), COLOURS)
@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("big_endian", [False, True])
def test_each_colour_encoding_gives_rgb(encoding, dtype, row, pixels, padding, big_endian):
    rgb = decode_rgb(image(encoding, [row, row, row], dtype, padding, big_endian))
    assert rgb.dtype == np.uint8
    assert rgb.flags.c_contiguous
    assert rgb.tolist() == [pixels, pixels, pixels]


@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_an_evenly_coloured_bayer_image_gives_that_colour(pattern):
    red, green, blue = 200, 100, 50
    a, b, c, d = ({"r": red, "g": green, "b": blue}[letter] for letter in pattern)
    rows = [[a, b] * 3, [c, d] * 3] * 3
    rgb = decode_rgb(image(f"bayer_{pattern}8", rows))
    assert rgb.reshape(-1, 3).tolist() == [[red, green, blue]] * 36


@pytest.mark.parametrize(
    "container", [bytes, lambda b: array.array("B", b), lambda b: np.frombuffer(b, np.uint8)]
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
    with pytest.raises(MessageError, match=r"'yuv422' is not supported; known: rgb8, bgr8, "):
        decode_rgb(image("yuv422", [[1, 2]]))


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


def test_data_that_are_no_bytes_are_refused():
    msg = image("mono8", [[1, 2]], data=np.zeros(2, np.float32))
    with pytest.raises(MessageError, match="must be bytes, got float32"):
        decode_rgb(msg)


def quantised_png(depth_m):
    """compressedDepth of 32FC1 as written for 1/d = (v − b) / a with a = 10100, b = −1009."""
    values = np.where(depth_m > 0, np.rint(10100.0 / depth_m - 1009.0), 0)
    return struct.pack("<iff", 0, 10100.0, -1009.0) + encode(".png", values.astype(np.uint16))


PLANE_M = np.ones((2, 3))
PLANES = {
    "16UC1": image("16UC1", [[1000] * 3] * 2, "u2"),
    "16UC1, big endian": image("16UC1", [[1000] * 3] * 2, "u2", big_endian=True),
    "16UC1, padded by an odd number": image("16UC1", [[1000] * 3] * 2, "u2", padding=3),
    "mono16": image("mono16", [[1000] * 3] * 2, "u2"),
    "32FC1": image("32FC1", [[1.0] * 3] * 2, "f4"),
    "32FC1, big endian": image("32FC1", [[1.0] * 3] * 2, "f4", big_endian=True),
    "32FC1, padded": image("32FC1", [[1.0] * 3] * 2, "f4", padding=6),
    "compressed 16UC1": compressed(
        bytes(12) + encode(".png", np.full((2, 3), 1000, np.uint16)), "16UC1; compressedDepth"
    ),
    "compressed 16UC1 png": compressed(
        bytes(12) + encode(".png", np.full((2, 3), 1000, np.uint16)), "16UC1; compressedDepth png"
    ),
    "compressed 32FC1": compressed(quantised_png(PLANE_M), "32FC1; compressedDepth"),
}


@pytest.mark.parametrize("msg", PLANES.values(), ids=PLANES)
def test_a_plane_at_one_metre_is_1000_mm_in_each_encoding(msg):
    depth_mm = decode_depth_mm(msg)
    assert depth_mm.dtype == np.dtype(np.uint16)
    assert depth_mm.tolist() == [[1000] * 3] * 2


def test_integer_depth_keeps_its_values_and_has_two_signs_of_no_return():
    depth_mm = decode_depth_mm(image("16UC1", [[0, 1, 65534, 65535]], "u2"))
    assert depth_mm.tolist() == [[0, 1, 65534, 0]]


def test_float_depth_is_rounded_and_invalid_values_become_no_return():
    valid = [0.0014, 0.0016, 65.534]
    invalid = [0.0, -0.0, -1.0, 65.535, 1e9, 1e38, np.nan, np.inf, -np.inf]
    depth_mm = decode_depth_mm(image("32FC1", [valid + invalid], "f4"))
    assert depth_mm.tolist() == [[1, 2, 65534] + [0] * 9]


def test_quantised_depth_gives_metres_and_keeps_no_return():
    # v = 10100 / 2 − 1009 = 4041 and 10100 / 0.5 − 1009 = 19191 exactly.
    msg = compressed(quantised_png(np.array([[2.0, 0.5, -1.0]])), "32FC1; compressedDepth png")
    assert decode_depth_mm(msg).tolist() == [[2000, 500, 0]]


@pytest.mark.parametrize("numbers", [(0.0, 0.0), (np.nan, 1.0), (1.0, np.inf), (1e38, 1.0)])
def test_a_nonsensical_quantisation_gives_no_returns(numbers):
    png = encode(".png", np.ones((2, 2), np.uint16))
    msg = compressed(struct.pack("<iff", 0, *numbers) + png, "32FC1; compressedDepth")
    assert decode_depth_mm(msg).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("kind", ["16UC1; compressedDepth rvl", "16UC1; png compressed", "8UC1;"])
def test_other_compressed_depth_is_refused_with_what_is_known(kind):
    with pytest.raises(MessageError, match=r"not supported; known: 16UC1, mono16 and 32FC1"):
        decode_depth_mm(compressed(b"", kind))


@pytest.mark.parametrize("picture", [np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3), np.uint16)])
def test_compressed_depth_that_is_no_16_bit_channel_is_refused(picture):
    msg = compressed(bytes(12) + encode(".png", picture), "16UC1; compressedDepth")
    with pytest.raises(MessageError, match="16-bit PNG with one channel"):
        decode_depth_mm(msg)


def test_compressed_depth_without_its_header_is_refused():
    with pytest.raises(MessageError, match="lacks its header of 12 bytes"):
        decode_depth_mm(compressed(b"12345678901", "16UC1; compressedDepth"))


def test_a_png_is_decoded_without_loss():
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    data = encode(".png", np.ascontiguousarray(rgb[..., ::-1]))
    assert np.array_equal(decode_rgb(compressed(data, "rgb8; png compressed bgr8")), rgb)


def test_a_grey_png_gives_three_equal_channels():
    data = encode(".png", np.array([[1, 2]], np.uint8))
    assert decode_rgb(compressed(data, "png")).tolist() == [[[1] * 3, [2] * 3]]


JPEG = encode(".jpg", np.full((24, 16, 3), (50, 100, 200), np.uint8))
GREY_16 = encode(".png", np.full((3, 2), 1000, np.uint16))
PNG = encode(".png", np.full((24, 16, 3), (50, 100, 200), np.uint8))


def test_a_jpeg_has_its_colours_in_rgb_order():
    rgb = decode_rgb(compressed(JPEG))
    assert rgb.shape == (24, 16, 3)
    assert np.abs(rgb.astype(int) - [200, 100, 50]).max() <= 2


def test_bytes_after_the_end_of_a_jpeg_do_no_harm():
    assert np.array_equal(decode_rgb(compressed(JPEG + b"\x00" * 9)), decode_rgb(compressed(JPEG)))


def test_an_exif_orientation_does_not_turn_the_image():
    # One entry: tag 0x0112 (orientation), a short, once, 6: a quarter turn.
    tiff = b"II*\x00\x08\x00\x00\x00" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)
    exif = b"Exif\x00\x00" + tiff
    app1 = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    turned = JPEG[:2] + app1 + JPEG[2:]
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR).shape == (16, 24, 3)
    assert decode_rgb(compressed(turned)).shape == (24, 16, 3)


@pytest.mark.parametrize("data", [JPEG, PNG], ids=["jpeg", "png"])
def test_a_truncated_picture_is_refused_wherever_it_ends(data):
    for end in range(0, len(data) - 1, 7):
        with pytest.raises(MessageError, match="no whole JPEG or PNG"):
            decode_rgb(compressed(data[:end]))


def test_a_png_with_a_flipped_bit_is_refused():
    damaged = bytearray(PNG)
    damaged[len(PNG) // 2] ^= 1
    with pytest.raises(MessageError, match="damaged"):
        decode_rgb(compressed(bytes(damaged), "png"))


def test_a_format_that_is_neither_jpeg_nor_png_is_named():
    data = encode(".webp", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(MessageError, match="'webp' image is no whole JPEG or PNG"):
        decode_rgb(compressed(data, "webp"))


def png_that_claims(width, height):
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG[:12] + ihdr + struct.pack(">I", zlib.crc32(ihdr)) + PNG[33:]


def jpeg_that_claims(width, height):
    at = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:at] + struct.pack(">HH", height, width) + JPEG[at + 4 :]


@pytest.mark.parametrize("size", [(65500, 65500), (8000, 7999), (65500, 1200), (0, 5)])
@pytest.mark.parametrize("claim", [png_that_claims, jpeg_that_claims])
def test_a_picture_that_claims_more_than_its_bytes_can_hold_is_refused(claim, size):
    with pytest.raises(MessageError, match=f"claims {size[0]}×{size[1]} pixels"):
        decode_rgb(compressed(claim(*size)))


def test_64_megapixels_are_the_limit_however_long_the_data():
    data = png_that_claims(8001, 8000)
    with pytest.raises(MessageError, match="1 to 64000000 pixels"):
        decode_rgb(compressed(data[:33] + big_chunk() + data[33:], "png"))


def big_chunk():
    content = b"tEXt" + bytes(20_000)
    return struct.pack(">I", 20_000) + content + struct.pack(">I", zlib.crc32(content))


def test_a_packed_cloud_gives_its_numbers():
    dtype = [*XYZ_TYPE, ("intensity", "<f4")]
    fields = [*XYZ, ("intensity", 12, 7)]
    points = decode_points(cloud(fields, [(1, 2, 3, 4), (5, 6, 7, 8)], dtype))
    assert points.dtype == np.float32
    assert points.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_a_cloud_without_intensity_has_zeros_there():
    assert decode_points(cloud(XYZ, [(1, 2, 3)], XYZ_TYPE)).tolist() == [[1, 2, 3, 0]]


def test_fields_are_found_by_name_offset_and_type_in_an_organised_padded_big_endian_cloud():
    dtype = np.dtype(
        {
            "names": ["ring", "z", "intensity", "x", "y"],
            "formats": [">u2", ">f8", "u1", ">f8", ">f8"],
            "offsets": [0, 3, 11, 16, 24],
            "itemsize": 35,
        }
    )
    fields = [("ring", 0, 4), ("z", 3, 8), ("intensity", 11, 2), ("x", 16, 8), ("y", 24, 8)]
    rows = [[(9, 3, 4, 1, 2), (9, 7, 8, 5, 6)], [(9, 11, 12, 9, 10), (9, 15, 16, 13, 14)]]
    msg = cloud(fields, rows, dtype, row_padding=5, is_bigendian=True)
    assert decode_points(msg).tolist() == [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 10, 11, 12],
        [13, 14, 15, 16],
    ]


def test_points_without_finite_coordinates_are_left_out():
    dtype = [("x", "<f8"), ("y", "<f8"), ("z", "<f8"), ("intensity", "<f8")]
    fields = [("x", 0, 8), ("y", 8, 8), ("z", 16, 8), ("intensity", 24, 8)]
    rows = [
        (np.nan, 0, 0, 1),
        (0, np.inf, 0, 1),
        (0, 0, -np.inf, 1),
        (1e300, 0, 0, 1),  # infinite as float32
        (1, 2, 3, np.nan),
    ]
    assert decode_points(cloud(fields, rows, dtype)).tolist() == [[1, 2, 3, 0]]


def test_an_empty_cloud_has_no_points():
    msg = cloud(XYZ, np.zeros((1, 0), XYZ_TYPE), XYZ_TYPE)
    assert decode_points(msg).shape == (0, 4)


def test_a_cloud_without_a_coordinate_is_refused_with_its_fields():
    with pytest.raises(MessageError, match=r"no field 'z'; its fields: \['x', 'y'\]"):
        decode_points(cloud(XYZ[:2], [(1, 2)], XYZ_TYPE[:2]))


@pytest.mark.parametrize("field", [("z", 9, 7), ("z", 8, 8), ("z", -1, 7), ("z", 2**32 - 1, 7)])
def test_a_field_that_lies_outside_the_point_is_refused(field):
    with pytest.raises(MessageError, match=r"field 'z' of the cloud lies at byte"):
        decode_points(cloud([*XYZ[:2], field], [(1, 2, 3)], XYZ_TYPE))


def test_a_field_of_unknown_type_is_refused():
    with pytest.raises(MessageError, match=r"field 'y' of the cloud has datatype 9"):
        decode_points(cloud([XYZ[0], ("y", 4, 9), XYZ[2]], [(1, 2, 3)], XYZ_TYPE))


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 3},
        {"height": 2},
        {"width": 0},
        {"point_step": 0, "row_step": 24, "width": 2**32 - 1},
        {"point_step": 13},
        {"row_step": 23},
        {"data": b""},
        {"data": bytes(25)},
        {"width": 2**32 - 1, "height": 2**32 - 1, "row_step": 2**32 - 1},
    ],
)
def test_a_cloud_whose_header_does_not_fit_its_data_is_refused(changes):
    with pytest.raises(MessageError, match="row_step"):
        decode_points(cloud(XYZ, [(1, 2, 3), (4, 5, 6)], XYZ_TYPE, **changes))


def camera_info(**changes):
    values = {
        "header": header(),
        "width": 640,
        "height": 480,
        "k": np.array([500.0, 0, 320, 0, 510, 240, 0, 0, 1]),
        "roi": SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0),
        "binning_x": 0,
        "binning_y": 0,
    }
    return SimpleNamespace(**(values | changes))


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


HUGE = [2**15, 2**31, 2**32 - 1, 2**63, 2**64]
SIZES = st.integers(-1, 12) | st.sampled_from(HUGE)
ENCODINGS = ["rgb8", "bgra8", "mono8", "mono16", "bayer_rggb8", "16UC1", "32FC1", "rgb16", ""]


def lies(*fields):
    """Up to two fields of a header with any size."""
    return st.dictionaries(st.sampled_from(fields), SIZES, max_size=2)


@FUZZ
@given(
    encoding=st.sampled_from(ENCODINGS),
    size=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    padding=st.integers(0, 9),
    big_endian=st.booleans(),
    byte=st.integers(0, 255),
    changes=lies("width", "height", "step"),
    decode=st.sampled_from([decode_rgb, decode_depth_mm]),
)
def test_a_lying_image_header_raises_nothing_but_message_errors(
    encoding, size, padding, big_endian, byte, changes, decode
):
    height, width = size
    pixel_bytes = {"rgb8": 3, "bgra8": 4, "mono16": 2, "16UC1": 2, "32FC1": 4}.get(encoding, 1)
    honest = [[byte] * width * pixel_bytes] * height
    msg = image(encoding, honest, "u1", padding, big_endian, **({"width": width} | changes))
    with contextlib.suppress(MessageError):
        assert decode(msg).shape[:2] == (msg.height, msg.width)


@FUZZ
@given(
    data=st.sampled_from([JPEG, PNG, bytes(12) + GREY_16, quantised_png(PLANE_M)]),
    patches=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=2),
    end=st.none() | st.integers(0, 800),
    mend_crc=st.booleans(),
    kind=st.sampled_from(["jpeg", "16UC1; compressedDepth", "32FC1; compressedDepth", ""]),
    decode=st.sampled_from([decode_rgb, decode_depth_mm]),
)
def test_a_damaged_picture_raises_nothing_but_message_errors(
    data, patches, end, mend_crc, kind, decode
):
    damaged = bytearray(data)
    for place, patch in patches:
        at = int(place * len(damaged))
        damaged[at : at + len(patch)] = patch
    start = damaged.find(b"IHDR")
    if mend_crc and start >= 0:  # so that a lie of the header gets as far as the decoder
        ihdr = damaged[start : start + 17]
        damaged[start + 17 : start + 21] = struct.pack(">I", zlib.crc32(ihdr))
    with contextlib.suppress(MessageError):
        assert decode(compressed(bytes(damaged[:end]), kind)).size > 0


@FUZZ
@given(
    size=st.tuples(st.integers(0, 3), st.integers(1, 3)),
    row_padding=st.integers(0, 5),
    is_bigendian=st.booleans(),
    intensity=st.tuples(st.just("intensity"), SIZES, st.integers(-1, 9)),
    changes=lies("width", "height", "point_step", "row_step"),
    moved=st.none() | SIZES,
)
def test_a_lying_cloud_header_raises_nothing_but_message_errors(
    size, row_padding, is_bigendian, intensity, changes, moved
):
    fields = [*XYZ, intensity]
    points = np.ones(size[::-1], [*XYZ_TYPE, ("rest", "V8")])
    msg = cloud(fields, points, points.dtype, row_padding, is_bigendian=is_bigendian, **changes)
    if moved is not None:
        msg.fields[0].offset = moved
    with contextlib.suppress(MessageError):
        assert len(decode_points(msg)) <= msg.width * msg.height
