from pathlib import Path

import cv2
import numpy as np
import pytest
from robotcar_files import COLOUR, HEIGHT, MODEL, WIDTH, bayer, identity_table, write_tools

from training.recordings.robotcar.camera_model import demosaic, read_camera_model
from vmloc_ros.errors import RecordingError

TABLE = "stereo_narrow_left_distortion_lut.bin"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return write_tools(tmp_path) / "models"


def picture(path: Path, image: np.ndarray) -> Path:
    assert cv2.imwrite(str(path), image)
    return path


@pytest.mark.parametrize("colour", [COLOUR, (255, 0, 0), (0, 255, 0), (0, 0, 255)])
def test_a_raw_patch_of_one_colour_gets_that_colour(colour: tuple[int, int, int]) -> None:
    assert (demosaic(bayer(colour)) == np.array(colour)).all()


def test_a_raw_picture_is_read_as_rgb(models: Path, tmp_path: Path) -> None:
    rgb = read_camera_model(models).read_image(picture(tmp_path / "1.png", bayer()))
    assert rgb.shape == (HEIGHT, WIDTH, 3)
    assert (rgb == np.array(COLOUR)).all()


def test_an_identity_table_leaves_every_pixel_in_place(models: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    np.testing.assert_array_equal(read_camera_model(models).undistort(image), image)


def test_the_table_says_where_a_pixel_comes_from_columns_first(tmp_path: Path) -> None:
    """Pixel (u, v) is taken from (u + 2, v + 1); what lies outside is black."""
    table = identity_table() + np.array([[2.0], [1.0]])
    image = np.random.default_rng(0).integers(1, 256, (HEIGHT, WIDTH, 3), np.uint8)
    straight = read_camera_model(write_tools(tmp_path, table=table) / "models").undistort(image)
    np.testing.assert_array_equal(straight[:-1, :-2], image[1:, 2:])
    assert not straight[-1].any()
    assert not straight[:, -2:].any()


def test_between_pixels_the_table_interpolates(tmp_path: Path) -> None:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:, 4] = 100
    table = identity_table() + np.array([[0.25], [0.0]])
    straight = read_camera_model(write_tools(tmp_path, table=table) / "models").undistort(image)
    assert (straight[2, 3:5, 0] == [25, 75]).all()


def test_intrinsics_and_axes_come_from_the_model_file(models: Path) -> None:
    model = read_camera_model(models)
    camera = model.camera(WIDTH, HEIGHT)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (4.0, 4.0, 3.5, 2.5)
    # One metre right, two down, three ahead of the lens: forward, right, down of the vehicle.
    np.testing.assert_allclose(model.T_camera_image.rotation.apply([1, 2, 3]), [3, 1, 2])


def test_a_table_for_another_size_is_refused(models: Path) -> None:
    with pytest.raises(RecordingError, match=f"{TABLE}: undistorts 48 pixels, not an image of 6×6"):
        read_camera_model(models).undistort(np.zeros((6, 6, 3), np.uint8))


def test_a_picture_in_colour_is_refused(models: Path, tmp_path: Path) -> None:
    colour = np.full((HEIGHT, WIDTH, 3), COLOUR, np.uint8)
    with pytest.raises(RecordingError, match=r"1\.png: is in colour; expected the raw Bayer"):
        read_camera_model(models).read_image(picture(tmp_path / "1.png", colour))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        (TABLE, b"", "truncated; 0 bytes"),
        (TABLE, bytes(100), "truncated; 100 bytes are no two float64 for each pixel"),
        ("stereo_narrow_left.txt", b"1 2 3", "expected fx fy cx cy and a 4 × 4 matrix, got 3"),
        ("stereo_narrow_left.txt", b"one", "cannot be read as numbers"),
        ("stereo_narrow_left.txt", MODEL.replace("0 0 1 0", "0 0 2 0").encode(), "no rigid"),
    ],
)
def test_a_damaged_model_is_named(models: Path, name: str, data: bytes, message: str) -> None:
    (models / name).write_bytes(data)
    with pytest.raises(RecordingError, match=f"{name}.*{message}"):
        read_camera_model(models)


@pytest.mark.parametrize("name", [TABLE, "stereo_narrow_left.txt"])
def test_a_missing_model_is_named(models: Path, name: str) -> None:
    (models / name).unlink()
    with pytest.raises(RecordingError, match=f"{name}: cannot be read"):
        read_camera_model(models)
