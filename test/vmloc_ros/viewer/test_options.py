import argparse

import pytest

from vmloc_ros.errors import ConfigError
from vmloc_ros.viewer.options import ViewerOptions, add_viewer_options


def parse(*args: str) -> ViewerOptions:
    parser = argparse.ArgumentParser()
    add_viewer_options(parser)
    return ViewerOptions.of(parser.parse_args(args))


def test_what_is_not_given_has_the_default():
    assert parse() == ViewerOptions()


def test_the_axis_that_points_up_may_be_negative():
    assert parse("--up=-y").up == "-y"


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf"])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ConfigError, match="--max-rate-hz must be positive"):
        parse("--max-rate-hz", rate)


def test_a_file_and_a_page_at_once_are_refused():
    with pytest.raises(ConfigError, match=r"later: rerun FILE\.rrd"):
        parse("--web", "--save", "x.rrd")
