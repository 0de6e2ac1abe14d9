from pathlib import Path

import numpy as np
import pytest
from robotcar_files import write_tools

from training.recordings.robotcar.calibration import find_calibration, read_calibration
from training.recordings.robotcar.xyzrpy import pose_from_xyzrpy
from vmloc_ros.errors import RecordingError


def test_six_numbers_are_a_place_and_angles_about_z_then_y_then_x() -> None:
    quarter = np.pi / 2
    pose = pose_from_xyzrpy([1.0, 2.0, 3.0, quarter, 0.0, quarter])
    # x: roll leaves it, yaw turns it to y. y: roll turns it to z, which yaw leaves.
    np.testing.assert_allclose(pose.rotation.apply(np.eye(3)), [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
                               atol=1e-12)  # fmt: skip
    np.testing.assert_array_equal(pose.position, [1, 2, 3])


def test_points_of_the_base_appear_where_the_lens_sees_them(tmp_path: Path) -> None:
    write_tools(tmp_path)
    T = read_calibration(tmp_path).T_image_base
    # Four ahead, two to the left, one up: left and above of the image's middle.
    np.testing.assert_allclose(T.rotation.apply([4, 2, 1]) + T.position, [-2, -1, 4], atol=1e-12)


def test_the_inertial_unit_sits_behind_below_and_beside_the_camera(tmp_path: Path) -> None:
    """The published place: 1.7132 m behind, 0.1181 m right, 1.1948 m below."""
    write_tools(tmp_path, {"ins": "-1.7132 0.1181 1.1948 0 0 0"})
    # So the camera is ahead, left and above of it, in axes forward, right, down.
    np.testing.assert_allclose(
        read_calibration(tmp_path).T_ins_image.position, [1.7132, -0.1181, -1.1948]
    )


def test_the_file_of_the_camera_takes_the_vehicle_to_it(tmp_path: Path) -> None:
    """Not the other way, as the files of all other sensors."""
    write_tools(tmp_path, {"stereo": "1 2 3 0 0 0"})
    place = read_calibration(tmp_path).T_vehicle_image.position
    np.testing.assert_allclose(place, [-1.0, -2.0, -3.0])


def test_a_lidar_that_faces_down_sees_the_road_ahead_of_it(tmp_path: Path) -> None:
    # Pitched by -90°, its x axis points down (NED), as that of the push-broom lidars.
    write_tools(tmp_path, {"lms_front": "1.75 0.25 1.0 0 -1.5707963267948966 0"})
    T = read_calibration(tmp_path).T_vehicle_lidar("lms_front")
    np.testing.assert_allclose(
        T.rotation.apply([2, 0, 0]) + T.position, [1.75, 0.25, 3.0], atol=1e-12
    )


@pytest.mark.parametrize("below", ["", "loop", "loop/2014-06-23-15-41-25"])
def test_the_tools_may_lie_in_the_folder_or_above(tmp_path: Path, below: str) -> None:
    tools = write_tools(tmp_path)
    (tmp_path / below).mkdir(parents=True, exist_ok=True)
    assert find_calibration(tmp_path / below) == tools


def test_without_tools_it_is_said_where_they_come_from(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no calibration: clone https://github\.com/ori-mrg/"):
        find_calibration(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("0 0 0", "line 1: expected x y z roll pitch yaw, got 3 numbers"), ("a b", "as numbers")],
)
def test_damaged_extrinsics_are_named(tmp_path: Path, text: str, message: str) -> None:
    (write_tools(tmp_path) / "extrinsics/ins.txt").write_text(text)
    with pytest.raises(RecordingError, match=rf"extrinsics/ins\.txt.*{message}"):
        read_calibration(tmp_path)
