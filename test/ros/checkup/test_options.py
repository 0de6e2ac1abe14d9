from pathlib import Path

import pytest

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.checkup.options import DoctorOptions, parse_options


def test_what_is_not_named_is_left_to_the_node():
    assert parse_options([]) == DoctorOptions()


def test_everything_can_be_named():
    words = "--bundle b --params-file p.yaml --device cpu --image /i --camera-info /c --json"
    options = parse_options([*words.split(), "--depth", "", "--listen", "1"])
    assert (options.bundle, options.params_file) == (Path("b"), Path("p.yaml"))
    assert options.topics == {"rgb": "/i", "depth": "", "camera_info": "/c"}
    assert (options.device, options.listen_s, options.as_json) == ("cpu", 1.0, True)


def test_arguments_for_ros_are_kept_apart():
    options = parse_options(["--ros-args", "-r", "a:=b", "--", "--json"])
    assert options.ros_args == ("--ros-args", "-r", "a:=b")
    assert options.as_json


@pytest.mark.parametrize("namespace", ["", "/", "robot", "/robot", "/robot/"])
def test_the_full_name_of_the_node_has_single_slashes(namespace):
    expected = "/robot/vmloc" if "robot" in namespace else "/vmloc"
    assert parse_options(["--namespace", namespace]).node == expected


@pytest.mark.parametrize("seconds", ["0", "-1", "61", "nan"])
def test_a_listening_time_that_makes_no_sense_is_refused(seconds):
    with pytest.raises(ConfigError, match="--listen must be above 0 and at most 60 s"):
        parse_options(["--listen", seconds])


def test_an_unknown_option_ends_with_status_2(capsys):
    with pytest.raises(SystemExit, match="2"):
        parse_options(["--imge", "/i"])
    assert "--imge" in capsys.readouterr().err
