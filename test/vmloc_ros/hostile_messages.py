"""Sensor messages that lie or are damaged, drawn at random."""

import struct
from array import array
from types import SimpleNamespace

import cv2
import numpy as np
from sensor_messages import (
    camera_info,
    chunk,
    cloud,
    compressed,
    depth_png,
    depth_rvl,
    encode,
    image,
    quantised,
)

from vmloc_ros.messages.encoding import COLOUR, DEPTH
from vmloc_ros.messages.point_times import TIME_FIELDS

HUGE = [2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64]
NUMBERS = [-(2**31), -1, 0, 1, 2, 3, 4, 7, 8, 9, 12, 255, *HUGE]
FLOATS = [0.0, -0.0, 1e-320, 1.0, -1.0, 1e38, 1e300, -1e300, np.nan, np.inf, -np.inf]
RGB_FORMATS = ["jpeg", "png", "rgb8; jpeg compressed bgr8", "webp", ""]
CODECS = ["compressedDepth", "compressedDepth png", "compressedDepth rvl"]
DEPTH_FORMATS = [
    *(f"{encoding}; {codec}" for encoding in DEPTH for codec in CODECS),
    *("8UC1; compressedDepth", "16UC1;;compressedDepth", "16UC1", ";", ""),
]
TEXTS = ["", "rgb8\n", "\x00", "ä" * 40, "x" * 5000, "nv24", "8UC3", *COLOUR, *DEPTH]

NOISE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
SLOPE_MM = (1000 + np.arange(24)[:, None] * np.arange(32) % 700).astype(np.uint16)
SLOPE_MM[5:9, 3:20] = 0
CHECKS_MM = (np.indices((16, 16)).sum(axis=0) % 2 * 65535).astype(np.uint16)
HEAD_32FC1, QUANTISED = quantised(SLOPE_MM / 1000.0)
PICTURES = [
    encode(".jpg", NOISE),
    encode(".jpg", NOISE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    encode(".jpg", NOISE, cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
    encode(".jpg", NOISE[..., 0]),
    encode(".png", NOISE),
    encode(".png", NOISE[..., 0]),
    encode(".png", SLOPE_MM),
    encode(".png", np.dstack([NOISE, NOISE[..., :1]])),
]
DEPTHS = [
    (depth_png(SLOPE_MM), "16UC1; compressedDepth"),
    (depth_png(NOISE), "16UC1; compressedDepth"),
    (depth_png(QUANTISED, HEAD_32FC1), "32FC1; compressedDepth png"),
    (depth_rvl(SLOPE_MM), "16UC1; compressedDepth rvl"),
    (depth_rvl(QUANTISED, HEAD_32FC1), "32FC1; compressedDepth rvl"),
    (depth_rvl(np.zeros((60, 80), np.uint16)), "mono16; compressedDepth rvl"),
    (depth_rvl(CHECKS_MM), "16UC1; compressedDepth rvl"),
]
CHUNKS = [b"acTL", b"fcTL", b"fdAT", b"iCCP", b"zTXt", b"eXIf", b"tRNS", b"PLTE", b"sBIT", b"IHDR"]


def hostile_colour(rng):
    """An `Image` of colour."""
    return hostile_image(rng, COLOUR)


def hostile_depth(rng):
    """An `Image` of depth."""
    return hostile_image(rng, DEPTH)


def hostile_image(rng, encodings):
    encoding = rng.choice(list(encodings))
    known = encodings[encoding]
    width, height, padding = rng.randint(1, 9), rng.randint(1, 9), rng.choice([0, 0, 1, 3, 4])
    step = known.row_bytes(width) + padding
    msg = image(encoding, [[0]], width=width, height=height, step=step)
    msg.is_bigendian = rng.randint(0, 1)
    msg.data = rng.randbytes(known.rows(height) * step)
    lie(rng, msg, ["width", "height", "step", "is_bigendian"])
    if rng.random() < 0.1:
        msg.encoding = rng.choice(TEXTS)
    return spoil(rng, msg)


def hostile_picture(rng):
    """A `CompressedImage` of colour."""
    return spoil(rng, compressed(rng.choice(PICTURES), rng.choice(RGB_FORMATS)))


def hostile_compressed_depth(rng):
    """A `CompressedImage` of depth."""
    data, stated = rng.choice(DEPTHS)
    return spoil(rng, compressed(data, rng.choice([stated] * 5 + DEPTH_FORMATS)))


def hostile_cloud(rng):
    """A `PointCloud2` with and without intensity, whose fields lie anywhere."""
    fields = [(name, 8 * place, rng.randint(1, 8)) for place, name in enumerate("xyz")]
    if rng.random() < 0.5:
        fields.append(("intensity", 24, rng.randint(1, 8)))
    points = np.zeros((rng.randint(1, 4), rng.randint(0, 9)), "V32")
    msg = cloud(fields, points, "V32", rng.choice([0, 0, 5]), is_bigendian=rng.random() < 0.3)
    msg.data = rng.randbytes(len(msg.data))
    lie(rng, msg, ["width", "height", "point_step", "row_step", "is_bigendian"])
    lie(rng, rng.choice(msg.fields), ["offset", "datatype", "count"])
    if rng.random() < 0.1:
        rng.choice(msg.fields).name = rng.choice(["", "x", "Z", *TEXTS])
    if rng.random() < 0.05:
        msg.fields = rng.choice([[], msg.fields * 2, msg.fields[1:]])
    return spoil(rng, msg)


def hostile_sweep(rng):
    """A `PointCloud2` whose points have times, some of them honest."""
    msg = hostile_cloud(rng)
    msg.header.stamp.sec = rng.choice([0, 1, 12, 1_700_000_000, msg.header.stamp.sec])
    name, datatype = rng.choice(TIME_FIELDS), rng.choice([5, 6, 7, 8, 8, rng.randint(1, 8)])
    msg.fields = [*msg.fields, SimpleNamespace(name=name, offset=24, datatype=datatype, count=1)]
    if rng.random() < 0.5:
        write_times(rng, msg, datatype)
    lie(rng, msg.fields[-1], ["offset", "datatype", "count"])
    return msg


def write_times(rng, msg, datatype):
    """Give the points times that may be meant: near the stamp, since 1970, or absurd."""
    kind = {5: "i", 6: "I", 7: "f", 8: "d"}.get(datatype)
    step = 32
    if kind is None or not isinstance(msg.data, bytes) or msg.point_step != step:
        return
    now_s = msg.header.stamp.sec
    whole, parts = [0, 1, 10**8, 2**31 - 1], [0.0, -0.1, 0.1, now_s, now_s * 1e9, *FLOATS[:6]]
    data = bytearray(msg.data)
    for at in range(24, len(data) - 8, step):
        value = rng.choice(whole if kind in "iI" else parts)
        struct.pack_into(("<", ">")[bool(msg.is_bigendian)] + kind, data, at, value)
    msg.data = bytes(data)


def hostile_camera_info(rng):
    """A `CameraInfo`."""
    msg = camera_info()
    lie(rng, msg, ["width", "height", "binning_x", "binning_y"])
    lie(rng, msg.roi, ["x_offset", "y_offset", "width", "height"])
    if rng.random() < 0.5:
        msg.k[rng.randrange(9)] = rng.choice(FLOATS)
    if rng.random() < 0.05:
        msg.k = rng.choice([[], [1.0] * 8, (500.0,) * 9])
    lie(rng, msg.header.stamp, ["sec", "nanosec"])
    return msg


def lie(rng, target, names):
    """Set up to two of the attributes to any number; most of the time to none."""
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        name = rng.choice(names)
        near = int(getattr(target, name)) + rng.choice([-2, -1, 1, 2])
        setattr(target, name, near if rng.random() < 0.5 else rng.choice(NUMBERS))


def spoil(rng, msg):
    """Damage data and stamp, and store the data in another container."""
    lie(rng, msg.header.stamp, ["sec", "nanosec"])
    data = bytearray(msg.data)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 4])):
        damage(rng, data)
    if hasattr(msg, "format") and rng.random() < 0.01:
        claim_size(rng, data)
    if data[:4] == b"\x89PNG" or data[12:16] == b"\x89PNG":
        data = reworked_png(rng, data)
    container = rng.choice([bytes, bytes, bytearray, memoryview, as_array, as_ndarray])
    msg.data = container(bytes(data))
    if rng.random() < 0.01:
        msg.data = rng.choice([[1, 2], "text", np.zeros(3), np.zeros((2, 2), np.uint8), None])
    return msg


