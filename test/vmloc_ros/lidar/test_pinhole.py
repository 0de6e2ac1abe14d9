import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from vmloc_ros.distortion import Distortion
from vmloc_ros.frame import Camera
from vmloc_ros.lidar import PinholeProjection

CAMERA = Camera(width=6, height=4, fx=10.0, fy=20.0, cx=2.0, cy=1.0)
WIDE = Camera(width=320, height=200, fx=110.0, fy=115.0, cx=150.5, cy=101.25)
FORWARD = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
"""An optical frame at the lidar that looks along its x."""
ASIDE = FORWARD.copy()
ASIDE[:3, 3] = 0.1, -0.2, -0.3
PLUMB_BOB = Distortion(k1=-0.25, k2=0.08, p1=0.002, p2=-0.003, k3=-0.01)
RATIONAL = Distortion(-0.1, 0.02, 0.001, 0.002, 0.005, 0.2, 0.01, 0.001)
INF, NAN = math.inf, math.nan


def image(points, device, camera=CAMERA, T_camera_lidar=FORWARD, lens=None):
    cloud = torch.tensor(np.asarray(points), dtype=torch.float32, device=device).reshape(-1, 4)
    camera = replace(camera, distortion=lens)
    return PinholeProjection(camera, T_camera_lidar)(cloud).cpu()


def pixels(depth):
    return {(y, x): depth[y, x].item() for y, x in depth.nonzero().tolist()}


def pixels_of_opencv(points, camera, T_camera_lidar, lens):
    """Return pixel coordinates (N, 2) and depth (N,) as OpenCV has them."""
    in_camera = points[:, :3].astype(np.float64) @ T_camera_lidar[:3, :3].T + T_camera_lidar[:3, 3]
    D = lens and np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3, lens.k4, lens.k5, lens.k6])
    none = np.zeros(3)
    return cv2.projectPoints(in_camera, none, none, camera.matrix(), D)[0][:, 0], in_camera[:, 2]


def image_of_a_loop(places, depths, camera):
    depth = np.zeros((camera.height, camera.width), np.float32)
    for (x, y), distance in zip(places, depths, strict=True):
        column, row = math.floor(x + 0.5), math.floor(y + 0.5)
        if 0 <= column < camera.width and 0 <= row < camera.height:
            nearest = depth[row, column] or INF
            depth[row, column] = min(nearest, distance)
    return torch.from_numpy(depth)


def test_a_point_falls_on_the_pixel_whose_square_it_is_in(device):
    # 5 m ahead, 0.5 m to the left, 0.25 m down: column 2 − 10 · 0.1 = 1, row 1 + 20 · 0.05 = 2
    assert pixels(image([[5.0, 0.5, -0.25, 1.0]], device)) == {(2, 1): 5.0}


@pytest.mark.parametrize(("y", "column"), [(-0.24, 2), (-0.26, 3), (0.24, 2), (0.26, 1)])
def test_pixel_centres_are_at_integers(y, column, device):
    # 5 m ahead a pixel is 0.5 m wide, and a point at y is shown at 2 − 2 y
    assert list(pixels(image([[5.0, y, 0.0, 1.0]], device))) == [(1, column)]


def test_depth_is_measured_along_the_optical_axis_in_the_frame_of_the_camera(device):
    # (0.1, −0.2, −0.3) + (0, 0, 5)
    assert pixels(image([[5.0, 0.0, 0.0, 1.0]], device, T_camera_lidar=ASIDE)) == {
        (0, 2): pytest.approx(4.7)
    }


def test_the_nearest_return_hides_the_others(device):
    points = [[8.0, 0.0, 0.0, 1.0], [3.0, 0.0, 0.0, 1.0], [5.0, 0.0, 0.0, 1.0]]
    assert pixels(image(points, device)) == {(1, 2): 3.0}


@pytest.mark.parametrize(
    "unseen",
    [
        [-5.0, 0.0, 0.0, 1.0],
        [0.0, 0.0, 0.0, 1.0],
        [1e-30, 1.0, 0.0, 1.0],
        [5.0, 1.3, 0.0, 1.0],
        [5.0, -2.5, 0.0, 1.0],
        [5.0, 0.0, 0.4, 1.0],
        [5.0, 0.0, -0.9, 1.0],
        [NAN, 0.0, 0.0, 1.0],
        [5.0, NAN, 0.0, 1.0],
        [5.0, 0.0, NAN, 1.0],
        [INF, 0.0, 0.0, 1.0],
        [5.0, INF, 0.0, 1.0],
        [5.0, 0.0, -INF, 1.0],
    ],
)
@pytest.mark.parametrize("lens", [None, PLUMB_BOB])
def test_what_is_behind_beside_or_not_finite_does_not_count(unseen, lens, device):
    depth = image([unseen, [7.0, 0.0, 0.0, 1.0]], device, lens=lens)
    assert pixels(depth) == {(1, 2): 7.0}


def test_an_empty_cloud_makes_an_empty_image(device):
    assert torch.equal(image([], device), torch.zeros(4, 6))


@pytest.mark.parametrize("lens", [None, PLUMB_BOB, RATIONAL])
def test_the_image_is_that_of_a_plain_loop_over_the_pixels_of_opencv(lens, device):
    points = np.random.default_rng(1).uniform(-1, 1, (40_000, 4)).astype(np.float32)
    points[:, 0] = 2.0 + 8.0 * np.abs(points[:, 0])
    points[:, 1:3] *= 0.9 * points[:, :1]  # in front of where the lenses fold back
    places, depths = pixels_of_opencv(points, WIDE, ASIDE, lens)
    off_borders = (np.abs((places + 0.5) % 1.0 - 0.5) < 0.499).all(axis=1)
    expected = image_of_a_loop(places[off_borders], depths[off_borders], WIDE)
    depth = image(points[off_borders], device, WIDE, ASIDE, lens)
    torch.testing.assert_close(depth, expected, rtol=1e-5, atol=0.0)
    assert (expected > 0).float().mean() > 0.2


def test_what_the_lens_formula_would_fold_back_into_the_picture_stays_out(device):
    # r − 0.3 r³ grows up to r = 1.054; 1.8 would be shown at 0.05, half a pixel off the centre
    folded = [[5.0, 9.0, 0.0, 1.0], [7.0, 0.0, 0.0, 1.0]]
    lens = Distortion(k1=-0.3)
    assert pixels(image(folded, device, lens=lens)) == {(1, 2): 7.0}
    assert pixels_of_opencv(np.array(folded), CAMERA, FORWARD, lens)[0][0, 0] == pytest.approx(
        1.496
    )
