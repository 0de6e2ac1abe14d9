import math

import numpy as np
import pytest
import torch

from vmloc_ros.config import LidarConfig
from vmloc_ros.lidar import CylindricalProjection

ROUND = LidarConfig(rows=4, columns=8, elevation_min_deg=-20.0, elevation_max_deg=20.0)
"""Bins of 10° × 45°."""
AHEAD = ROUND.model_copy(update={"azimuth_deg": 80.0})
"""Bins of 10° × 10°."""
HDL_64E = LidarConfig(rows=64, columns=1024, elevation_min_deg=-24.9, elevation_max_deg=2.0)
INF, NAN = math.inf, math.nan


def point(range_m, azimuth_deg, elevation_deg, intensity=0.5):
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    across = range_m * math.cos(elevation)
    z = range_m * math.sin(elevation)
    return [across * math.cos(azimuth), across * math.sin(azimuth), z, intensity]


def picture(config, points, device):
    cloud = torch.tensor(points, dtype=torch.float32, device=device).reshape(-1, 4)
    return CylindricalProjection(config)(cloud).cpu()


def cells(image):
    return [tuple(cell) for cell in (image[..., 0] > 0).nonzero().tolist()]


def bins(config, points):
    """Return fractional row and column of each point in float64; a full circle closes."""
    x, y, z = np.asarray(points, np.float64)[:, :3].T
    azimuth = np.degrees(np.arctan2(y, x))
    elevation = np.degrees(np.arctan2(z, np.hypot(x, y)))
    height = config.elevation_max_deg - config.elevation_min_deg
    row = (config.elevation_max_deg - elevation) / height * config.rows
    column = (config.azimuth_deg / 2 - azimuth) / config.azimuth_deg * config.columns
    return row, column % config.columns if config.azimuth_deg == 360.0 else column


def picture_of_a_loop(config, points):
    image = np.zeros((config.rows, config.columns, 3), np.float32)
    for point, row, column in zip(points, *bins(config, points), strict=True):
        distance = np.linalg.norm(point[:3].astype(np.float64))
        inside = 0 <= row < config.rows and 0 <= column < config.columns
        if not (inside and config.range_min_m <= distance <= config.range_max_m):
            continue
        cell = image[int(row), int(column)]
        if cell[0] == 0 or distance < cell[0]:
            cell[:] = distance, point[2], point[3]
    return torch.from_numpy(image)


def cloud_off_borders(config, size, seed):
    """Random points in and out of view, none within a thousandth of a bin of a border."""
    rng = np.random.default_rng(seed)
    points = rng.normal(0.0, (20.0, 20.0, 4.0, 1.0), (size, 4)).astype(np.float32)
    fractions = np.stack(bins(config, points)) % 1.0
    return points[(np.abs(fractions - 0.5) < 0.499).all(axis=0)]


@pytest.mark.parametrize(
    ("azimuth_deg", "column"),
    [(179, 0), (91, 1), (89, 2), (1, 3), (-1, 4), (-89, 5), (-91, 6), (-179, 7)],
)
def test_the_middle_looks_forward_left_is_left_and_the_edges_meet_behind(
    azimuth_deg, column, device
):
    assert cells(picture(ROUND, [point(10, azimuth_deg, 1)], device)) == [(1, column)]


@pytest.mark.parametrize(("elevation_deg", "row"), [(19, 0), (1, 1), (-1, 2), (-19, 3)])
def test_the_first_row_is_the_highest(elevation_deg, row, device):
    assert cells(picture(ROUND, [point(10, 10, elevation_deg)], device)) == [(row, 3)]


@pytest.mark.parametrize(("y", "column"), [(0.0, 0), (-0.0, 7), (1e-30, 0), (-1e-30, 7)])
def test_straight_behind_is_on_the_edge_of_the_picture_but_in_it(y, column, device):
    assert cells(picture(ROUND, [[-10.0, y, 1.0, 0.0]], device)) == [(1, column)]


def test_a_cell_shows_range_height_and_intensity_of_its_nearest_return(device):
    points = [[8.0, 4.0, 1.0, 0.9], [4.0, 2.0, 0.5, 0.3], [6.0, 3.0, 0.8, 0.6]]
    image = picture(ROUND, points, device)
    assert cells(image) == [(1, 3)]
    # √(4² + 2² + 0.5²) = √20.25 = 4.5
    assert image[1, 3].tolist() == pytest.approx([4.5, 0.5, 0.3])
    assert image.sum() == pytest.approx(4.5 + 0.5 + 0.3)


def test_among_equally_near_returns_the_first_is_shown(device):
    mirrored = [[4.0, 2.0, 0.5, 0.1], [2.0, 4.0, 0.5, 0.2], [4.0, 2.0, 0.5, 0.3]]
    image = picture(LidarConfig(rows=1, columns=8), mirrored, device)
    assert image[0, [2, 3], 2].tolist() == pytest.approx([0.2, 0.1])


@pytest.mark.parametrize(
    "unseen",
    [
        point(10, 0, 21),
        point(10, 0, -21),
        point(0.99, 0, 0),
        point(81, 0, 0),
        [0.0, 0.0, 0.0, 1.0],
        [0.0, 0.0, 5.0, 1.0],
        [NAN, 1.0, 1.0, 1.0],
        [1.0, NAN, 1.0, 1.0],
        [9.0, 3.0, -NAN, 1.0],
        [9.0, 1.0, NAN, 1.0],
        [INF, 1.0, 1.0, 1.0],
        [-INF, INF, 1.0, 1.0],
        [9.0, 1.0, -INF, 1.0],
        [3e38, 1.0, 1.0, 1.0],
    ],
)
def test_what_is_out_of_view_out_of_range_or_not_finite_does_not_count(unseen, device):
    image = picture(ROUND, [unseen, point(20, 20, 5), unseen], device)
    assert cells(image) == [(1, 3)] and image.isfinite().all()


