"""Viewing rays of a camera's pixels, from OpenCV's model of its lens."""

from dataclasses import astuple

import cv2
import numpy as np

from vmloc_ros.distortion import Distortion
from vmloc_ros.frame import Camera


def straight_places(camera: Camera) -> np.ndarray:
    """Return x and y (h, w, 2) of the rays at z = 1."""
    pixels = np.mgrid[0 : camera.width, 0 : camera.height].T.reshape(-1, 1, 2).astype(float)
    lens = np.array(astuple(camera.distortion or Distortion()))
    places = cv2.undistortPoints(pixels, camera.matrix(), lens)
    return places.reshape(camera.height, camera.width, 2)
