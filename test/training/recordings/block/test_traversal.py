import numpy as np
import pytest
from numpy.typing import NDArray

from training.recordings.block.block_size import SIZES
from training.recordings.block.city_block import CityBlock
from training.recordings.block.light import LIGHTS
from training.recordings.block.traversal import Traversal
from training.recordings.block.vehicle import Vehicle
from vmloc_ros.frame import Frame

SIZE = SIZES["small"]
FRAMES = (3, 17, 31)


@pytest.fixture(scope="module")
def block() -> CityBlock:
    return CityBlock(SIZE, "summer", seed=0)


@pytest.fixture(scope="module")
def traversal(block: CityBlock) -> Traversal:
    return Traversal(block, SIZE.cruise_mps, seed=0, number=1)


def look(traversal: Traversal, number: int) -> Frame:
    illumination = traversal.illumination(LIGHTS["day"])
    pose, noise = traversal.drive.poses[number], traversal.noise(number)
    return Vehicle(SIZE).look(traversal.world(number), illumination, 1, pose, noise)


def in_picture(frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Points (N, 3) in the camera's frame, their pixels (N, 2), and which the picture has."""
    camera, T = frame.camera, frame.T_camera_lidar
    assert camera is not None and T is not None and frame.points is not None
    points = frame.points[:, :3] @ T[:3, :3].T + T[:3, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        uv = points[:, :2] / points[:, 2:] * [camera.fx, camera.fy] + [camera.cx, camera.cy]
    inside = (
        (points[:, 2] > 1.0)
        & (uv > 0.0).all(1)
        & (uv < [camera.width - 1, camera.height - 1]).all(1)
    )
    return points, np.where(inside[:, None], uv.round(), 0).astype(np.int64), inside


@pytest.mark.parametrize("number", FRAMES)
def test_a_lidar_point_lies_on_what_the_camera_sees_there(
    traversal: Traversal, number: int
) -> None:
    points, _, inside = in_picture(look(traversal, number))
    points = points[inside]
    pose = traversal.drive.poses[number]
    directions = pose.rotation.apply(points).astype(np.float32)
    hits = traversal.world(number).cast(pose.position.astype(np.float32), directions)
    beyond_m = (hits.reach - 1.0) * np.linalg.norm(points, axis=1)
    assert len(points) > 200
    # No point floats in the air: few are beside an edge by the noise, some are hidden behind one.
    assert (beyond_m > 0.1).mean() < 0.01
    assert (np.abs(beyond_m) < 0.1).mean() > 0.85


def test_bright_lidar_points_lie_on_bright_pixels(traversal: Traversal) -> None:
    pairs = []
    for number in FRAMES:
        frame = look(traversal, number)
        assert frame.rgb is not None and frame.points is not None
        _, pixels, inside = in_picture(frame)
        u, v = pixels[inside].T
        pairs.append(np.stack([frame.rgb[v, u].mean(axis=1), frame.points[inside, 3]]))
        mirrored = frame.rgb[v, frame.rgb.shape[1] - 1 - u].mean(axis=1)
        right, wrong = (
            np.corrcoef(x, frame.points[inside, 3])[0, 1] for x in (pairs[-1][0], mirrored)
        )
        assert right > wrong + 0.2
    assert np.corrcoef(np.concatenate(pairs, axis=1))[0, 1] > 0.5


def test_the_lidar_sees_the_car_ahead_where_it_is_at_that_moment(
    block: CityBlock, traversal: Traversal
) -> None:
    ahead = traversal.traffic.users[0]
    places = []
    for number in (10, 11):
        frame, pose = look(traversal, number), traversal.drive.poses[number]
        points, _, _ = in_picture(frame)
        in_map = pose.rotation.apply(points) + pose.position
        spot = block.street.spot(float(ahead.distances_m[number]), ahead.left_m)
        near = np.linalg.norm(in_map[:, :2] - [spot.x, spot.y], axis=1) < 2.9
        on_car = in_map[near & (in_map[:, 2] > 0.3) & (in_map[:, 2] < 2.3)]
        assert len(on_car) > 10
        places.append(on_car.mean(axis=0))
    moved_m = np.linalg.norm(places[1] - places[0])
    assert moved_m == pytest.approx(np.diff(ahead.distances_m[10:12])[0], abs=0.7)


def test_what_moves_keeps_clear_of_the_camera(block: CityBlock) -> None:
    for number in (1, 2, 3):
        traversal = Traversal(block, SIZE.cruise_mps, seed=0, number=number)
        here = np.array([pose.position[:2] for pose in traversal.drive.poses])
        for user in traversal.traffic.users:
            there = block.street.at(user.distances_m, user.left_m)
            assert np.linalg.norm(there - here, axis=1).min() > 2.4


def test_other_cars_and_people_are_on_the_street_in_another_traversal(block: CityBlock) -> None:
    first, second = (Traversal(block, SIZE.cruise_mps, 0, number) for number in (1, 2))
    assert {s.foot for s in first.traffic.moving(5)}.isdisjoint(
        {s.foot for s in second.traffic.moving(5)}
    )
    assert [s.foot for s in first.traffic.parked] != [s.foot for s in second.traffic.parked]


def test_between_two_frames_people_walk_and_cars_drive(traversal: Traversal) -> None:
    for user in traversal.traffic.users:
        speed_mps = np.abs(np.diff(user.distances_m)).mean() / 0.4
        on_pavement = abs(user.left_m) > 5.7
        assert (0.8 < speed_mps < 1.7) if on_pavement else (3.5 < speed_mps < 10.0)


def test_light_changes_neither_drive_nor_traffic(block: CityBlock) -> None:
    one, again = (Traversal(block, SIZE.cruise_mps, 0, 1) for _ in range(2))
    one.illumination(LIGHTS["day"])
    again.illumination(LIGHTS["night"])
    np.testing.assert_array_equal(one.drive.distances_m, again.drive.distances_m)
    assert [s.foot for s in one.traffic.moving(7)] == [s.foot for s in again.traffic.moving(7)]