def damage(rng, data):
    """Flip bits, overwrite, cut, repeat or insert, mostly near the start, where headers are."""
    at = int(len(data) * rng.random() ** 2)
    length = rng.choice([1, 1, 2, 4, 8, 64])
    kind = rng.randrange(6)
    if kind == 0 and data:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at : at + length] = rng.randbytes(length)
    elif kind == 2:
        data[at : at + 4] = struct.pack(rng.choice("<>") + "I", rng.choice(NUMBERS) % 2**32)
    elif kind == 3:
        del data[at : len(data) if rng.random() < 0.5 else at + length]
    elif kind == 4:
        data[at:at] = data[at : at + length] * rng.randint(1, 9)
    else:
        data[at : at + length] = rng.choice([b"\x00", b"\xff", b"\x88"]) * length


def reworked_png(rng, data):
    """Mend the checksums, so that lies reach the decoder, and slip in a chunk of any kind."""
    if rng.random() < 0.3:
        return data
    at = data.index(b"\x89PNG") + 8
    out = data[:at]
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length > len(data):
            break
        out += chunk(kind, bytes(data[at + 8 : at + 8 + length]))
        at += 12 + length
        if rng.random() < 0.1:
            out += chunk(rng.choice(CHUNKS), rng.randbytes(rng.randrange(40)))
    return out


def claim_size(rng, data):
    """Let the header of a picture state another size."""
    width, height = rng.choice([0, 1, 24, 8000, 65500]), rng.choice([0, 1, 32, 8001, 65500])
    if (at := data.find(b"IHDR")) >= 0:
        data[at + 4 : at + 12] = struct.pack(">II", width, height)
    elif (at := max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))) >= 0:
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    else:
        data[12:20] = struct.pack("<II", width, height)


def as_array(data):
    """As rclpy delivers it."""
    return array("B", data)


def as_ndarray(data):
    """As rosbags delivers it."""
    return np.frombuffer(data, np.uint8)


def hostile_stamps(rng):
    """Stamps in the order in which they arrive: steady, late, equal, jumping, absurd."""
    now_ns = rng.choice([1, 10**9, 1_700_000_000 * 10**9])
    for _ in range(rng.randint(1, 30)):
        step_ns = rng.choice([33_000_000, 100_000_000, 0, 1, -1, -50_000_000, -(10**10), 10**12])
        now_ns += step_ns
        yield rng.choice(NUMBERS) if rng.random() < 0.05 else now_ns
