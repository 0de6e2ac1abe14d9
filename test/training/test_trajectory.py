"""TUM files as other tools write and read them."""

from pathlib import Path

import numpy as np
import pytest
from evo.core.trajectory import PoseTrajectory3D
from evo.tools import file_interface

from training.trajectory import Trajectory, read_tum, write_tum
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Pose

HALF = np.sqrt(0.5)


def pose(x: float, y: float, z: float) -> Pose:
    return Pose(np.array([x, y, z]), np.array([0.0, 0.0, HALF, HALF]))


def test_a_line_is_stamp_position_and_quaternion_with_w_last(tmp_path: Path) -> None:
    write_tum(tmp_path / "one.tum", Trajectory((1_000_000_007,), (pose(1.5, -2.0, 0.1),)))
    fields = (tmp_path / "one.tum").read_text().split()
    assert fields[0] == "1.000000007"
    assert fields[1:4] == ["1.5", "-2", "0.10000000000000001"]
    np.testing.assert_allclose([float(text) for text in fields[4:]], [0.0, 0.0, HALF, HALF])


def test_positions_and_nanoseconds_come_back_exactly(tmp_path: Path) -> None:
    # 1_400_000_000.123456789 s has no float64 neighbour nearer than 0.1 µs.
    stamps_ns = (0, 999_999_999, 1_400_000_000_123_456_789)
    poses = (pose(1 / 3, np.pi, 1e-17), pose(-1e9 / 7, 0.0, 2.0), pose(0.1, 0.2, 0.3))
    write_tum(tmp_path / "three.tum", Trajectory(stamps_ns, poses))
    back = read_tum(tmp_path / "three.tum")
    assert back.stamps_ns == stamps_ns
    for there, here in zip(back.poses, poses, strict=True):
        np.testing.assert_array_equal(there.position, here.position)
        np.testing.assert_allclose(there.quat_xyzw, here.quat_xyzw, rtol=0.0, atol=1e-15)


def test_evo_reads_what_is_written(tmp_path: Path) -> None:
    poses = (pose(1.0, 2.0, 3.0), pose(4.0, 5.0, 6.0))
    write_tum(tmp_path / "two.tum", Trajectory((10_500_000_000, 11_000_000_000), poses))
    read = file_interface.read_tum_trajectory_file(tmp_path / "two.tum")
    np.testing.assert_array_equal(read.timestamps, [10.5, 11.0])
    np.testing.assert_array_equal(read.positions_xyz, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    np.testing.assert_allclose(read.orientations_quat_wxyz, [[HALF, 0.0, 0.0, HALF]] * 2)


def test_what_evo_writes_is_read(tmp_path: Path) -> None:
    stamps_s = np.array([0.125, 10.5, 1_400_000_000.1234567])  # evo keeps float64 seconds
    written = PoseTrajectory3D(
        positions_xyz=np.array([[1.0, 2.0, 3.0]] * 3),
        orientations_quat_wxyz=np.array([[HALF, 0.0, 0.0, HALF]] * 3),
        timestamps=stamps_s,
    )
    file_interface.write_tum_trajectory_file(tmp_path / "evo.tum", written)
    assert "1.400000000123456717e+09" in (tmp_path / "evo.tum").read_text()
    read = read_tum(tmp_path / "evo.tum")
    assert read.stamps_ns == (125_000_000, 10_500_000_000, 1_400_000_000_123_456_717)
    np.testing.assert_array_equal(read.poses[2].position, [1.0, 2.0, 3.0])


def test_short_stamps_comments_and_empty_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "file.tum"
    path.write_text("# stamp x y z qx qy qz qw\n\n7 1 2 3 0 0 0 1\n  7.25 1 2 3 0 0 0 -1\n")
    trajectory = read_tum(path)
    assert trajectory.stamps_ns == (7_000_000_000, 7_250_000_000)
    np.testing.assert_array_equal(trajectory.poses[1].quat_xyzw, [0.0, 0.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1.0 1 2 3 0 0 0", "line 2: expected 8 fields .*got 7"),
        ("1.0 1 2 three 0 0 0 1", "line 2: could not convert"),
        ("1.0 1 2 nan 0 0 0 1", "line 2: a position needs 3 finite numbers"),
        ("1.0 1 2 3 0 0 0 2", "line 2: a rotation needs a unit quaternion"),
        ("-1.0 1 2 3 0 0 0 1", "line 2: expected a stamp in seconds"),
        ("1.0000000001 1 2 3 0 0 0 1", "line 2: .*at most nine decimals"),
        ("1e9 1 2 3 0 0 0 1", "line 2: expected a stamp in seconds"),
        ("0.500 1 2 3 0 0 0 1", r"line 2: the stamp 0\.500 occurs twice"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "file.tum"
    path.write_text(f"0.5 0 0 0 0 0 0 1\n{line}\n")
    with pytest.raises(RecordingError, match=rf"file\.tum, {message}"):
        read_tum(path)


def test_a_file_that_is_missing_or_binary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none\.tum: .*No such file"):
        read_tum(tmp_path / "none.tum")
    (tmp_path / "binary.tum").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecordingError, match="not a text file"):
        read_tum(tmp_path / "binary.tum")


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken.tum").mkdir()
    with pytest.raises(RecordingError, match=r"taken\.tum: cannot write"):
        write_tum(tmp_path / "taken.tum", Trajectory((1,), (pose(0.0, 0.0, 0.0),)))
    assert [path.name for path in tmp_path.iterdir()] == ["taken.tum"]


@pytest.mark.parametrize(
    ("stamps_ns", "message"),
    [((1,), "1 stamps and 2 poses"), ((5, 5), "5 ns occurs twice"), ((-1, 2), "-1 ns is negative")],
)
def test_a_trajectory_has_each_stamp_once(stamps_ns: tuple[int, ...], message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        Trajectory(stamps_ns, (pose(0.0, 0.0, 0.0), pose(1.0, 0.0, 0.0)))
