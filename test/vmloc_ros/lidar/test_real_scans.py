"""Six scans of a 64-beam lidar with the images of the camera beside it."""

import math

import cv2
import numpy as np
import pytest
import torch
import yaml

from vmloc_ros.config import LidarConfig
from vmloc_ros.frame import Camera
from vmloc_ros.lidar import CylindricalProjection, PinholeProjection

HDL_64E = LidarConfig(rows=64, columns=1024, elevation_min_deg=-24.9, elevation_max_deg=2.0)
NAMES = [f"{number:010d}" for number in range(0, 90, 15)]
# By scan: cells with a return; their summed range and height (m) and intensity; then pixels of the
# depth image with a return and their summed depth (m).
GOLDEN = {
    "0000000000": (45248, 406550.85, -44185.86, 8247.20, 16377, 191996.40),
    "0000000015": (46004, 467480.81, -51216.96, 8861.46, 15977, 176954.26),
    "0000000030": (47003, 512094.55, -53163.58, 9124.65, 16792, 164031.16),
    "0000000045": (46854, 505973.02, -52171.32, 9116.73, 16787, 141319.01),
    "0000000060": (46374, 483204.77, -49756.16, 8738.11, 17140, 142024.03),
    "0000000075": (46014, 455860.92, -46951.77, 8190.32, 17175, 141677.47),
}


@pytest.fixture
def drive(shared_data):
    folder = shared_data / "kitti_excerpt"
    if not folder.is_dir():
        pytest.skip(f"no real scans: {folder} does not exist")
    return folder


@pytest.fixture
def rig(drive):
    """The camera and T_camera_lidar."""
    calibration = yaml.safe_load((drive / "calibration.yaml").read_text())
    K = np.array(calibration["projection"])
    T_camera_lidar = np.array(calibration["T_camera_lidar"])
    T_camera_lidar[:3] = calibration["rectification"] @ T_camera_lidar[:3]
    return Camera(1242, 375, K[0, 0], K[1, 1], K[0, 2], K[1, 2]), T_camera_lidar


def scan(drive, name):
    points = np.fromfile(drive / "velodyne_points" / f"{name}.bin", np.float32)
    return torch.from_numpy(points.reshape(-1, 4))


def image_edges(drive, name):
    """How much the brightness changes at each pixel, blurred over a few of them."""
    grey = cv2.imread(str(drive / "image_02" / f"{name}.png"), cv2.IMREAD_GRAYSCALE)
    across = np.abs(cv2.Sobel(grey.astype(np.float32), cv2.CV_32F, 1, 0))
    return cv2.GaussianBlur(across, (0, 0), 1.5)


def near_edges(points):
    """Points at least a metre nearer than one beside them: a scan lists beam by beam."""
    distance = points[:, :3].norm(dim=1)
    before, after = distance.roll(1) - distance, distance.roll(-1) - distance
    return points[torch.maximum(before, after) > 1.0]


def turned(points, yaw_deg):
    cos, sin = math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg))
    x, y, z, intensity = points.T
    return torch.stack([cos * x - sin * y, sin * x + cos * y, z, intensity], dim=1)


@pytest.mark.parametrize("name", NAMES)
def test_the_cylindrical_picture_of_a_scan_is_as_it_was(drive, name, device):
    picture = CylindricalProjection(HDL_64E)(scan(drive, name).to(device)).cpu()
    cells, *sums = GOLDEN[name][:4]
    assert int((picture[..., 0] > 0).sum()) == pytest.approx(cells, abs=6)  # 1 in 10 000
    assert picture.double().sum(dim=(0, 1)).tolist() == pytest.approx(sums, rel=2e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_depth_image_of_a_scan_is_as_it_was(drive, rig, name, device):
    depth = PinholeProjection(*rig)(scan(drive, name).to(device)).cpu()
    pixels, total = GOLDEN[name][4:]
    assert int((depth > 0).sum()) == pytest.approx(pixels, abs=6)
    assert depth.double().sum().item() == pytest.approx(total, rel=2e-4)


@pytest.mark.parametrize("name", NAMES)
def test_edges_of_a_scan_lie_on_edges_of_the_image_and_beside_them_when_it_is_turned(
    drive, rig, name
):
    strength, edges = image_edges(drive, name), near_edges(scan(drive, name))
    projection = PinholeProjection(*rig)

    def mean_strength(yaw_deg):
        shown = projection(turned(edges, yaw_deg)).numpy() > 0
        return strength[shown].mean()

    aside = [mean_strength(yaw_deg) for yaw_deg in (-4, -3, -2, -1, 1, 2, 3, 4)]
    assert mean_strength(0.0) > 1.2 * max(aside)
