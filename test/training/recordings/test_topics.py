import pytest

from training.recordings.topics import (
    CAMERA_INFO,
    COMPRESSED_IMAGE,
    IMAGE,
    POINT_CLOUD,
    POSE,
    TRANSFORMS,
    Topics,
)
from vmloc_ros.errors import RecordingError

DEFAULTS = {
    "/camera/image": IMAGE,
    "/camera/camera_info": CAMERA_INFO,
    "/depth/image": IMAGE,
    "/lidar/points": POINT_CLOUD,
    "/tf_static": TRANSFORMS,
    "/ground_truth/pose": POSE,
}


def test_default_names_are_taken_where_the_bag_has_them():
    others = {"/rear/image": IMAGE, "/rear/depth": IMAGE, "/goal": POSE, "/radar": POINT_CLOUD}
    assert Topics().resolve(DEFAULTS | others, "a.mcap") == Topics()


def test_the_only_topic_of_a_kind_takes_the_place_of_a_missing_default():
    types = {
        "/cam/color/image_raw": IMAGE,
        "/cam/color/camera_info": CAMERA_INFO,
        "/cam/aligned_depth_to_color/image_raw": IMAGE,
        "/cam/aligned_depth_to_color/camera_info": CAMERA_INFO,
        "/velodyne_points": POINT_CLOUD,
        "/mocap": POSE,
    }
    assert Topics().resolve(types, "a.mcap") == Topics(
        image="/cam/color/image_raw",
        camera_info="/cam/color/camera_info",  # the one beside the image
        depth="/cam/aligned_depth_to_color/image_raw",
        points="/velodyne_points",
        tf_static="",
        ground_truth="/mocap",
    )


def test_a_raw_image_goes_before_its_compressed_copy_and_a_compressed_one_before_none():
    types = {
        "/cam/image_raw": IMAGE,
        "/cam/image_raw/compressed": COMPRESSED_IMAGE,
        "/depth/image_raw/compressedDepth": COMPRESSED_IMAGE,
    }
    found = Topics().resolve(types, "a.mcap")
    assert (found.image, found.depth) == ("/cam/image_raw", "/depth/image_raw/compressedDepth")


def test_several_candidates_for_a_sensor_are_listed():
    with pytest.raises(RecordingError, match=r"a\.mcap: which topic is image: /left, /right\?"):
        Topics().resolve({"/left": IMAGE, "/right": IMAGE}, "a.mcap")


def test_several_candidates_for_the_ground_truth_are_none():
    found = Topics().resolve({"/camera/image": IMAGE, "/goal": POSE, "/mocap": POSE}, "a.mcap")
    assert found.ground_truth == ""


ODOMETRY = "nav_msgs/msg/Odometry"


def test_an_odometry_is_no_ground_truth_unless_it_is_named():
    types = {"/camera/image": IMAGE, "/odom": ODOMETRY}
    assert Topics().resolve(types, "a.mcap").ground_truth == ""
    assert Topics(ground_truth="/odom").resolve(types, "a.mcap").ground_truth == "/odom"


@pytest.mark.parametrize("truth", ["/tf", "/tf:world", "slam.tum", "poses/slam.txt"])
def test_ground_truth_may_be_tf_or_a_file(truth):
    types = {"/camera/image": IMAGE, "/tf": TRANSFORMS}
    assert Topics(ground_truth=truth).resolve(types, "a.mcap").ground_truth == truth


def test_ground_truth_of_another_type_is_an_error_that_lists_the_candidates():
    types = {"/camera/image": IMAGE, "/goal": POSE, "/odom": ODOMETRY}
    with pytest.raises(
        RecordingError,
        match=r"a\.mcap: /camera/image is sensor_msgs/msg/Image; ground truth is a \.tum file or "
        r"one of /goal \(geometry_msgs/msg/PoseStamped\), /odom \(nav_msgs/msg/Odometry\)$",
    ):
        Topics(ground_truth="/camera/image").resolve(types, "a.mcap")


def test_ground_truth_that_is_not_there_is_an_error_that_lists_the_candidates():
    with pytest.raises(RecordingError, match=r"/mocap is not in the bag; .* one of no topic here"):
        Topics(ground_truth="/mocap").resolve({"/camera/image": IMAGE}, "a.mcap")


def test_a_name_settles_which_candidate_is_meant():
    types = {"/left": IMAGE, "/right": IMAGE}
    assert Topics(image="/right").resolve(types, "a.mcap").image == "/right"


def test_a_topic_that_was_named_but_is_missing_is_an_error_that_lists_the_topics():
    with pytest.raises(
        RecordingError, match=r"no topic /front \(image\); its topics: /camera/image \(sensor_msgs/"
    ):
        Topics(image="/front").resolve({"/camera/image": IMAGE}, "a.mcap")


def test_a_topic_of_another_type_is_an_error_that_says_what_is_needed():
    with pytest.raises(RecordingError, match=r"/depth/image is .*PointCloud2, but depth must be "):
        Topics().resolve(DEFAULTS | {"/depth/image": POINT_CLOUD}, "a.mcap")


def test_an_empty_name_leaves_a_sensor_out():
    assert Topics(points="").resolve(DEFAULTS, "a.mcap").points == ""


@pytest.mark.parametrize(
    ("types", "listed"),
    [({"/scan": POINT_CLOUD}, r"/scan \(sensor_msgs/msg/PointCloud2\)"), ({}, "none")],
)
def test_a_bag_without_a_camera_is_refused_with_its_topics(types, listed):
    with pytest.raises(RecordingError, match=f"no camera: .*its topics: {listed}"):
        Topics().resolve(types, "a.mcap")


def test_a_depth_camera_alone_is_enough():
    found = Topics().resolve({"/depth/image": IMAGE}, "a.mcap")
    assert (found.image, found.depth) == ("", "/depth/image")
