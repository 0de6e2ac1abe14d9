from pathlib import Path

import numpy as np
import pytest
from robotcar_files import write_scans, write_timestamps, write_tools

from training.recordings.robotcar.accumulated_scans import AccumulatedScans
from training.recordings.robotcar.calibration import read_calibration
from training.recordings.robotcar.lidar_scans import LidarScans, read_scan
from training.recordings.robotcar.motion import Motion
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Pose

MS_US, MS_NS = 1000, 1_000_000
UPRIGHT = np.array([0.0, 0.0, 0.0, 1.0])


def straight_ahead(
    metres_per_ms: float = 0.01, origin: tuple[float, ...] = (0.0, 0.0, 0.0)
) -> Motion:
    """The vehicle at 0 to 400 ms, every 100 ms."""
    way = {ms: np.array([metres_per_ms * ms, 0.0, 0.0]) + origin for ms in range(0, 401, 100)}
    return Motion([{ms * MS_NS: Pose(place, UPRIGHT) for ms, place in way.items()}])


def accumulated(
    folder: Path, lidar: str, motion: Motion, window_ms: int = 1000, extrinsics: str | None = None
) -> AccumulatedScans:
    write_tools(folder, {} if extrinsics is None else {lidar: extrinsics})
    scans = LidarScans(folder, lidar)
    return AccumulatedScans([scans], read_calibration(folder), motion, window_ms * MS_NS)


def test_a_wall_seen_before_stands_where_it_is_now(tmp_path: Path) -> None:
    write_scans(tmp_path, "ldmrs", {100 * MS_US: [[5.0, 2.0, 1.0]]})
    points = accumulated(tmp_path, "ldmrs", straight_ahead()).at(200 * MS_NS)
    assert points is not None
    assert points.dtype == np.float32
    # 5 m ahead, 2 right, 1 down, less the metre driven since; the base has y left and z up.
    np.testing.assert_allclose(points, [[4.0, -2.0, -1.0, 0.0]], atol=1e-6)


def test_only_scans_up_to_the_image_count(tmp_path: Path) -> None:
    """A scan of the very stamp counts; one a microsecond later is the future."""
    stamps = (100 * MS_US, 200 * MS_US, 200 * MS_US + 1, 300 * MS_US)
    write_scans(tmp_path, "lms_front", {at: [[1.0, 0.0, float(k)]] for k, at in enumerate(stamps)})
    points = accumulated(tmp_path, "lms_front", straight_ahead()).at(200 * MS_NS)
    assert points is not None
    assert points[:, 3].tolist() == [0.0, 1.0]


def test_scans_older_than_the_window_are_left_out(tmp_path: Path) -> None:
    scans = {ms * MS_US: [[1.0, 0.0, float(ms)]] for ms in (100, 200, 300)}
    write_scans(tmp_path, "lms_front", scans)
    points = accumulated(tmp_path, "lms_front", straight_ahead(), window_ms=150).at(300 * MS_NS)
    assert points is not None
    assert points[:, 3].tolist() == [200.0, 300.0]


def test_the_place_of_the_lidar_is_where_its_points_begin(tmp_path: Path) -> None:
    write_scans(tmp_path, "lms_front", {100 * MS_US: [[1.0, 0.0, 7.0]]})
    # Pitched by -90°: x of the lidar points down.
    place = "1.75 0.25 1.0 0 -1.5707963267948966 0"
    points = accumulated(tmp_path, "lms_front", straight_ahead(), extrinsics=place).at(100 * MS_NS)
    np.testing.assert_allclose(points, [[1.75, -0.25, -2.0, 7.0]], atol=1e-6)


def test_far_from_the_origin_of_the_map_points_stay_exact(tmp_path: Path) -> None:
    write_scans(tmp_path, "ldmrs", {100 * MS_US: [[5.0, 2.0, 1.0]]})
    motion = straight_ahead(origin=(5_736_292.728, 620_253.013, -110.561))
    points = accumulated(tmp_path, "ldmrs", motion).at(200 * MS_NS)
    np.testing.assert_allclose(points, [[4.0, -2.0, -1.0, 0.0]], atol=1e-6)


def test_without_odometry_at_the_image_there_are_no_points(tmp_path: Path) -> None:
    write_scans(tmp_path, "ldmrs", {100 * MS_US: [[5.0, 2.0, 1.0]]})
    scans = accumulated(tmp_path, "ldmrs", straight_ahead(), window_ms=5000)
    assert scans.at(900 * MS_NS) is None
    assert scans.at(50 * MS_NS) is None  # no scan yet


