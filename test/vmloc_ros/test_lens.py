"""Pixels and viewing rays against OpenCV's model of lenses."""

import math
from dataclasses import astuple

import cv2
import numpy as np
import pytest
import torch

from vmloc_ros.distortion import Distortion
from vmloc_ros.frame import Camera
from vmloc_ros.lens import pixel_rays, project, straighten

LENSES = [
    None,
    Distortion(k1=0.26, k2=-0.95, p1=-0.005, p2=0.003, k3=1.16),  # of a Kinect
    Distortion(k1=-0.3, p1=0.01, p2=-0.02),
    Distortion(k1=-0.2, k2=0.01, k4=0.3, k5=-0.05, k6=0.01),
]
CPU = torch.device("cpu")


def camera_with(lens: Distortion | None) -> Camera:
    return Camera(64, 48, 70.0, 60.0, 30.0, 25.0, lens)


@pytest.mark.parametrize("lens", LENSES)
def test_a_camera_sees_points_where_opencv_shows_them(lens: Distortion | None) -> None:
    camera = camera_with(lens)
    points = np.random.default_rng(0).uniform([-0.6, -0.5, 1.0], [0.6, 0.5, 3.0], (100, 3))
    numbers = np.array(astuple(lens or Distortion()))
    shown, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), camera.matrix(), numbers)
    seen = torch.stack(project(camera, *torch.tensor(points).unbind(-1)), dim=-1)
    np.testing.assert_allclose(seen, shown[:, 0], atol=1e-9)


@pytest.mark.parametrize("lens", LENSES)
def test_what_lies_along_the_ray_of_a_pixel_is_seen_there(lens: Distortion | None) -> None:
    camera = camera_with(lens)
    u, v = project(camera, *(2.0 * pixel_rays(camera, CPU)).unbind(-1))
    rows, columns = np.mgrid[0:48, 0:64]
    np.testing.assert_allclose(u, columns, atol=1e-3)
    np.testing.assert_allclose(v, rows, atol=1e-3)


def test_the_ray_of_the_principal_point_is_the_optical_axis() -> None:
    for lens in LENSES:
        assert pixel_rays(camera_with(lens), CPU)[25, 30].tolist() == [0.0, 0.0, 1.0]


def test_beyond_its_formula_a_lens_goes_on_evenly() -> None:
    folding = Distortion(k1=-0.3)  # shows 1 / √0.9 at 2 / 3 of it, and what is farther out nearer
    limit = 1.0 / math.sqrt(0.9)
    u, _ = project(camera_with(folding), *torch.tensor([[limit + 0.2], [0.0], [1.0]]))
    assert u.item() == pytest.approx(30.0 + 70.0 * (2.0 / 3.0 * limit + 0.2))
    x, y = straighten(torch.tensor(2.0 / 3.0 * limit + 0.2), torch.tensor(0.0), folding)
    assert (x.item(), y.item()) == (pytest.approx(limit + 0.2), 0.0)


@pytest.mark.parametrize(
    "lens",
    [
        Distortion(k1=-0.3, p1=0.01),  # shows no more than 0.70, and the corner is at 1.8
        Distortion(k1=-0.25, k2=0.07, k3=-0.009),
        Distortion(k1=1.0),  # fixed-point iteration, the usual way, does not find its rays
        Distortion(k1=1.0, k2=-0.5),
        Distortion(k4=-1.0),  # has a pole
    ],
)
def test_every_pixel_of_a_wide_picture_has_a_ray_that_is_seen_there(lens: Distortion) -> None:
    camera = Camera(64, 48, 22.0, 22.0, 31.5, 23.5, lens)
    u, v = project(camera, *pixel_rays(camera, CPU).unbind(-1))
    rows, columns = np.mgrid[0:48, 0:64]
    np.testing.assert_allclose(u, columns, atol=0.05)
    np.testing.assert_allclose(v, rows, atol=0.05)
