import itertools

import numpy as np
import pytest

from training.recordings.block.block_size import SIZES
from training.recordings.block.drive import Drive
from training.recordings.block.street import Street

SIZE = SIZES["full"]


@pytest.fixture(scope="module")
def street() -> Street:
    return SIZE.street()


@pytest.fixture(scope="module")
def drives(street: Street) -> list[Drive]:
    return [Drive(street, SIZE.cruise_mps, np.random.default_rng(seed)) for seed in range(3)]


def test_the_full_loop_is_about_a_kilometre_and_the_small_one_80_m(street: Street) -> None:
    assert street.length_m == pytest.approx(1000.0, rel=0.05)
    # 28 m × 21 m with corners of 10 m.
    assert SIZES["small"].street().length_m == pytest.approx(18.0 + 20.0 * np.pi, abs=0.01)


def test_the_camera_stays_in_the_right_hand_lane(street: Street, drives: list[Drive]) -> None:
    for drive in drives:
        positions = np.array([pose.position for pose in drive.poses])
        assert street.distance_to_m(positions[:, :2]).max() < 3.5 - 0.8
        right = street.at(drive.distances_m, -1.75)
        assert np.linalg.norm(positions[:, :2] - right, axis=1).max() < 0.9
        assert np.abs(positions[:, 2] - 1.6).max() < 0.03


def test_it_looks_along_the_street_and_a_little_down(street: Street, drives: list[Drive]) -> None:
    headings = street.heading(drives[0].distances_m)
    for pose, heading in zip(drives[0].poses, headings, strict=True):
        forward = pose.rotation.apply([0.0, 0.0, 1.0])
        assert forward[:2] @ [np.cos(heading), np.sin(heading)] > np.cos(np.deg2rad(8.0))
        assert np.rad2deg(np.arcsin(forward[2])) == pytest.approx(-2.0, abs=0.8)
        assert pose.rotation.apply([0.0, 1.0, 0.0])[2] < -0.99


def test_the_loop_closes(drives: list[Drive]) -> None:
    for drive in drives:
        first, last = drive.poses[0], drive.poses[-1]
        assert first.distance_m(last) < 4.5
        assert first.angle_deg(last) < 15.0


def test_it_goes_forward_at_a_city_s_speed_and_slower_in_corners(drives: list[Drive]) -> None:
    for drive in drives:
        speeds_mps = np.diff(drive.distances_m) / 0.4
        assert 5.0 < speeds_mps.min() < 7.5 < speeds_mps.max() < 10.0
        turns_deg = [a.angle_deg(b) for a, b in itertools.pairwise(drive.poses)]
        assert speeds_mps[np.array(turns_deg) > 6.0].mean() < speeds_mps.mean() - 0.5
        assert max(turns_deg) < 14.0


def test_every_traversal_has_a_line_and_a_speed_of_its_own(
    street: Street, drives: list[Drive]
) -> None:
    for a, b in itertools.combinations(drives, 2):
        assert a.poses[0].distance_m(b.poses[0]) > 0.05
        frames = min(len(a.poses), len(b.poses))
        assert np.abs(a.distances_m[:frames] - b.distances_m[:frames]).max() > 3.0
