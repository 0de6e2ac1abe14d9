from vmloc_ros.causes import STATUSES
from vmloc_ros.config import NodeConfig
from vmloc_ros.interface import DIAGNOSTIC_KEYS, FRAMES, TOPICS


def test_a_topic_is_listed_once_in_each_direction():
    listed = [(topic.name, topic.direction) for topic in TOPICS]
    assert len(set(listed)) == len(listed)


def test_a_key_is_explained_once_in_each_status():
    listed = [(one.status, one.key) for one in DIAGNOSTIC_KEYS]
    assert len(set(listed)) == len(listed)
    assert {status for status, _ in listed} == {None, *STATUSES}


def test_a_frame_has_the_default_of_its_parameter():
    defaults = {name: field.default for name, field in NodeConfig.model_fields.items()}
    named = {frame.source.strip("`"): frame.name for frame in FRAMES if frame.name}
    assert named == {name: defaults[name] for name in ("map_frame", "odom_frame", "base_frame")}
