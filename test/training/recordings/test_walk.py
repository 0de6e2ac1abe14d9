import itertools

import numpy as np
import pytest

from training.recordings.room import SIZE_M, Room
from training.recordings.walk import Walk, clearance_m


@pytest.fixture(scope="module")
def room() -> Room:
    return Room.furnished(np.random.default_rng(0))


def test_a_walk_is_smooth_and_stays_clear_of_everything(room: Room) -> None:
    poses = Walk(0.0, 100).poses(room, np.random.default_rng(1))
    positions = np.array([pose.position for pose in poses])
    steps_m = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    turns_deg = [before.angle_deg(after) for before, after in itertools.pairwise(poses)]
    assert len(poses) == 100
    assert steps_m.max() < 0.06
    assert max(turns_deg) < 5.0
    assert np.linalg.norm(positions[-1] - positions[0]) > 0.5
    assert clearance_m(room, positions) >= 0.3
    assert (np.abs(positions[:, :2]) < np.array(SIZE_M[:2]) / 2.0).all()


def test_cameras_are_held_upright(room: Room) -> None:
    for pose in Walk(90.0, 50).poses(room, np.random.default_rng(1)):
        down = pose.rotation.apply([0.0, 1.0, 0.0])
        assert down[2] < -0.7


def test_clearance_is_the_distance_to_the_nearest_surface(room: Room) -> None:
    # 20 cm over the rug, and 5 cm below the ceiling.
    assert clearance_m(room, np.array([[-0.2, 0.75, 0.2]])) == pytest.approx(0.19, abs=0.02)
    assert clearance_m(room, np.array([[-1.2, 0.3, 2.55]])) == pytest.approx(0.05, abs=0.005)


def test_no_ray_escapes_from_the_room(room: Room) -> None:
    directions = np.random.default_rng(0).standard_normal((200_000, 3), np.float32)
    hits = room.cast(np.array([0.1, 0.2, 1.4], np.float32), directions)
    assert (hits.triangle >= 0).all()