def test_a_scan_without_returns_is_a_cloud_without_points(tmp_path: Path) -> None:
    write_scans(tmp_path, "ldmrs", {100 * MS_US: np.zeros((0, 3))})
    points = accumulated(tmp_path, "ldmrs", straight_ahead()).at(100 * MS_NS)
    assert points is not None
    assert points.shape == (0, 4)


def test_the_third_number_is_height_or_reflectance(tmp_path: Path) -> None:
    path = tmp_path / "1.bin"
    np.array([[5.0, 2.0, 1.5], [0.0, 0.0, 0.0], [1.0, 2.0, 0.0]], "<f8").tofile(path)
    # A return from the lidar itself is none.
    assert read_scan(path, with_height=True).tolist() == [[5, 2, 1.5, 0], [1, 2, 0, 0]]
    assert read_scan(path, with_height=False).tolist() == [[5, 2, 0, 1.5], [1, 2, 0, 0]]


def test_driving_straight_the_push_broom_lidar_never_saw_what_the_camera_sees(
    tmp_path: Path,
) -> None:
    """Why a past-only depth image needs the LD-MRS: the plane of lms_front is beside the car.

    Returns all around it at 10 m, with its published place; the image reaches 33.5° to the sides.
    """
    angle = np.radians(np.arange(-135.0, 135.5, 0.5))
    ring = np.column_stack([10 * np.cos(angle), 10 * np.sin(angle), np.ones_like(angle)])
    write_scans(tmp_path, "lms_front", {ms * MS_US: ring for ms in (100, 200, 300, 400)})
    place = "1.7589 0.2268 1.0411 -0.0437 -1.4572 0.0356"
    points = accumulated(tmp_path, "lms_front", straight_ahead(), extrinsics=place).at(400 * MS_NS)
    assert points is not None
    ahead, left, up = points[:, :3].T
    above_road = up > -1.5  # the camera is about 1.5 m above it
    assert above_road.any()
    in_sight = (ahead > 0.0) & (np.abs(left) < ahead * np.tan(np.radians(33.5))) & (
        np.abs(up) < ahead * np.tan(np.radians(26.5))
    )  # fmt: skip
    assert not (in_sight & above_road).any()


@pytest.mark.parametrize(
    ("data", "message"),
    [(bytes(47), "truncated; 47 bytes are no multiple of 24"), (b"\xff" * 24, "with NaN or inf")],
)
def test_a_damaged_scan_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    write_scans(tmp_path, "ldmrs", {100 * MS_US: [[5.0, 2.0, 1.0]]})
    (tmp_path / "ldmrs/100000.bin").write_bytes(data)
    with pytest.raises(RecordingError, match=rf"ldmrs/100000\.bin: .*{message}"):
        accumulated(tmp_path, "ldmrs", straight_ahead()).at(100 * MS_NS)


def test_listed_scans_that_are_not_there_are_passed_over(tmp_path: Path) -> None:
    write_scans(tmp_path, "ldmrs", {100 * MS_US: [[5.0, 2.0, 1.0]]})
    write_timestamps(tmp_path / "ldmrs.timestamps", [50 * MS_US, 100 * MS_US, 150 * MS_US])
    scans = LidarScans(tmp_path, "ldmrs")
    assert (scans.listed, scans.stamps_ns) == (3, [100 * MS_NS])


def test_scans_from_before_a_break_in_the_odometry_are_left_out(tmp_path: Path) -> None:
    scans = {ms * MS_US: [[1.0, 0.0, float(ms)]] for ms in (100, 200, 300, 400)}
    write_scans(tmp_path, "lms_front", scans)
    start, end = Pose(np.zeros(3), UPRIGHT), Pose(np.array([1.0, 0.0, 0.0]), UPRIGHT)
    motion = Motion(
        [{100 * MS_NS: start, 200 * MS_NS: end}, {300 * MS_NS: start, 400 * MS_NS: end}]
    )
    points = accumulated(tmp_path, "lms_front", motion).at(400 * MS_NS)
    assert points is not None
    assert points.tolist() == [[0.0, 0.0, 0.0, 300.0], [1.0, 0.0, 0.0, 400.0]]
