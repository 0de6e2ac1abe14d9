"""Sensor messages as decoders see them: attributes, bytes, and headers that may lie."""

import struct
import zlib
from types import SimpleNamespace

import cv2
import numpy as np
from rvl_encoder import encode_rvl

XYZ = [("x", 0, 7), ("y", 4, 7), ("z", 8, 7)]
XYZ_TYPE = [("x", "<f4"), ("y", "<f4"), ("z", "<f4")]
CHANNELS = {"rgb": 3, "bgr": 3, "rgba": 4, "bgra": 4, "yuv": 2, "uyvy": 2, "yuyv": 2}


def header(frame_id="camera", sec=12, nanosec=34):
    return SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=nanosec), frame_id=frame_id)


def image(encoding, rows, dtype="u1", padding=0, big_endian=False, **changes):
    """Rows of numbers as an Image, each row followed by `padding` bytes."""
    order = ">" if big_endian else "<"
    lines = [np.asarray(row).astype(f"{order}{dtype}").tobytes() for row in rows]
    channels = CHANNELS.get(encoding.split("_")[0].rstrip("0123456789"), 1)
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


def encode(extension, picture, *settings):
    """Encode a picture with OpenCV."""
    done, data = cv2.imencode(extension, picture, settings)
    assert done
    return data.tobytes()


def chunk(kind, content):
    """One chunk of a PNG."""
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def quantised(depth_m):
    """32FC1 as compressedDepth stores it: 1/d = (v − b) / a with a = 10100, b = −1009."""
    inverse = np.divide(10100.0, depth_m, out=np.zeros(depth_m.shape), where=depth_m > 0)
    values = np.where(depth_m > 0, np.rint(inverse - 1009.0), 0)
    return struct.pack("<iff", 0, 10100.0, -1009.0), values.astype(np.uint16)


def depth_png(values, head=bytes(12)):
    return head + encode(".png", values)


def depth_rvl(values, head=bytes(12)):
    return head + encode_rvl(values)


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


# Encoding, type, one row of it, and its pixels. In YUV (BT.601, brightness 16 to 235, colours about
# 128): grey has 128 twice, and R = 1.164 (Y − 16), so 126 becomes 128, 16 black and 235 white.
COLOURS = [
    ("rgb8", "u1", [200, 100, 50, 1, 2, 3], [[200, 100, 50], [1, 2, 3]]),
    ("bgr8", "u1", [50, 100, 200, 3, 2, 1], [[200, 100, 50], [1, 2, 3]]),
    ("rgba8", "u1", [200, 100, 50, 9, 1, 2, 3, 9], [[200, 100, 50], [1, 2, 3]]),
    ("bgra8", "u1", [50, 100, 200, 9, 3, 2, 1, 9], [[200, 100, 50], [1, 2, 3]]),
    ("mono8", "u1", [200, 7], [[200] * 3, [7] * 3]),
    # 65535 is white; 257 a step of eight bits; 128 rounds down, 129 up.
    ("mono16", "u2", [65535, 257, 128, 129], [[255] * 3, [1] * 3, [0] * 3, [1] * 3]),
    ("rgb16", "u2", [65535, 257, 128, 129, 514, 771], [[255, 1, 0], [1, 2, 3]]),
    ("bgr16", "u2", [128, 257, 65535, 771, 514, 129], [[255, 1, 0], [1, 2, 3]]),
    ("rgba16", "u2", [65535, 257, 128, 9, 129, 514, 771, 9], [[255, 1, 0], [1, 2, 3]]),
    ("bgra16", "u2", [128, 257, 65535, 9, 771, 514, 129, 9], [[255, 1, 0], [1, 2, 3]]),
    ("uyvy", "u1", [128, 126, 128, 16, 128, 235, 128, 235], [[128] * 3, [0] * 3] + [[255] * 3] * 2),
    ("yuv422", "u1", [128, 126, 128, 16], [[128] * 3, [0] * 3]),
    ("yuyv", "u1", [126, 128, 16, 128], [[128] * 3, [0] * 3]),
    ("yuv422_yuy2", "u1", [126, 128, 16, 128], [[128] * 3, [0] * 3]),
]
# Encoding, type, one row of it, and its millimetres.
DEPTHS = [
    ("16UC1", "u2", [0, 1, 1000, 65534, 65535], [0, 1, 1000, 65534, 0]),
    ("mono16", "u2", [0, 1, 1000, 65534, 65535], [0, 1, 1000, 65534, 0]),
    (
        "32FC1",
        "f4",
        [1.0, 0.0014, 0.0016, 65.534, 0.0, -0.0, -1.0, 65.535, 1e38, np.nan, np.inf, -np.inf],
        [1000, 1, 2, 65534] + [0] * 8,
    ),
]
