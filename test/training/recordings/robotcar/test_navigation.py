import math
from pathlib import Path

import numpy as np
import pytest
from robotcar_files import (
    BAD,
    DOWN_M,
    EAST_M,
    INS_HEADER,
    NORTH_M,
    START_US,
    ins_line,
    ins_lines,
    write_ins,
    write_rtk,
)

from training.recordings.robotcar.navigation import read_navigation
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Pose, PoseNormalizer

FORWARD, RIGHT, DOWN = np.eye(3)
LATER_US = START_US + 20_000
ROW = ins_line(START_US)


def poses_of(folder: Path, lines: list[str]) -> list[Pose]:
    return list(read_navigation(write_ins(folder, lines)).poses().values())


def test_map_is_east_north_up_and_the_body_forward_right_down(tmp_path: Path) -> None:
    (pose,) = poses_of(tmp_path, [ins_line(START_US, (NORTH_M, EAST_M, DOWN_M))])
    np.testing.assert_allclose(pose.position, [EAST_M, NORTH_M, -DOWN_M], rtol=0, atol=1e-8)
    np.testing.assert_allclose(pose.rotation.apply(FORWARD), [0, 1, 0], atol=1e-12)  # north
    np.testing.assert_allclose(pose.rotation.apply(RIGHT), [1, 0, 0], atol=1e-12)  # east
    np.testing.assert_allclose(pose.rotation.apply(DOWN), [0, 0, -1], atol=1e-12)


def test_yaw_turns_from_north_to_east_and_roll_lowers_the_right_side(tmp_path: Path) -> None:
    turned, rolled = poses_of(
        tmp_path,
        [
            ins_line(START_US, rpy=(0, 0, math.pi / 2)),
            ins_line(START_US + 1, rpy=(math.pi / 6, 0, 0)),
        ],
    )
    np.testing.assert_allclose(turned.rotation.apply(FORWARD), [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(turned.rotation.apply(RIGHT), [0, -1, 0], atol=1e-6)
    np.testing.assert_allclose(rolled.rotation.apply(RIGHT)[2], -0.5, atol=1e-6)


def test_uphill_the_car_looks_where_it_goes_and_not_into_the_ground(tmp_path: Path) -> None:
    """With the altitude in place of down, beside the same angles, it would."""
    slope = math.radians(10.0)
    climb = (NORTH_M + 5.0, EAST_M, DOWN_M - 5.0 * math.tan(slope))
    below, above = poses_of(
        tmp_path,
        [
            ins_line(START_US, (NORTH_M, EAST_M, DOWN_M), (0.0, slope, 0.0)),
            ins_line(START_US + 500_000, climb, (0.0, slope, 0.0)),
        ],
    )
    way = above.position - below.position
    assert way[2] == pytest.approx(0.881635, abs=1e-6)  # 5 m · tan 10°, upwards
    np.testing.assert_allclose(below.rotation.apply(FORWARD), way / np.linalg.norm(way), atol=1e-6)


def test_millimetres_survive_five_thousand_kilometres(tmp_path: Path) -> None:
    near, far = poses_of(
        tmp_path,
        [
            ins_line(START_US, (5_736_292.728, 620_253.013, -110.561)),
            ins_line(START_US + 1, (5_736_292.729, 620_253.013, -110.561)),
        ],
    )
    elsewhere = Pose(near.position + np.array([300.0, -200.0, 3.0]), near.quat_xyzw)
    normalizer = PoseNormalizer.fit([near, far, elsewhere])
    step = (normalizer.encode(far) - normalizer.encode(near))[:3] * normalizer.position_scale
    np.testing.assert_allclose(step, [0.0, 0.001, 0.0], atol=1e-8)
    assert normalizer.decode(normalizer.encode(far)).distance_m(far) < 1e-8


def test_rows_that_are_not_good_are_left_out_and_counted(tmp_path: Path) -> None:
    log = read_navigation(write_ins(tmp_path, ins_lines(1000, bad_ms=range(200, 900))))
    assert log.rejected == {BAD: 35}  # 200, 220, … 880
    assert len(log.stamps_ns) == 51 - 35
    (gap,) = log.gaps()
    # The header is line 1, 0 ms is line 2: 180 ms is line 11 and 900 ms line 47.
    assert (gap.first_line, gap.last_line) == (11, 47)
    assert gap.seconds == pytest.approx(0.72)


def test_an_rtk_solution_has_no_status_and_other_columns(tmp_path: Path) -> None:
    write_rtk(tmp_path / "rtk.csv", [ins_line(START_US, rpy=(0.1, 0.2, 0.3))])
    log = read_navigation(tmp_path / "rtk.csv")
    np.testing.assert_array_equal(log.ned_m, [[NORTH_M, EAST_M, DOWN_M]])
    np.testing.assert_array_equal(log.rpy_rad, [[0.1, 0.2, 0.3]])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "holds no INS_SOLUTION_GOOD row \\(no rows\\)"),
        ([ins_line(START_US, status=BAD)], "holds no INS_SOLUTION_GOOD row \\(1 INS_BAD"),
        ([ROW, ins_line(LATER_US)[:60]], "line 3: . columns where the first line has 15"),
        ([ROW, ROW], f"line 3: stamps must increase, got {START_US}"),
        ([ROW, ins_line(LATER_US, rpy=(math.nan, 0, 0))], "line 3: roll must be a finite number"),
        ([ROW.replace(",5736", ",x")], "line 2: northing must be a finite number, got 'x292"),
        ([ins_line(START_US, (1e12, 0, 0))], "line 2: no place on earth: northing, easting, down"),
        ([ins_line(START_US, rpy=(0, 0, 90))], "line 2: roll, pitch, yaw must be radians"),
        ([ins_line(0)], "line 2: timestamp must be microseconds > 0, got '0'"),
        ([ins_line(-20)], "line 2: timestamp must be microseconds > 0, got '-20'"),
    ],
)
def test_a_damaged_table_is_named_with_its_line(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    with pytest.raises(RecordingError, match=r"gps/ins\.csv.*" + message):
        read_navigation(write_ins(tmp_path, lines))


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    path = write_ins(tmp_path, [])
    path.write_text(INS_HEADER.replace("down", "up") + "\n")
    with pytest.raises(RecordingError, match="line 1: has no column 'down'; expected timestamp"):
        read_navigation(path)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"ins\.csv: missing; unpack the archive"):
        read_navigation(tmp_path / "ins.csv")


def test_a_bad_number_in_a_row_that_is_left_out_does_no_harm(tmp_path: Path) -> None:
    lines = [ins_line(START_US, (math.nan, 0.0, 0.0), status=BAD), ins_line(LATER_US)]
    assert len(poses_of(tmp_path, lines)) == 1
