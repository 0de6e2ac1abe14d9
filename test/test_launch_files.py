import ast
import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from vmloc_ros.config import NodeConfig, parse_config
from vmloc_ros.interface import TOPICS

ROOT = Path(__file__).parents[1]
LAUNCH = ROOT / "launch"


def assigned(path, name):
    """Return the dictionary that a launch file assigns to a name, without importing `launch`."""
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            assert isinstance(statement.value, ast.Dict)
            return statement.value
    raise AssertionError(f"{path.name} has no {name}")


def keys(path, name):
    return [ast.literal_eval(key) for key in assigned(path, name).keys]


def literal(path, name):
    return ast.literal_eval(assigned(path, name))


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
    assert set(keys(LAUNCH / "localizer.launch.py", "PARAMETERS")) <= known


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
    inputs = {topic.name for topic in TOPICS if topic.direction == "in"}
    transports = {name for name in inputs if name.endswith(("/compressed", "/compressedDepth"))}
    renamed = literal(LAUNCH / "localizer.launch.py", "TOPICS")
    assert set(renamed.values()) == inputs - transports - {"/clock"}


def test_the_parameter_file_holds_only_deviations_that_the_node_takes():
    content = yaml.safe_load((ROOT / "config" / "localizer.yaml").read_text())
    values = content["/**"]["ros__parameters"]
    config = parse_config(values, NodeConfig, "localizer.yaml")
    defaults = NodeConfig().model_dump()
    assert all(config.model_dump()[name] != defaults[name] for name in values)


def test_the_parameter_file_mentions_only_parameters_that_the_node_takes():
    text = (ROOT / "config" / "localizer.yaml").read_text()
    mentioned = re.findall(r"^#   (\w+): (.*?)(?:  +#.*)?$", text, re.MULTILINE)
    assert len(mentioned) >= 5
    for name, value in mentioned:
        parse_config({name: yaml.safe_load(value)}, NodeConfig, "localizer.yaml")


@pytest.fixture
def load():
    """Load a launch file: load("localizer.launch.py")."""
    pytest.importorskip("launch_ros", reason="launch is part of a ROS installation")

    def load_file(name):
        spec = importlib.util.spec_from_file_location(f"launch_{name[:6]}", LAUNCH / name)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load_file


@pytest.fixture
def context():
    """The context of a launch with arguments: context(image="/front")."""
    launch = pytest.importorskip("launch", reason="launch is part of a ROS installation")

    def make(module, **given):
        made = launch.LaunchContext()
        undeclared = {argument.name: module.UNSET for argument in module.arguments()}
        made.launch_configurations.update(undeclared | given)
        return made

    return make


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "localizer.launch.py",
            {"namespace", "params_file", "rviz", "log_level", "bundle", "device", "base_frame"}
            | {"autostart", "use_sim_time", "image_transport", "depth_transport"}
            | {"image", "depth", "points", "odom", "imu", "tf", "tf_static"},
        ),
        ("replay.launch.py", {"bag", "rate", "loop", "namespace"}),
    ],
)
def test_a_launch_file_declares_its_arguments(load, name, expected):
    description = load(name).generate_launch_description()
    declared = {argument.name: argument for argument in description.get_launch_arguments()}
    assert expected <= declared.keys()
    assert all(declared[name].description for name in expected)


def test_all_names_are_relative_by_default(load):
    module = load("localizer.launch.py")
    defaults = {one.name: one.default_value for one in module.arguments()}
    texts = {name: "".join(part.text for part in defaults[name]) for name in module.TOPICS}
    assert texts == {
        "image": "camera/image",
        "depth": "depth/image",
        "points": "lidar/points",
        "odom": "odom",
        "imu": "imu/data",
        "tf": "tf",
        "tf_static": "tf_static",
    }


def test_only_parameters_that_are_given_stand_above_the_parameter_file(load, context):
    module = load("localizer.launch.py")
    given = context(module, bundle="/2024", base_frame="''", use_sim_time="true")
    parameters = module.given_parameters(given)
    assert parameters.keys() == {"bundle", "base_frame", "use_sim_time"}
    assert parameters["base_frame"] == ""  # '' is how a shell writes an empty argument
    assert parameters["bundle"].evaluate(given) == "/2024"
    assert parameters["use_sim_time"].evaluate(given) is True


def test_a_topic_is_renamed_to_its_argument(load, context):
    module = load("localizer.launch.py")
    given = context(module, image="/front/image_raw", tf="tf")
    renamed = {
        topic: name.perform(given)
        for topic, name in module.remappings()
        if name.perform(given) != module.UNSET
    }
    assert renamed == {"camera/image": "/front/image_raw", "/tf": "tf"}
