from pathlib import Path

import cv2
import numpy as np
import pytest

from training.recordings.image_file import read_depth_mm, read_rgb, write_depth_mm, write_rgb
from vmloc_ros.errors import RecordingError

PICTURE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)


def write_jpeg(path: Path) -> Path:
    assert cv2.imwrite(str(path), PICTURE[..., ::-1])
    return path


def test_colour_keeps_its_channel_order(tmp_path: Path) -> None:
    red = np.zeros((4, 6, 3), np.uint8)
    red[..., 0] = 200
    write_rgb(tmp_path / "red.png", red)
    np.testing.assert_array_equal(read_rgb(tmp_path / "red.png"), red)
    # OpenCV's own order is blue, green, red.
    assert cv2.imread(str(tmp_path / "red.png"))[0, 0].tolist() == [0, 0, 200]


def test_depth_of_65535_is_no_return(tmp_path: Path) -> None:
    depth_mm = np.array([[0, 1, 65534, 65535]], np.uint16)
    write_depth_mm(tmp_path / "depth.png", depth_mm)
    assert read_depth_mm(tmp_path / "depth.png").tolist() == [[0, 1, 65534, 0]]


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_truncated_picture_is_an_error(tmp_path: Path, ending: str, kept: float) -> None:
    path = tmp_path / f"frame.{ending}"
    assert cv2.imwrite(str(path), PICTURE)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(RecordingError, match=rf"frame\.{ending}: truncated or damaged"):
        read_rgb(path)


def test_a_picture_truncated_by_one_byte_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "frame.png", tmp_path / "frame.jpg"):
        assert cv2.imwrite(str(path), PICTURE)
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(RecordingError, match="truncated"):
            read_rgb(path)


def test_a_png_with_a_flipped_bit_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "frame.png"
    write_rgb(path, PICTURE)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(RecordingError, match="damaged"):
        read_rgb(path)


def test_padding_after_a_jpeg_is_accepted(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "frame.jpg")
    expected = read_rgb(path)
    path.write_bytes(path.read_bytes() + bytes(100))
    np.testing.assert_array_equal(read_rgb(path), expected)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "frame.png").touch()
    with pytest.raises(RecordingError, match=r"frame\.png: truncated"):
        read_rgb(tmp_path / "frame.png")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"frame\.png: cannot be read \(No such file"):
        read_rgb(tmp_path / "frame.png")


@pytest.mark.parametrize("image", [PICTURE, PICTURE[..., 0], PICTURE.astype(np.uint16)])
def test_depth_must_have_one_channel_of_16_bits(tmp_path: Path, image: np.ndarray) -> None:
    assert cv2.imwrite(str(tmp_path / "depth.png"), image)
    with pytest.raises(RecordingError, match=r"depth\.png: depth must be a 16-bit PNG"):
        read_depth_mm(tmp_path / "depth.png")
