import ast
import importlib.util
from pathlib import Path

import pytest
import yaml

from vmloc_ros.config import NodeConfig, parse_config

ROOT = Path(__file__).parents[1]
LAUNCH = ROOT / "launch"


def constant(path, name):
    """Read a literal or its keys from a launch file without importing `launch`."""
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            assert isinstance(statement.value, ast.Dict)
            return [ast.literal_eval(key) for key in statement.value.keys]
    raise AssertionError(f"{path.name} has no {name}")


def keywords(path, call, keyword):
    """Return the literal values of a keyword in all calls of a name."""
    return [
        ast.literal_eval(given.value)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == call
        for given in node.keywords
        if given.arg == keyword
    ]


def scripts():
    """Names of the console scripts in setup.py."""
    for node in ast.walk(ast.parse((ROOT / "setup.py").read_text())):
        if isinstance(node, ast.keyword) and node.arg == "entry_points":
            entries = ast.literal_eval(node.value)["console_scripts"]
            return [entry.partition(" = ")[0] for entry in entries]
    raise AssertionError("setup.py has no entry points")


def test_the_launch_file_sets_parameters_that_the_node_has():
    known = {*NodeConfig.model_fields, "use_sim_time"}
    assert set(constant(LAUNCH / "localizer.launch.py", "PARAMETERS")) <= known


def test_the_launch_files_start_programs_that_are_installed():
    executables = keywords(LAUNCH / "localizer.launch.py", "Node", "executable")
    assert set(executables) == {"localizer_node", "rviz2"}
    assert "localizer_node" in scripts()
    replay = (LAUNCH / "replay.launch.py").read_text()
    assert 'ExecutableInPackage("vmloc", "vmloc_ros")' in replay
    assert "vmloc" in scripts()


def test_the_files_that_the_launch_files_name_are_there():
    text = "".join(path.read_text() for path in LAUNCH.glob("*.launch.py"))
    for name in ("localizer.yaml", "localizer.rviz", "fastdds_large_messages.xml"):
        assert f'"{name}"' in text
        assert (ROOT / "config" / name).is_file()


def test_the_topics_of_the_launch_file_are_those_of_the_node():
    inputs = (ROOT / "vmloc_ros" / "ros" / "inputs.py").read_text()
    tree = ast.parse((LAUNCH / "localizer.launch.py").read_text())
    (topics,) = [
        ast.literal_eval(statement.value)
        for statement in tree.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "TOPICS"
    ]
    assert len(topics) == 2
    assert all(f'"{topic}"' in inputs for topic in topics.values())


def test_the_parameter_file_holds_only_deviations_that_the_node_takes():
    content = yaml.safe_load((ROOT / "config" / "localizer.yaml").read_text())
    values = content["/**"]["ros__parameters"]
    config = parse_config(values, NodeConfig, "localizer.yaml")
    defaults = NodeConfig().model_dump()
    assert all(config.model_dump()[name] != defaults[name] for name in values)


@pytest.mark.parametrize("name", ["localizer.launch.py", "replay.launch.py"])
def test_a_launch_file_makes_a_description(name):
    pytest.importorskip("launch_ros", reason="launch is part of a ROS installation")
    spec = importlib.util.spec_from_file_location("launch_file", LAUNCH / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    declared = [
        argument.name for argument in module.generate_launch_description().get_launch_arguments()
    ]
    expected = {
        "localizer.launch.py": {"namespace", "params_file", "rviz", "bundle", "depth"},
        "replay.launch.py": {"bag", "rate"},
    }
    assert expected[name] <= set(declared)
