import pytest

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.watch_options import parse_options


def test_topics_and_name_are_those_of_the_localizer_by_default():
    options = parse_options([])
    assert (options.node, options.pose_topic) == ("/vmloc", "vmloc/pose_with_covariance")
    assert (options.image, options.depth) == ("camera/image", "depth/image")


@pytest.mark.parametrize("namespace", ["robot1", "/robot1", "/robot1/"])
def test_a_namespace_may_be_written_with_slashes_or_without(namespace):
    assert parse_options(["--namespace", namespace, "--node-name", "loc"]).node == "/robot1/loc"


def test_what_cannot_be_used_is_refused():
    with pytest.raises(ConfigError, match="--max-rate-hz must be positive, got 0"):
        parse_options(["--max-rate-hz", "0"])
