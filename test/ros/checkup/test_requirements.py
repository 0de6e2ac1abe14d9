import pytest

from vmloc_ros.config import NodeConfig
from vmloc_ros.ros.checkup.model_bundle import ModelBundle
from vmloc_ros.ros.checkup.requirements import (
    COMPRESSED,
    IMAGE,
    RAW_TOPICS,
    RAW_TYPES,
    wanted_topics,
)


def bundle(*modalities):
    return ModelBundle("0" * 64, modalities, modalities, "optical", 256, 256, "kitchen")


def in_robot(topic):
    return topic if topic.startswith("/") else f"/robot/{topic}"


def topics(model=None, named=(), served=(), **settings):
    wanted = wanted_topics(model, NodeConfig(**settings), dict(named), dict(served), in_robot)
    return {want.stream: (want.topic, want.message_type) for want in wanted}


def test_colour_and_depth_are_wanted_where_no_bundle_says_otherwise():
    assert topics() == {
        "rgb": ("/robot/camera/image", IMAGE),
        "depth": ("/robot/depth/image", IMAGE),
        "camera_info": ("/robot/camera/camera_info", "sensor_msgs/msg/CameraInfo"),
    }


def test_the_bundle_says_which_sensors_there_are():
    assert set(topics(bundle("depth"))) == {"depth", "camera_info"}
    assert topics(bundle("rgb", "lidar"))["lidar"] == (
        "/robot/lidar/points",
        "sensor_msgs/msg/PointCloud2",
    )


def test_a_named_topic_counts_and_an_empty_one_leaves_the_stream_out():
    wanted = topics(named={"rgb": "/zed/left/image_raw", "depth": ""})
    assert wanted["rgb"] == ("/zed/left/image_raw", IMAGE)
    assert wanted["camera_info"][0] == "/zed/left/camera_info"
    assert "depth" not in wanted
    assert "camera_info" not in topics(named={"camera_info": ""})


def test_a_transport_is_appended_to_the_name_of_the_raw_topic():
    named = {"rgb": "/zed/image"}
    wanted = topics(named=named, image_transport="compressed", depth_transport="compressedDepth")
    assert wanted["rgb"] == ("/zed/image/compressed", COMPRESSED)
    assert wanted["depth"] == ("/robot/depth/image/compressedDepth", COMPRESSED)
    assert wanted["camera_info"][0] == "/zed/camera_info"
    named = {"rgb": "/zed/image/compressed"}
    assert topics(named=named, image_transport="compressed")["rgb"] == (
        "/zed/image/compressed",
        COMPRESSED,
    )


def test_what_the_running_node_listens_to_counts_unless_another_topic_is_named():
    served = {"rgb": "/front/image", "depth": "/front/range"}
    wanted = topics(served=served, named={"depth": "/back/range"})
    assert wanted["rgb"][0] == "/front/image"
    assert wanted["depth"][0] == "/back/range"


def test_names_and_types_are_those_of_the_node():
    pytest.importorskip("rclpy", reason="ROS 2 is not installed")
    from vmloc_ros.ros.sensor_topics import SENSOR_TOPICS

    assert {name: topic.name for name, topic in SENSOR_TOPICS.items()} == RAW_TOPICS
    for name, topic in SENSOR_TOPICS.items():
        assert topic.type_name == RAW_TYPES[name]
