import pytest

from vmloc_ros.ros.checkup.finding import Level
from vmloc_ros.ros.checkup.parameter_file import examine_parameter_file, read_parameter_file


@pytest.fixture
def examine(tmp_path):
    """Write a file; return the findings that are not OK, and what it sets."""

    def write_and_examine(text, node="/vmloc"):
        path = tmp_path / "robot.yaml"
        path.write_text(text)
        findings, file = examine_parameter_file(path, node)
        return [finding for finding in findings if finding.level != Level.OK], file

    return write_and_examine


def test_a_file_that_fits_is_read(examine):
    bad, file = examine(
        "/**:\n  ros__parameters:\n    sync_slop_s: 0.03\n    use_sim_time: true\n"
        "    extrinsic: []\n"
    )
    assert bad == []
    assert (file.config.sync_slop_s, file.uses_sim_time) == (0.03, True)


def test_later_sections_win_and_those_of_other_nodes_do_not_count(examine):
    section = "{name}:\n  ros__parameters: {{sync_slop_s: {value}}}\n"
    text = "".join(
        section.format(name=name, value=value)
        for name, value in (("/**", 0.01), ("/robot/vmloc", 0.02), ("/other/vmloc", 0.03))
    )
    assert examine(text, "/robot/vmloc")[1].config.sync_slop_s == 0.02


def test_an_unknown_parameter_names_its_nearest_neighbour(examine):
    (found,), file = examine("/**:\n  ros__parameters:\n    sync_slop: 0.03\n")
    assert found.level == Level.ERROR
    assert "unknown key 'sync_slop', did you mean 'sync_slop_s'?" in found.message
    assert file is not None


def test_parameters_that_every_node_has_are_known(examine):
    override = "    qos_overrides:\n      /camera/image: {subscription: {depth: 3}}\n"
    assert examine(f"/**:\n  ros__parameters:\n{override}")[0] == []


def test_a_value_that_does_not_fit_is_an_error_and_the_file_cannot_be_used(examine):
    (found,), file = examine("/**:\n  ros__parameters:\n    sync_slop_s: -1.0\n")
    assert "sync_slop_s" in found.message
    assert file is None


def test_an_unquoted_y_is_a_boolean_as_it_is_to_ros(examine):
    (found,), _ = examine("/**:\n  ros__parameters:\n    base_frame: y\n")
    assert "base_frame" in found.message and "True" in found.message
    assert "quote strings" in found.mend
    assert examine('/**:\n  ros__parameters:\n    base_frame: "y"\n')[0] == []


def test_a_file_for_another_node_is_a_warning(examine):
    (found,), _ = examine("vmloc:\n  ros__parameters: {}\n", "/robot/vmloc")
    assert found.level == Level.WARN
    assert "sets nothing on /robot/vmloc; its sections: vmloc" in found.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/**: [", "not valid YAML"),
        ("vmloc:\n  bundle: here\n", "ROS cannot read it: Cannot have a value before"),
        (
            "/**:\n  ros__parameters:\n    extrinsic: [0.1, 1]\n",
            "ROS cannot read it: Sequence should be of same type",
        ),
    ],
)
def test_a_file_that_would_end_the_node_is_an_error(examine, capfd, text, message):
    pytest.importorskip("rclpy", reason="ROS 2 is not installed")
    (found,), file = examine(text)
    assert found.level == Level.ERROR
    assert message in found.message
    assert "/src/" not in found.message
    assert file is None
    assert capfd.readouterr().err == ""


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    (found,), _ = examine_parameter_file(tmp_path / "none.yaml", "/vmloc")
    assert "none.yaml: cannot be read (No such file or directory)" in found.message


def test_namespaces_may_be_nested(tmp_path):
    path = tmp_path / "nested.yaml"
    path.write_text("robot:\n  vmloc:\n    ros__parameters: {sync_queue: 3}\n")
    assert read_parameter_file(path, "/robot/vmloc").config.sync_queue == 3
