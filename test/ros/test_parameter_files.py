import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

import yaml
from rclpy.node import Node
from rclpy.parameter import Parameter

from vmloc_ros.ros.parameter_files import is_for, misaddressed, sections


@pytest.fixture
def write(tmp_path):
    """Write a parameter file with a value in each section; returns its path."""

    def write_file(*names):
        path = tmp_path / "robot.yaml"
        values = {"ros__parameters": {"bundle": "somewhere"}}
        path.write_text(yaml.safe_dump(dict.fromkeys(names, values)))
        return path

    return write_file


@pytest.mark.parametrize("namespace", ["/", "/a", "/a/b"])
def test_a_section_is_for_a_node_where_rcl_takes_it(ros, write, namespace):
    addressees = ["vmloc", "/vmloc", "/**", "**", "/*", "/a/vmloc", "a/vmloc", "/**/vmloc"]
    addressees += ["/*/vmloc", "/a/**", "/a/*", "/**/*", "vmlock", "/b/vmloc", "/a", "/a/b/vmloc"]
    for addressee in addressees:
        arguments = ["--ros-args", "--params-file", str(write(addressee))]
        node = Node("vmloc", namespace=namespace, cli_args=arguments)
        name = node.get_fully_qualified_name()
        with node.handle:
            is_taken = "bundle" in node.handle.get_parameters(Parameter)
        node.destroy_node()
        assert is_for(addressee, name) == is_taken, (addressee, name)
        assert bool(misaddressed(arguments, name)) != is_taken, (addressee, name)


def test_a_file_without_a_section_for_the_node_is_reported_with_the_nearest(write):
    path = write("vmloc", "amcl")
    (line,) = misaddressed(["--ros-args", "--params-file", str(path)], "/robot/vmloc")
    assert line == (
        f"{path} sets nothing on /robot/vmloc: it is for 'vmloc'; "
        "name its section '/**' for every node"
    )


def test_a_file_of_several_nodes_with_a_section_for_this_one_is_not_reported(write):
    path = write("/robot/vmloc", "/other/vmloc", "amcl")
    assert misaddressed(["--ros-args", "--params-file", str(path)], "/robot/vmloc") == []


def test_sections_may_be_nested_by_namespace(tmp_path):
    path = tmp_path / "nested.yaml"
    path.write_text("robot: {vmloc: {ros__parameters: {bundle: here}}, camera: {}}")
    assert sections(path) == ["robot/vmloc"]


def test_a_value_for_a_node_of_another_name_is_reported():
    arguments = ["prog", "--ros-args", "-p", "vmlock:bundle:=x", "-p", "bundle:=a:b"]
    assert misaddressed(arguments, "/vmloc") == [
        "vmlock:bundle:=x sets nothing on /vmloc: it is for 'vmlock'; name no node for every node"
    ]


def test_only_arguments_for_ros_count():
    assert misaddressed(["-p", "other:bundle:=x"], "/vmloc") == []
    assert misaddressed(["--ros-args", "--", "-p", "other:bundle:=x"], "/vmloc") == []
    assert misaddressed(["--ros-args", "--params-file"], "/vmloc") == []
    assert misaddressed([], "/vmloc") == []
