"""A rotated view must be what a camera in the composed pose would have seen."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from opencv_rays import straight_places
from scipy.spatial.transform import Rotation

from training.views.turned_view import turn_colour, turn_depth
from vmloc_ros.distortion import Distortion
from vmloc_ros.frame import Camera

CAMERA = Camera(81, 61, 70.0, 70.0, 40.0, 30.0)
BENT = replace(CAMERA, distortion=Distortion(k1=-0.25, k2=0.05, p1=0.01))


def rays(R_map_camera: np.ndarray, camera: Camera) -> np.ndarray:
    """Viewing rays (h, w, 3) in map coordinates, one metre deep along the optical axis."""
    places = straight_places(camera)
    return np.concatenate([places, np.ones((*places.shape[:2], 1))], axis=-1) @ R_map_camera.T


def wall_depth_mm(R_map_camera: np.ndarray, camera: Camera = CAMERA) -> np.ndarray:
    """Depth of a wall z = 2 m with a slant (z = 2 + 0.3 x), seen from the origin."""
    direction = rays(R_map_camera, camera)
    return 1000.0 * 2.0 / (direction[..., 2] - 0.3 * direction[..., 0])


def sky_colour(R_map_camera: np.ndarray, camera: Camera = CAMERA) -> np.ndarray:
    """A smooth colour that depends on the viewing direction alone."""
    direction = rays(R_map_camera, camera)
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    return 128.0 + 100.0 * np.sin(4.0 * direction)


@pytest.mark.parametrize("camera", [CAMERA, BENT], ids=["pinhole", "lens"])
@pytest.mark.parametrize("euler_deg", [(5.0, 0.0, 0.0), (0.0, -7.0, 0.0), (3.0, 4.0, 10.0)])
def test_a_rotated_frame_is_the_view_of_the_rotated_camera(
    euler_deg: tuple[float, ...], camera: Camera
) -> None:
    R = Rotation.from_euler("xyz", euler_deg, degrees=True).as_matrix()
    R_old_new = torch.tensor(R, dtype=torch.float32)[None]
    inside = slice(15, -15)

    colour = torch.tensor(sky_colour(np.eye(3), camera), dtype=torch.float32)[None]
    turned = turn_colour(colour, R_old_new, camera)[0].numpy()
    np.testing.assert_allclose(
        turned[inside, inside], sky_colour(R, camera)[inside, inside], atol=0.5
    )

    depth = torch.tensor(wall_depth_mm(np.eye(3), camera), dtype=torch.float32)[None]
    turned_depth = turn_depth(depth, R_old_new, camera)[0].numpy()
    expected = wall_depth_mm(R, camera)[inside, inside]
    np.testing.assert_allclose(turned_depth[inside, inside], expected, rtol=6e-3)


def test_a_camera_that_does_not_turn_sees_the_same_through_any_lens() -> None:
    wide = replace(CAMERA, fx=30.0, fy=30.0, distortion=Distortion(k1=-0.3))  # ends in the corners
    colour = torch.tensor(sky_colour(np.eye(3)), dtype=torch.float32)[None]
    depth = torch.tensor(wall_depth_mm(np.eye(3)), dtype=torch.float32)[None]
    still = torch.eye(3)[None]
    torch.testing.assert_close(turn_colour(colour, still, wide), colour, atol=0.05, rtol=0.0)
    torch.testing.assert_close(turn_depth(depth, still, wide), depth)


def test_what_comes_into_view_has_no_depth() -> None:
    R = Rotation.from_euler("y", 20.0, degrees=True).as_matrix()
    depth = torch.full((1, 61, 81), 1000)
    turned = turn_depth(depth, torch.tensor(R, dtype=torch.float32)[None], CAMERA)[0]
    assert (turned[:, -10:] == 0.0).all()
    assert (turned[:, 10] > 0.0).all()
