"""What is drawn is read back from the file that rerun writes."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose
from vmloc_ros.viewer.options import ViewerOptions
from vmloc_ros.viewer.outlet import Outlet
from vmloc_ros.viewer.viewer import Viewer

pytest.importorskip("rerun", reason="rerun is not installed")

from picture_file import rows, values
from rerun.chunk import RrdReader

STAMP_NS = 1_700_000_000_123_456_789
"""With every digit: float seconds would lose the last."""
QUARTER_TURN = Pose(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)]))
CAMERA = Camera(8, 6, 10.0, 12.0, 3.5, 2.5)
RED = np.full((6, 8, 3), (200, 10, 10), np.uint8)
DEPTH_MM = np.arange(12, dtype=np.uint16).reshape(3, 4) * 500


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., Path]:
    """Draw into a file: draw(lambda viewer: …)."""

    def draw_into_file(call: Callable[[Viewer], None], up: str = "z") -> Path:
        path = tmp_path / "picture.rrd"
        with closing(Viewer(ViewerOptions(Outlet(save=path), up=up), "stamp")) as viewer:
            call(viewer)
        return path

    return draw_into_file


def frame(**changes: Any) -> Frame:
    values = {"rgb": RED, "depth_mm": DEPTH_MM, "camera": CAMERA} | changes
    return Frame(STAMP_NS, "camera_optical_frame", **values)


def test_a_pose_is_drawn_at_the_nanosecond_of_its_stamp_where_it_is(draw):
    path = draw(lambda viewer: viewer.show_pose(STAMP_NS, QUARTER_TURN, None))
    (row,) = rows(path, "map/estimate")
    assert row["stamp"] == STAMP_NS
    assert row["log_time"] > STAMP_NS  # the clock of this machine
    assert row["Transform3D:translation"] == [[1.0, 2.0, 3.0]]
    half = np.float32(np.sqrt(0.5))
    np.testing.assert_allclose(row["Transform3D:quaternion"], [[0.0, 0.0, half, half]])
    assert rows(path, "map/uncertainty") == []


def test_the_ellipsoids_of_one_and_two_sigma_lie_along_the_axes_of_the_covariance(draw):
    covariance = np.diag([0.04, 0.01, 0.09, 0.0001, 0.0002, 0.0001])
    path = draw(lambda viewer: viewer.show_pose(STAMP_NS, QUARTER_TURN, covariance))
    (row,) = rows(path, "map/uncertainty")
    assert row["Ellipsoids3D:centers"] == [[1.0, 2.0, 3.0]] * 2
    one, two = row["Ellipsoids3D:half_sizes"]
    np.testing.assert_allclose(one, [0.1, 0.2, 0.3], rtol=1e-6)
    np.testing.assert_allclose(two, [0.2, 0.4, 0.6], rtol=1e-6)
    np.testing.assert_allclose(values(path, "position_m/sigma"), [np.sqrt(0.14)])
    np.testing.assert_allclose(values(path, "rotation_deg/sigma"), [np.degrees(0.02)])


def test_an_image_is_a_jpeg_and_a_depth_image_keeps_its_millimetres(draw):
    path = draw(lambda viewer: viewer.show_frame(frame(), QUARTER_TURN))
    (image,), (depth,) = rows(path, "map/camera/image"), rows(path, "map/camera/depth")
    assert image["EncodedImage:media_type"] == ["image/jpeg"]
    bgr = cv2.imdecode(np.array(image["EncodedImage:blob"][0], np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(bgr[..., ::-1].astype(int) - RED).max() < 10
    png = np.array(depth["EncodedDepthImage:blob"][0], np.uint8)
    np.testing.assert_array_equal(cv2.imdecode(png, cv2.IMREAD_UNCHANGED), DEPTH_MM)
    assert depth["EncodedDepthImage:meter"] == [1000.0]


def test_each_image_hangs_at_the_estimated_place_with_intrinsics_of_its_own_size(draw):
    path = draw(lambda viewer: viewer.show_frame(frame(), QUARTER_TURN))
    (camera,) = rows(path, "map/camera")
    assert camera["Transform3D:translation"] == [[1.0, 2.0, 3.0]]
    (image,), (depth,) = rows(path, "map/camera/image"), rows(path, "map/camera/depth")
    assert image["Pinhole:resolution"] == [[8.0, 6.0]]
    # K by columns. The depth image has half the size: cx = (3.5 + 0.5) / 2 − 0.5.
    assert image["Pinhole:image_from_camera"] == [[10, 0, 0, 0, 12, 0, 3.5, 2.5, 1]]
    assert depth["Pinhole:resolution"] == [[4.0, 3.0]]
    assert depth["Pinhole:image_from_camera"] == [[5, 0, 0, 0, 6, 0, 1.5, 1.0, 1]]


@pytest.mark.parametrize(("camera", "pose"), [(None, QUARTER_TURN), (CAMERA, None)])
def test_without_intrinsics_or_pose_the_images_are_in_no_place(draw, camera, pose):
    path = draw(lambda viewer: viewer.show_frame(frame(camera=camera), pose))
    for entity in ("map/camera/image", "map/camera/depth"):
        (row,) = rows(path, entity)
        assert row["Pinhole:image_from_camera"] == []


def test_an_image_that_is_missing_takes_the_last_one_away(draw):
    def lose_depth(viewer: Viewer) -> None:
        viewer.show_frame(frame(), QUARTER_TURN)
        viewer.show_frame(frame(depth_mm=None), QUARTER_TURN)

    _, second = rows(draw(lose_depth), "map/camera/depth")
    assert second["Clear:is_recursive"] == [False]


def test_an_estimate_that_is_lost_is_taken_away(draw):
    def get_lost(viewer: Viewer) -> None:
        viewer.show_pose(STAMP_NS, QUARTER_TURN, np.eye(6))
        viewer.lose_pose(STAMP_NS + 1)

    path = draw(get_lost)
    for entity in ("map/estimate", "map/uncertainty"):
        _, last = rows(path, entity)
        assert last["stamp"] == STAMP_NS + 1 and last["Clear:is_recursive"] == [False]


def test_the_path_begins_with_what_was_there_before(draw):
    def walk(viewer: Viewer) -> None:
        viewer.show_path([(STAMP_NS - 100_000_000, Pose(np.zeros(3), QUARTER_TURN.quat_xyzw))])
        viewer.show_pose(STAMP_NS, QUARTER_TURN, None)

    (row,) = rows(draw(walk), "map/path")
    assert row["LineStrips3D:strips"] == [[[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]]


def test_an_error_is_plotted_in_metres_and_degrees(draw):
    off = Pose(np.array([1.0, 2.0, 3.5]), np.array([0.0, 0.0, 0.0, 1.0]))
    path = draw(lambda viewer: viewer.show_error(STAMP_NS, off, QUARTER_TURN))
    assert values(path, "position_m/error") == [0.5]
    np.testing.assert_allclose(values(path, "rotation_deg/error"), [90.0])


def test_a_line_of_the_log_without_a_stamp_has_the_time_of_this_machine_alone(draw):
    def speak(viewer: Viewer) -> None:
        viewer.say(None, "no sensor yet", "ERROR")
        viewer.say(STAMP_NS, "well")

    first, second = rows(draw(speak), "log")
    assert first["TextLog:text"] == ["no sensor yet"] and first["TextLog:level"] == ["ERROR"]
    assert first.get("stamp") is None and second["stamp"] == STAMP_NS


@pytest.mark.parametrize(("up", "view"), [("z", [[3, 5, 1]]), ("-y", [[3, 2, 5]])])
def test_the_map_stands_upright(draw, up, view):
    """Codes of rerun: 1 up, 2 down, 3 right, 5 forward."""
    (row,) = rows(draw(lambda viewer: None, up=up), "map")
    assert row["ViewCoordinates:xyz"] == view


def test_the_layout_travels_with_the_picture(draw):
    reader = RrdReader(draw(lambda viewer: None))
    (blueprint,) = reader.blueprints()
    chunks = reader.stream(store=blueprint).to_chunks()
    names = [
        name
        for chunk in chunks
        for row in chunk.to_record_batch().to_pylist()
        for name in row.get("ViewBlueprint:display_name") or []
    ]
    assert {"Map", "Image", "Depth", "Position, m", "Rotation, degrees", "Log"} <= set(names)


def test_a_sweep_is_drawn_at_its_place_and_thinned(draw):
    points = np.arange(4 * 50_000, dtype=np.float32).reshape(-1, 4)
    path = draw(lambda viewer: viewer.show_points(STAMP_NS, points, QUARTER_TURN))
    (row,) = [row for row in rows(path, "map/lidar") if "Points3D:positions" in row]
    assert row["Transform3D:translation"] == [[1.0, 2.0, 3.0]]
    np.testing.assert_array_equal(row["Points3D:positions"], points[::3, :3])  # 16 667 of 50 000


def test_a_sweep_whose_place_is_not_known_is_drawn_apart(draw):
    points = np.ones((5, 4), np.float32)
    path = draw(lambda viewer: viewer.show_points(STAMP_NS, points, None))
    (row,) = [row for row in rows(path, "sweep/points") if "Points3D:positions" in row]
    assert len(row["Points3D:positions"]) == 5
    assert not [row for row in rows(path, "map/lidar") if "Points3D:positions" in row]


def test_the_picture_of_a_sweep_keeps_its_centimetres_up_to_the_far_end(draw):
    range_m = np.array([[0.0, 1.234], [79.99, 700.0]], np.float32)
    path = draw(lambda viewer: viewer.show_lidar_image(STAMP_NS, range_m))
    (row,) = rows(path, "sweep/image")
    png = np.array(row["EncodedDepthImage:blob"][0], np.uint8)
    shown = cv2.imdecode(png, cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(shown, [[0, 123], [7999, 65535]])
    assert row["EncodedDepthImage:meter"] == [100.0]