@pytest.mark.parametrize("intensity", [NAN, INF, -INF])
def test_a_return_without_an_intensity_counts_with_0(intensity, device):
    image = picture(ROUND, [[4.0, 2.0, 0.5, intensity]], device)
    assert image[1, 3].tolist() == pytest.approx([4.5, 0.5, 0.0])


def test_the_limits_of_range_still_count(device):
    assert len(cells(picture(ROUND, [[1.0, 0.0, 0.0, 0.0], [0.0, 80.0, 0.0, 0.0]], device))) == 2


@pytest.mark.parametrize(
    ("azimuth_deg", "expected"), [(39, [0]), (1, [3]), (-39, [7]), (41, []), (-41, []), (179, [])]
)
def test_a_narrower_view_is_centred_on_forward_and_ends_at_its_edges(azimuth_deg, expected, device):
    found = cells(picture(AHEAD, [point(10, azimuth_deg, 1)], device))
    assert [column for _, column in found] == expected


def test_an_empty_cloud_makes_an_empty_picture(device):
    assert torch.equal(picture(ROUND, [], device), torch.zeros(4, 8, 3))


@pytest.mark.parametrize("config", [ROUND, AHEAD, LidarConfig(), HDL_64E])
def test_the_picture_is_that_of_a_plain_loop(config, device):
    points = cloud_off_borders(config, 50_000, seed=1)
    torch.testing.assert_close(
        picture(config, points, device), picture_of_a_loop(config, points), rtol=1e-6, atol=0.0
    )


@pytest.mark.parametrize("bins_turned", [1, -1, 5, 511])
def test_turning_the_lidar_by_columns_shifts_the_picture_exactly_by_them(bins_turned, device):
    points = cloud_off_borders(HDL_64E, 20_000, seed=2)
    seam = np.float32([point(9 + k, 180 + (k - 9.5) * 360 / 1024, -k) for k in range(20)])
    points = np.concatenate([points, seam])  # ten columns on each side of the seam
    angle = 2 * math.pi * bins_turned / HDL_64E.columns
    cos, sin = math.cos(angle), math.sin(angle)
    turned = points.copy()  # points turn against the lidar
    turned[:, 0] = cos * points[:, 0].astype(np.float64) + sin * points[:, 1]
    turned[:, 1] = cos * points[:, 1].astype(np.float64) - sin * points[:, 0]
    before, after = picture(HDL_64E, points, device), picture(HDL_64E, turned, device)
    expected = before.roll(bins_turned, dims=1)
    assert torch.equal(after > 0, expected > 0)
    torch.testing.assert_close(after, expected, rtol=1e-6, atol=0.0)


def test_a_batch_is_its_clouds_one_by_one_and_padding_does_not_count(device):
    clouds = [cloud_off_borders(ROUND, size, seed=size) for size in (300, 20, 1000)]
    longest = max(map(len, clouds))
    batch = np.zeros((3, longest, 4), np.float32)
    batch[:, :] = point(1.5, 0, 0)  # would win everywhere
    present = np.zeros((3, longest), bool)
    for number, cloud in enumerate(clouds):
        batch[number, : len(cloud)], present[number, : len(cloud)] = cloud, True
    images = CylindricalProjection(ROUND).project(
        torch.from_numpy(batch).to(device), torch.from_numpy(present).to(device)
    )
    for image, cloud in zip(images.cpu(), clouds, strict=True):
        assert torch.equal(image, picture(ROUND, cloud, device))


def test_the_points_of_a_picture_lie_at_the_middle_of_their_columns(device):
    image = torch.zeros(1, 4, 8, 3)
    image[0, 2, 6] = torch.tensor([5.0, -3.0, 0.7])  # 4 m across, azimuth −112.5°
    points, present = CylindricalProjection(ROUND).points_of(image.to(device))
    assert points.shape == (1, 32, 4)
    assert present.nonzero().tolist() == [[0, 2 * 8 + 6]]
    angle = math.radians(-112.5)
    expected = [4 * math.cos(angle), 4 * math.sin(angle), -3.0, 0.7]
    assert points[0, 22].tolist() == pytest.approx(expected)


@pytest.mark.parametrize("config", [ROUND, AHEAD, HDL_64E])
def test_the_points_of_pictures_make_the_same_pictures(config, device):
    projection = CylindricalProjection(config)
    clouds = [cloud_off_borders(config, 5000, seed)[:4000] for seed in (3, 4)]
    images = projection.project(torch.from_numpy(np.stack(clouds)).to(device))
    again = projection.project(*projection.points_of(images))
    torch.testing.assert_close(again, images, rtol=1e-5, atol=0.0)


def test_single_precision_changes_at_most_one_cell_in_ten_thousand(device):
    points = np.random.default_rng(5).normal(0.0, (20, 20, 2, 1), (60_000, 4)).astype(np.float32)
    image, exact = picture(HDL_64E, points, device), picture_of_a_loop(HDL_64E, points)
    different = ((image - exact).abs() > 1e-5 * exact.abs()).any(dim=-1)
    assert different.float().mean() <= 1e-4
