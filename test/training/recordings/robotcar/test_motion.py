import math
from pathlib import Path

import numpy as np
import pytest
from robotcar_files import write_vo

from training.recordings.robotcar.motion import Motion, Place
from training.recordings.robotcar.visual_odometry import read_visual_odometry
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Array

FORWARD_1 = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
TURN_RIGHT = (0.0, 0.0, 0.0, 0.0, 0.0, math.pi / 2)

Rows = list[tuple[int, int, tuple[float, ...]]]


def motion_of(folder: Path, rows: Rows) -> Motion:
    return Motion(read_visual_odometry(write_vo(folder, rows)).chains)


def place(motion: Motion, stamp_us: int) -> Place:
    found = motion.at(stamp_us * 1000)
    assert found is not None
    return found


def seen_from(viewer: Place, spot: Array) -> Array:
    """A spot of the chain in the coordinates of the vehicle: forward, right, down."""
    there = viewer.pose.inverse()
    return np.asarray(there.rotation.apply(spot) + there.position)


def test_a_row_says_where_the_later_vehicle_is_in_the_earlier_one(tmp_path: Path) -> None:
    motion = motion_of(tmp_path, [(200, 100, FORWARD_1), (300, 200, TURN_RIGHT)])
    wall = np.array([5.0, 0.0, 0.0])
    np.testing.assert_allclose(seen_from(place(motion, 100), wall), [5, 0, 0])
    np.testing.assert_allclose(seen_from(place(motion, 200), wall), [4, 0, 0])
    # After a turn to the right it is on the left.
    np.testing.assert_allclose(seen_from(place(motion, 300), wall), [0, -4, 0], atol=1e-5)


def test_between_two_rows_the_motion_is_interpolated(tmp_path: Path) -> None:
    motion = motion_of(tmp_path, [(200, 100, FORWARD_1)])
    np.testing.assert_allclose(place(motion, 125).pose.position, [0.25, 0, 0])


def test_a_break_begins_a_chain_of_its_own(tmp_path: Path) -> None:
    motion = motion_of(tmp_path, [(200, 100, FORWARD_1), (400, 300, FORWARD_1)])
    chains = [place(motion, stamp_us).chain for stamp_us in (100, 200, 300, 400)]
    assert chains == [0, 0, 1, 1]


@pytest.mark.parametrize("stamp_us", [50, 250, 450])
def test_nothing_is_known_in_a_break_and_beyond_the_ends(tmp_path: Path, stamp_us: int) -> None:
    motion = motion_of(tmp_path, [(200, 100, FORWARD_1), (400, 300, FORWARD_1)])
    assert motion.at(stamp_us * 1000) is None


def test_the_line_of_each_break_is_known(tmp_path: Path) -> None:
    rows = [(200, 100, FORWARD_1), (300, 200, FORWARD_1), (500, 400, FORWARD_1)]
    assert read_visual_odometry(write_vo(tmp_path, rows)).first_lines == (2, 4)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "holds no rows"),
        ([(100, 200, FORWARD_1)], "line 2: the source must be later than its destination"),
        ([(200, 100, FORWARD_1), (150, 120, FORWARD_1)], "line 3: the source must be later"),
        ([(200, 100, (math.inf, 0, 0, 0, 0, 0))], "line 2: x must be a finite number, got 'inf'"),
    ],
)
def test_damaged_odometry_is_named_with_its_line(tmp_path: Path, rows: Rows, message: str) -> None:
    with pytest.raises(RecordingError, match=r"vo/vo\.csv.*" + message):
        read_visual_odometry(write_vo(tmp_path, rows))
