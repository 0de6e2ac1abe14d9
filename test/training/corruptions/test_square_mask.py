from collections.abc import Callable

import numpy as np
import pytest

from training.corruptions.square_mask import SHARE, SquareMask
from vmloc_ros.frame import Frame


def hole_of(image: np.ndarray) -> tuple[int, int]:
    """Height and width of the box around the zeros, all of which must be zero."""
    rows, columns = np.nonzero(image == 0)
    box = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert not box.any()
    return box.shape[0], box.shape[1]


def test_the_square_of_the_paper_has_128_pixels_in_an_image_of_640_x_480(
    frame_of: Callable[..., Frame],
) -> None:
    frame = SquareMask("rgb")(frame_of(rgb=np.full((480, 640, 3), 7, np.uint8)), 0)
    assert hole_of(frame.rgb.max(axis=2)) == (128, 128)
    assert np.mean(frame.rgb == 0) == pytest.approx(SHARE) == pytest.approx(0.0533, abs=1e-4)


@pytest.mark.parametrize(
    ("height", "width", "side"), [(48, 64, 13), (960, 1280, 256), (300, 1200, 139), (10, 400, 10)]
)
def test_other_images_lose_the_same_share_as_far_as_a_square_fits(
    frame_of: Callable[..., Frame], height: int, width: int, side: int
) -> None:
    image = np.full((height, width), 1500, np.uint16)
    frame = SquareMask("depth")(frame_of(depth_mm=image), 1)
    assert hole_of(frame.depth_mm) == (side, side)
    assert set(np.unique(frame.depth_mm)) == {0, 1500}


def test_the_square_reaches_every_corner_of_the_image_over_time(
    frame_of: Callable[..., Frame],
) -> None:
    image = np.full((8, 8), 1500, np.uint16)  # the square of 2 pixels has 49 places
    holes = [SquareMask("depth")(frame_of(stamp, depth_mm=image), 0) for stamp in range(1000)]
    lost = np.mean([frame.depth_mm == 0 for frame in holes], axis=0)
    for corner in (lost[0, 0], lost[0, -1], lost[-1, 0], lost[-1, -1]):
        assert corner > 0.0


def test_the_other_sensor_is_left_alone(full_frame: Frame) -> None:
    masked = SquareMask("rgb")(full_frame, 0)
    assert masked.depth_mm is full_frame.depth_mm
    assert masked.points is full_frame.points
