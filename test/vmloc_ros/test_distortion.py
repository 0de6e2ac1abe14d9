import math

import cv2
import numpy as np
import pytest

from vmloc_ros.distortion import Distortion


def shown(lens, x):
    """Return where OpenCV shows the points (x, 0, 1) of the normalised plane."""
    points = np.stack([x, np.zeros_like(x), np.ones_like(x)], axis=1)
    D = np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3, lens.k4, lens.k5, lens.k6])
    return cv2.projectPoints(points, np.zeros(3), np.zeros(3), np.eye(3), D)[0][:, 0, 0]


def test_a_lens_that_bends_inwards_folds_back_where_its_radius_stops_growing():
    # (r − 0.3 r³)' = 1 − 0.9 r² = 0
    assert Distortion(k1=-0.3).squared_limit() == pytest.approx(1 / 0.9)


def test_a_pole_is_a_limit_too():
    # r / (1 − r²) grows up to the pole at 1
    assert Distortion(k4=-1.0).squared_limit() == pytest.approx(1.0)


@pytest.mark.parametrize("lens", [Distortion(), Distortion(k1=0.2), Distortion(p1=0.01)])
def test_a_lens_that_never_folds_back_has_no_limit(lens):
    assert lens.squared_limit() == math.inf


@pytest.mark.parametrize(
    "lens",
    [
        Distortion(k1=-0.37, k2=0.20, k3=-0.06),
        Distortion(k1=0.1, k2=-0.3, k3=0.05, k4=0.3),
        Distortion(k1=-0.2, k2=0.01, k4=0.3, k5=-0.05, k6=0.01),
    ],
)
def test_up_to_the_limit_what_is_farther_out_is_shown_farther_out(lens):
    limit = math.sqrt(lens.squared_limit())
    inside = shown(lens, np.linspace(0.0, limit, 1000))
    assert (np.diff(inside) > 0).all()
    assert shown(lens, np.array([limit * 1.01]))[0] < inside[-1]
