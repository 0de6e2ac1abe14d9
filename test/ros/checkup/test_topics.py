from dataclasses import replace

import pytest

from vmloc_ros.ros.checkup.finding import Level
from vmloc_ros.ros.checkup.observation import Arrival, Graph, Publisher, Sample
from vmloc_ros.ros.checkup.requirements import COMPRESSED, IMAGE
from vmloc_ros.ros.checkup.topics import judge_topic

GRAPH = Graph(nodes=("/driver",), topics={})


def judge(heard, graph=GRAPH):
    return list(judge_topic(heard, graph, 2.5))


def test_a_topic_that_is_well_is_described_on_one_line(hearing):
    (found,) = judge(hearing())
    assert found.level == Level.OK
    assert found.message == (
        "/camera/image: 10.0 Hz, 640×480 rgb8, frame optical, reliable from /driver"
    )


def test_a_topic_without_a_publisher_names_the_topics_that_could_be_meant(hearing):
    graph = Graph(
        nodes=("/driver",),
        topics={"/zed/camera/image": (IMAGE,), "/points": ("sensor_msgs/msg/PointCloud2",)},
    )
    (found,) = judge(hearing(stamps_s=(), publishers=()), graph)
    assert (found.level, found.cause) == (Level.ERROR, "no_publisher")
    assert found.message == "/camera/image has no publisher (sensor_msgs/msg/Image expected)"
    assert found.mend == "start the driver, or name its topic: --image /zed/camera/image"


def test_where_nobody_is_to_be_seen_the_environment_is_suspected(hearing):
    (found,) = judge(hearing(stamps_s=(), publishers=()), Graph())
    assert "ROS_|RMW_" in found.mend


def test_a_missing_calibration_is_a_warning(hearing):
    (found,) = judge(hearing("camera_info", stamps_s=(), publishers=()))
    assert (found.level, found.cause) == (Level.WARN, "no_publisher")
    assert "--camera-info TOPIC" in found.mend


def test_compressed_images_where_raw_ones_are_wanted_name_the_parameter(hearing):
    publishers = [Publisher("/driver", COMPRESSED, "RELIABLE")]
    (found,) = judge(hearing("depth", stamps_s=(), publishers=publishers))
    assert (found.level, found.cause) == (Level.ERROR, "wrong_type")
    assert "/depth/image is published as sensor_msgs/msg/CompressedImage" in found.message
    assert found.mend == "set depth_transport: compressedDepth"


def test_another_type_asks_for_another_topic(hearing):
    publishers = [Publisher("/driver", "std_msgs/msg/String", "RELIABLE")]
    (found,) = judge(hearing(stamps_s=(), publishers=publishers))
    assert found.cause == "wrong_type"
    assert found.mend == "name a topic of sensor_msgs/msg/Image: --image TOPIC"


def test_a_quality_of_service_that_does_not_fit_names_the_publisher(hearing):
    publishers = [Publisher("/driver", IMAGE, "BEST_EFFORT", conflict="ERROR: less")]
    (found,) = judge(hearing(publishers=publishers))
    assert (found.level, found.cause) == (Level.ERROR, "incompatible_qos")
    assert "/driver offers BEST_EFFORT" in found.message
    assert "reliability: auto" in found.mend


def test_a_silent_publisher_is_told_apart_from_none(hearing):
    (found,) = judge(hearing(stamps_s=()))
    assert (found.level, found.cause) == (Level.ERROR, "publisher_silent")
    assert found.message == "/camera/image: nothing in 2.5 s from /driver"
    assert "ros2 topic hz /camera/image" in found.mend


def test_silence_that_the_quality_of_service_explains_is_not_reported_too(hearing):
    publishers = [Publisher("/driver", IMAGE, "BEST_EFFORT", conflict="less")]
    (found,) = judge(hearing(stamps_s=(), publishers=publishers))
    assert found.cause == "incompatible_qos"


def test_messages_without_a_stamp_are_counted(hearing):
    heard = hearing()
    unset = Arrival(10.3, 0, 1_700_000_000_000_000_000)
    (found,) = judge(replace(heard, arrivals=(*heard.arrivals, unset)))
    assert (found.level, found.cause) == (Level.ERROR, "zero_stamps")
    assert "1 of 4 messages without a time stamp" in found.message


@pytest.mark.parametrize(
    ("stream", "mend"),
    [("rgb", "publish rgb8"), ("depth", "16UC1"), ("camera_info", "calibrate the camera")],
)
def test_a_message_that_cannot_be_decoded_says_what_to_publish(hearing, stream, mend):
    (found,) = judge(hearing(stream, sample=Sample(frame_id="optical", problem="not known")))
    assert (found.level, found.check) == (Level.ERROR, stream)
    assert "not known" in found.message
    assert mend in found.mend


def test_an_empty_image_and_a_missing_frame_warn_and_the_topic_is_described_still(hearing):
    sample = Sample(what="640×480 16UC1", size=(640, 480), empty="no pixel holds a depth")
    empty, frame, described = judge(hearing("depth", sample=sample))
    assert (empty.level, frame.level, described.level) == (Level.WARN, Level.WARN, Level.OK)
    assert "no pixel holds a depth" in empty.message
    assert "frame_id is empty" in frame.message
