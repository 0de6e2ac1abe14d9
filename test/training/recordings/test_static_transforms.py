import numpy as np
from scipy.spatial.transform import Rotation

from training.recordings.static_transforms import StaticTransforms
from vmloc_ros.pose import Pose

QUARTER_TURN = Rotation.from_euler("z", 90, degrees=True).as_quat()


def at(x, y, z, quat_xyzw=(0.0, 0.0, 0.0, 1.0)):
    return Pose(np.array([x, y, z]), np.array(quat_xyzw))


def test_a_chain_is_followed_up_and_down():
    transforms = StaticTransforms()
    transforms.add("base", "mast", at(0, 0, 2))
    transforms.add("mast", "camera", at(1, 0, 0, QUARTER_TURN))
    transforms.add("base", "lidar", at(0, 3, 0))
    # The lidar's origin is at (0, 3, 0) in base, (−1, 3, −2) from the camera, which is turned by
    # a quarter: its x axis is base's y axis, its y axis base's −x axis.
    T_camera_lidar = transforms.find("camera", "lidar")
    assert np.allclose(T_camera_lidar.position, [3, 1, -2], atol=1e-12)
    assert abs(T_camera_lidar.angle_deg(at(0, 0, 0)) - 90.0) < 1e-9


def test_the_inverse_is_found_too():
    transforms = StaticTransforms()
    transforms.add("camera", "lidar", at(1, 2, 3, QUARTER_TURN))
    there_and_back = transforms.find("camera", "lidar") @ transforms.find("lidar", "camera")
    assert np.allclose(there_and_back.matrix(), np.eye(4), atol=1e-12)


def test_a_later_transform_replaces_an_earlier_one():
    transforms = StaticTransforms()
    transforms.add("camera", "lidar", at(1, 0, 0))
    transforms.add("camera", "lidar", at(2, 0, 0))
    assert transforms.find("camera", "lidar").position.tolist() == [2, 0, 0]


def test_frames_without_a_connection_have_no_transform():
    transforms = StaticTransforms()
    transforms.add("camera", "hood", at(1, 0, 0))
    transforms.add("base", "lidar", at(1, 0, 0))
    assert transforms.find("camera", "lidar") is None


def test_a_frame_is_where_it_is():
    assert np.array_equal(StaticTransforms().find("camera", "camera").matrix(), np.eye(4))
