import struct

import cv2
import numpy as np
import pytest
from sensor_messages import chunk, compressed, depth_png, depth_rvl, encode, image, quantised

from vmloc_ros.errors import MessageError
from vmloc_ros.messages import decode_depth_mm, decode_rgb

PLANE_MM = np.full((2, 3), 1000, np.uint16)
QUANTISED_HEAD, QUANTISED_PLANE = quantised(np.ones((2, 3)))
PLANES = {
    "16UC1; compressedDepth": depth_png(PLANE_MM),
    "16UC1; compressedDepth png": depth_png(PLANE_MM),
    "16UC1; compressedDepth rvl": depth_rvl(PLANE_MM),
    "mono16; compressedDepth rvl": depth_rvl(PLANE_MM),
    "32FC1; compressedDepth": depth_png(QUANTISED_PLANE, QUANTISED_HEAD),
    "32FC1; compressedDepth png": depth_png(QUANTISED_PLANE, QUANTISED_HEAD),
    "32FC1; compressedDepth rvl": depth_rvl(QUANTISED_PLANE, QUANTISED_HEAD),
}


@pytest.mark.parametrize("kind", PLANES)
def test_a_plane_at_one_metre_is_1000_mm_in_each_format(kind):
    depth_mm = decode_depth_mm(compressed(PLANES[kind], kind))
    assert depth_mm.dtype == np.dtype(np.uint16)
    assert depth_mm.tolist() == [[1000] * 3] * 2


@pytest.mark.parametrize("store", [depth_png, depth_rvl])
def test_integer_depth_has_two_signs_of_no_return(store):
    kind = f"16UC1; compressedDepth {store.__name__[-3:]}"
    values = np.array([[0, 1, 65534, 65535]], np.uint16)
    assert decode_depth_mm(compressed(store(values), kind)).tolist() == [[0, 1, 65534, 0]]


@pytest.mark.parametrize("store", [depth_png, depth_rvl])
def test_compressed_depth_is_the_raw_image_again(store):
    depth = np.random.default_rng(0).integers(0, 65536, (5, 7), np.uint16)
    kind = f"16UC1; compressedDepth {store.__name__[-3:]}"
    decoded = decode_depth_mm(compressed(store(depth), kind))
    assert np.array_equal(decoded, decode_depth_mm(image("16UC1", depth, "u2")))


@pytest.mark.parametrize("store", [depth_png, depth_rvl])
def test_quantised_depth_gives_metres_and_keeps_no_return(store):
    # v = 10100 / 2 − 1009 = 4041 and 10100 / 0.5 − 1009 = 19191 exactly.
    head, values = quantised(np.array([[2.0, 0.5, -1.0]]))
    assert values.tolist() == [[4041, 19191, 0]]
    msg = compressed(store(values, head), f"32FC1; compressedDepth {store.__name__[-3:]}")
    assert decode_depth_mm(msg).tolist() == [[2000, 500, 0]]


@pytest.mark.parametrize("numbers", [(0.0, 0.0), (np.nan, 1.0), (1.0, np.inf), (1e38, 1.0)])
def test_a_nonsensical_quantisation_gives_no_returns(numbers):
    png = encode(".png", np.ones((2, 2), np.uint16))
    msg = compressed(struct.pack("<iff", 0, *numbers) + png, "32FC1; compressedDepth")
    assert decode_depth_mm(msg).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    "kind",
    ["16UC1; compressedDepth zstd", "16UC1; png compressed", "8UC1; compressedDepth", "16UC1", ""],
)
def test_other_compressed_depth_is_refused_with_what_is_known(kind):
    with pytest.raises(MessageError, match=r"not supported; known: 16UC1, mono16, 32FC1 with 'com"):
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
    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG[:8] + chunk(b"IHDR", ihdr) + PNG[33:]


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
        decode_rgb(compressed(data[:33] + chunk(b"tEXt", bytes(20_000)) + data[33:], "png"))


def test_a_jpeg_of_endless_scans_is_refused():
    progressive = encode(".jpg", np.zeros((16, 16), np.uint8), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    endless = progressive[:-2] + scan * 100 + progressive[-2:]
    with pytest.raises(MessageError, match="scans; up to 100 are accepted"):
        decode_rgb(compressed(endless))
