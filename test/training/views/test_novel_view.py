"""What a moved camera sees: nearer things hide farther ones, and holes are holes."""

from dataclasses import replace

import pytest
import torch
from opencv_rays import straight_places

from training.views.camera_motion import CameraMotion
from training.views.novel_view import NovelView
from training.views.turned_view import turn_colour
from vmloc_ros.distortion import Distortion
from vmloc_ros.frame import Camera
from vmloc_ros.model.rotation import quat_from_rotation_vector

CAMERA = Camera(64, 48, 50.0, 50.0, 31.5, 23.5)
LEFT, WIDTH = 30, 6
"""Columns of a post, 1 m away in front of a wall at 2 m."""


@pytest.fixture(params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> torch.device:
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return torch.device(request.param)


def shifted(x: float, y: float, z: float, device: torch.device) -> CameraMotion:
    unit = torch.tensor([[0.0, 0.0, 0.0, 1.0]], device=device)
    return CameraMotion(unit, torch.tensor([[x, y, z]], device=device))


def wall(device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Colour and depth of a blue wall that gets brighter to the right."""
    rgb = torch.zeros(1, 48, 64, 3, dtype=torch.uint8, device=device)
    rgb[..., 2] = 3 * torch.arange(64, device=device)
    return rgb, torch.full((1, 48, 64), 2000, dtype=torch.int32, device=device).to(torch.uint16)


def post(device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Colour and depth of a red post in front of the wall."""
    rgb, depth = wall(device)
    rgb[:, :, LEFT : LEFT + WIDTH] = torch.tensor([255, 0, 0], dtype=torch.uint8, device=device)
    depth[:, :, LEFT : LEFT + WIDTH] = 1000
    return rgb, depth


def test_a_camera_that_does_not_move_sees_the_same(device: torch.device) -> None:
    rgb, depth = post(device)
    depth[:, 10:14, 20:24] = 0
    view = NovelView(depth, shifted(0.0, 0.0, 0.0, device), CAMERA)
    torch.testing.assert_close(view.depth_mm(), depth.float(), rtol=0.0, atol=0.0)
    torch.testing.assert_close(view.colour(rgb), rgb.float(), rtol=0.0, atol=0.05)


def test_a_near_thing_hides_a_far_one_and_uncovers_what_was_behind(device: torch.device) -> None:
    rgb, depth = post(device)
    # 8 cm to the right: the post goes 50 · 0.08 / 1 = 4 pixels to the left, the wall goes 2.
    view = NovelView(depth, shifted(0.08, 0.0, 0.0, device), CAMERA)
    row = view.depth_mm()[0, 24].tolist()
    assert row[: LEFT - 4] == [2000.0] * (LEFT - 4)
    assert row[LEFT - 4 : LEFT - 4 + WIDTH] == [1000.0] * WIDTH
    assert row[LEFT - 4 + WIDTH : LEFT - 2 + WIDTH] == [0.0, 0.0]
    assert row[LEFT - 2 + WIDTH : 62] == [2000.0] * (62 - (LEFT - 2 + WIDTH))
    assert row[62:] == [0.0, 0.0]
    red, _, blue = view.colour(rgb)[0, 24].unbind(-1)
    expected = torch.full((WIDTH,), 255.0, device=device)
    torch.testing.assert_close(red[LEFT - 4 : LEFT - 4 + WIDTH], expected, rtol=0.0, atol=0.1)
    torch.testing.assert_close(blue[:26], rgb[0, 24, 2:28, 2].float(), rtol=0.0, atol=0.1)


def test_what_was_hidden_takes_the_colour_of_the_background(device: torch.device) -> None:
    rgb, depth = post(device)
    colour = NovelView(depth, shifted(0.08, 0.0, 0.0, device), CAMERA).colour(rgb)
    red, _, blue = colour[0, 24, LEFT - 4 + WIDTH : LEFT - 2 + WIDTH].unbind(-1)
    assert (red < 64.0).all() and (blue > 48.0).all()


def test_what_comes_into_view_from_outside_repeats_the_border(device: torch.device) -> None:
    rgb, depth = wall(device)
    view = NovelView(depth, shifted(0.08, 0.0, 0.0, device), CAMERA)
    assert (view.colour(rgb)[0, 24, 62:, 2] - 3 * 63).abs().max() < 0.1


@pytest.mark.parametrize("forward_m", [0.2, 0.6])
def test_a_wall_that_comes_nearer_has_no_cracks(device: torch.device, forward_m: float) -> None:
    rgb, depth = wall(device)
    view = NovelView(depth, shifted(0.03, -0.02, forward_m, device), CAMERA)
    near = 2000.0 - 1000.0 * forward_m
    torch.testing.assert_close(
        view.depth_mm(), torch.full_like(view.depth_mm(), near), rtol=1e-5, atol=0.0
    )
    # 2 m and x of the old camera are what the new one sees (1 − forward / 2) as far from its axis.
    columns = torch.arange(64, device=device)
    was = 31.5 + (columns - 31.5) * near / 2000.0 + 50.0 * 0.03 / 2.0
    blue = view.colour(rgb)[0, 24, :, 2]
    torch.testing.assert_close(blue, 3.0 * was, rtol=0.0, atol=0.2)


@pytest.mark.parametrize("lens", [Distortion(k1=-0.3, p1=0.02), Distortion(k1=0.2, k2=-0.05)])
def test_a_lens_bends_the_new_image_as_it_bent_the_old_one(
    device: torch.device, lens: Distortion
) -> None:
    camera = replace(CAMERA, distortion=lens)

    def painted(x_m: torch.Tensor, y_m: torch.Tensor) -> torch.Tensor:
        """Colour of a wall at 2 m."""
        waves = (torch.sin(4.0 * x_m), torch.cos(5.0 * y_m), torch.sin(3.0 * (x_m + y_m)))
        return 128.0 + 100.0 * torch.stack(waves, dim=-1)

    x, y = torch.tensor(straight_places(camera), dtype=torch.float32, device=device).unbind(-1)
    depth = torch.full((1, 48, 64), 2000.0, device=device)
    view = NovelView(depth, shifted(0.1, -0.05, 0.3, device), camera)
    inside = slice(8, -8)
    seen = view.colour(painted(2.0 * x, 2.0 * y)[None])[0, inside, inside]
    expected = painted(1.7 * x + 0.1, 1.7 * y - 0.05)[inside, inside]
    torch.testing.assert_close(seen, expected, rtol=0.0, atol=1.0)


@pytest.mark.parametrize("lens", [Distortion(k1=-0.3, p1=0.02), Distortion(k1=0.2, k2=-0.05)])
def test_a_slanted_wall_is_where_the_lens_shows_it(device: torch.device, lens: Distortion) -> None:
    camera = replace(CAMERA, distortion=lens)
    x = torch.tensor(straight_places(camera)[..., 0], dtype=torch.float32, device=device)
    depth = 2000.0 / (1.0 - 0.5 * x)[None]  # z = 2 + 0.5 x
    view = NovelView(depth, shifted(0.1, -0.05, 0.3, device), camera)
    inside = slice(8, -8)
    expected = 1750.0 / (1.0 - 0.5 * x)[inside, inside]  # z + 0.3 = 2 + 0.5 (x + 0.1)
    torch.testing.assert_close(view.depth_mm()[0, inside, inside], expected, rtol=0.013, atol=0.0)


def table_mm(below_m: float, device: torch.device) -> torch.Tensor:
    """Depth (48, 64) of a table so far below the camera; 0 above the row where it ends, at 3 m."""
    down = (torch.arange(48, device=device) - CAMERA.cy) / CAMERA.fy
    depth = 1000.0 * below_m / down.clamp_min(1e-6)
    return torch.where((down > 0.0) & (depth < 3000.0), depth, 0.0)[:, None].expand(48, 64)


def test_a_table_seen_from_higher_up_and_nearer_has_no_cracks(device: torch.device) -> None:
    before = table_mm(0.3, device).round().to(torch.int32)[None]
    view = NovelView(before, shifted(0.0, -0.15, 0.15, device), CAMERA)
    expected = table_mm(0.45, device)
    # What lies 0.65 m ahead was at the lower edge of the old image.
    both = (expected > 650.0) & (expected < 2700.0)
    assert both.sum() > 1000
    error = (view.depth_mm()[0] - expected).abs()[both] / expected[both]
    # Depth is that of the old rows, which get farther apart: at 2.7 m by 12 %. A crack is 100 %.
    assert error.max() < 0.12 and error.mean() < 0.04


def test_pixels_without_depth_keep_their_colour_and_stay_holes(device: torch.device) -> None:
    rgb, depth = wall(device)
    depth[:, 20:28, 30:38] = 0
    view = NovelView(depth, shifted(0.08, 0.0, 0.0, device), CAMERA)
    assert not view.depth_mm()[:, 20:28, 28:36].any()
    assert (view.depth_mm()[:, 20:28, 26:38] > 0.0).sum() == 8 * 4
    torch.testing.assert_close(
        view.colour(rgb)[0, 24, :60], rgb[0, 24, 2:62].float(), rtol=0.0, atol=0.1
    )


def test_what_is_behind_the_moved_camera_is_not_seen(device: torch.device) -> None:
    rgb, depth = post(device)
    depth[:, :, LEFT : LEFT + WIDTH] = 150
    view = NovelView(depth, shifted(0.0, 0.0, 0.2, device), CAMERA)
    assert set(view.depth_mm().unique().tolist()) == {0.0, 1800.0}
    assert view.colour(rgb).isfinite().all()


def test_a_frame_without_any_depth_keeps_its_colour(device: torch.device) -> None:
    rgb, depth = wall(device)
    view = NovelView(torch.zeros_like(depth), shifted(0.0, 0.0, 0.0, device), CAMERA)
    assert not view.depth_mm().any()
    torch.testing.assert_close(view.colour(rgb), rgb.float(), rtol=0.0, atol=0.05)


def test_a_frame_without_any_depth_is_turned_as_an_image_is(device: torch.device) -> None:
    rgb, depth = wall(device)
    turn = torch.tensor([[0.2, -0.3, 0.7]], device=device)
    motion = CameraMotion(quat_from_rotation_vector(turn), torch.zeros(1, 3, device=device))
    torch.testing.assert_close(
        NovelView(torch.zeros_like(depth), motion, CAMERA).colour(rgb),
        turn_colour(rgb, motion.R_old_new, CAMERA),
        rtol=0.0,
        atol=0.05,
    )


def test_frames_of_a_batch_do_not_touch_each_other(device: torch.device) -> None:
    both = torch.cat([post(device)[1], wall(device)[1]])
    motion = CameraMotion(
        torch.tensor([[0.0, 0.0, 0.0, 1.0]] * 2, device=device),
        torch.tensor([[0.08, 0.0, 0.0], [0.0, 0.0, 0.2]], device=device),
    )
    alone = [
        NovelView(depth[None], CameraMotion(quat[None], shift[None]), CAMERA).depth_mm()
        for depth, quat, shift in zip(both, motion.quat_old_new, motion.shift_m, strict=True)
    ]
    torch.testing.assert_close(NovelView(both, motion, CAMERA).depth_mm(), torch.cat(alone))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_and_cpu_agree() -> None:
    torch.manual_seed(0)
    motion = CameraMotion.draw(8, [0.14] * 3, 0.2, torch.device("cpu"))
    on_gpu = CameraMotion(motion.quat_old_new.cuda(), motion.shift_m.cuda())
    rgb, depth = (images.expand(8, *images.shape[1:]) for images in post(torch.device("cpu")))
    here, there = NovelView(depth, motion, CAMERA), NovelView(depth.cuda(), on_gpu, CAMERA)
    same = (here.depth_mm() - there.depth_mm().cpu()).abs() < 0.1
    assert same.float().mean() > 0.99  # a pixel may fall to the other side of a boundary
    close = (here.colour(rgb) - there.colour(rgb.cuda()).cpu()).abs() < 0.5
    assert close.float().mean() > 0.99
