import math

import cv2
import numpy as np
import pytest
import torch

from vmloc_ros.config import PreprocessingConfig
from vmloc_ros.depth_encoding import DepthEncoding
from vmloc_ros.distortion import Distortion
from vmloc_ros.errors import ConfigError
from vmloc_ros.frame import Camera

CAMERA = Camera(width=5, height=4, fx=2.0, fy=4.0, cx=2.0, cy=1.0)
KINDS = ["log", "inverse", "points", "normals"]


def encode(kind: str, depth_mm: torch.Tensor, camera: Camera | None = CAMERA) -> torch.Tensor:
    config = PreprocessingConfig.model_validate(
        {"depth_encoding": kind, "depth_min_m": 0.5, "depth_max_m": 8.0}
    )
    channels = DepthEncoding(config, camera)(depth_mm)
    assert channels.shape[1] == config.channels("depth")
    return channels


def wall(depth_m: float) -> torch.Tensor:
    return torch.full((1, 4, 5), 1000.0 * depth_m)


def test_inverse_depth_is_one_at_the_nearest_and_minus_one_at_the_farthest() -> None:
    depth = wall(0.5)
    depth[0, 0, 1], depth[0, 0, 2] = 8000.0, 1000.0
    inverse, valid = encode("inverse", depth)[0]
    # 1 / 1 m lies (1 − 1/8) / (2 − 1/8) of the way from 1 / 8 m to 1 / 0.5 m.
    torch.testing.assert_close(inverse[0, :3], torch.tensor([1.0, -1.0, 2.0 * 0.875 / 1.875 - 1.0]))
    assert valid.min() == 1.0


def test_points_are_where_the_camera_sees_them_as_shares_of_the_farthest() -> None:
    x, y, z, valid = encode("points", wall(4.0))[0]
    # Pixel (4, 3): x = (4 − 2) / 2 · 4 m, y = (3 − 1) / 4 · 4 m.
    corner = torch.stack([x[3, 4], y[3, 4], z[3, 4], valid[3, 4]])
    torch.testing.assert_close(corner, torch.tensor([4.0 / 8.0, 2.0 / 8.0, 4.0 / 8.0, 1.0]))


def test_the_normal_of_a_wall_ahead_faces_the_camera() -> None:
    normals = encode("normals", wall(2.0))[0, :3]
    torch.testing.assert_close(normals[:, 1, 2], torch.tensor([0.0, 0.0, -1.0]))
    assert normals[:, 0].abs().max() == 0.0  # the rim has no neighbours on one side


def test_the_normal_of_a_wall_that_recedes_to_the_right_turns_there() -> None:
    u = (torch.arange(5) - CAMERA.cx) / CAMERA.fx
    depth_m = 2.0 / (1.0 - u)  # x + z = ... : z = 2 + x, a wall at 45°
    depth = (1000.0 * depth_m).expand(1, 4, 5).clone()
    depth[depth < 0.0] = 0.0
    normal = encode("normals", torch.where(depth.isfinite(), depth, 0.0))[0, :3, 1, 1]
    expected = torch.tensor([1.0, 0.0, -1.0]) / math.sqrt(2.0)
    torch.testing.assert_close(normal, expected, atol=1e-5, rtol=0.0)


def test_a_lens_bends_no_wall() -> None:
    camera = Camera(32, 24, 50.0, 50.0, 15.5, 11.5, Distortion(k1=-0.3, k2=0.05, p2=0.01))
    pixels = np.mgrid[0:32, 0:24].T.reshape(-1, 1, 2).astype(float)
    lens = np.array([-0.3, 0.05, 0.0, 0.01])
    places = cv2.undistortPoints(pixels, camera.matrix(), lens).reshape(24, 32, 2)
    x, y = torch.tensor(places, dtype=torch.float32).unbind(-1)
    depth_mm = 2000.0 / (1.0 - 0.3 * x + 0.2 * y)[None]  # z = 2 + 0.3 x − 0.2 y
    normals = encode("normals", depth_mm, camera)[0, :3, 1:-1, 1:-1]
    expected = torch.nn.functional.normalize(torch.tensor([0.3, -0.2, -1.0]), dim=0)
    torch.testing.assert_close(
        normals, expected[:, None, None].expand_as(normals), atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing_m", [0.0, 0.4, 8.1])
def test_what_has_no_return_is_zero_in_every_channel(kind: str, missing_m: float) -> None:
    depth = wall(2.0)
    depth[0, 1, 2] = 1000.0 * missing_m
    assert encode(kind, depth)[0, :, 1, 2].abs().max() == 0.0


def test_a_normal_next_to_a_hole_is_not_made_up() -> None:
    depth = wall(2.0)
    depth[0, 1, 3] = 0.0
    normal, log_depth = encode("normals", depth)[0, :3, 1, 2], encode("normals", depth)[0, 3, 1, 2]
    assert normal.abs().max() == 0.0
    torch.testing.assert_close(log_depth, torch.tensor(0.0), atol=1e-6, rtol=0.0)  # geometric mean


@pytest.mark.parametrize("kind", ["points", "normals"])
def test_points_without_intrinsics_are_refused(kind: str) -> None:
    with pytest.raises(ConfigError, match=rf"depth_encoding {kind} needs the camera's intrinsics"):
        encode(kind, wall(2.0), camera=None)


@pytest.mark.parametrize("kind", KINDS)
def test_integers_and_floats_are_encoded_alike(kind: str) -> None:
    depth = torch.randint(400, 9000, (2, 4, 5), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(encode(kind, depth.to(torch.int32)), encode(kind, depth.float()))
