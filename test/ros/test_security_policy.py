"""The SROS 2 policy allows what the node does, no less and no more."""

import itertools
import xml.etree.ElementTree as ElementTree
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from vmloc_ros.interface import SERVICES, TOPICS
from vmloc_ros.ros.localizer_node import LocalizerNode

POLICY = Path(__file__).parents[2] / "config" / "sros2_policy.xml"
QUALIFIERS = ("subscribe", "publish", "reply", "request")
OF_EVERY_LIFECYCLE_NODE = {
    "publish": {"/rosout", "/parameter_events", "/vmloc/transition_event"},
    "reply": {
        f"/vmloc/{name}"
        for name in (
            *("describe_parameters", "get_parameter_types", "get_parameters", "list_parameters"),
            *("set_parameters", "set_parameters_atomically", "get_type_description"),
            *("change_state", "get_state", "get_available_states", "get_available_transitions"),
            "get_transition_graph",
        )
    },
}
NUMBERS = itertools.count()
ON_THE_ROBOT = {"base_frame": "base_link", "extrinsic": "[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]"}
SETTINGS = {
    "the defaults": {"base_frame": "''"},
    "a lidar": {"base_frame": "''", "modalities": ("rgb", "depth", "lidar")},
    "compressed images": {
        "base_frame": "''",
        "image_transport": "compressed",
        "depth_transport": "compressedDepth",
    },
    "a bag with odometry": ON_THE_ROBOT | {"use_sim_time": "true", "odometry": "topic"},
    "a robot with AMCL": ON_THE_ROBOT | {"initialpose": "once"},
    "a robot without AMCL": ON_THE_ROBOT | {"tf_mode": "map_to_odom"},
    "a camera in tf": {"base_frame": "base_link"},
}
NEEDS_TF = {"a robot without AMCL", "a camera in tf"}


def full_name(name):
    """Return a name of the policy or the interface as the graph shows it."""
    return name if name.startswith("/") else f"/{name.replace('~/', 'vmloc/')}"


def allowed():
    """The names that the policy allows, by qualifier."""
    found = {qualifier: set() for qualifier in QUALIFIERS}
    for rule in profile():
        for qualifier in QUALIFIERS:
            if rule.get(qualifier) == "ALLOW":
                found[qualifier] |= {full_name(child.text) for child in rule}
    return found


def profile():
    (only,) = ElementTree.parse(POLICY).getroot().iter("profile")
    return only


def used(node):
    """The names that a node has in the graph, by qualifier, as if it were called vmloc."""
    own = (node.get_name(), node.get_namespace())
    looks = {
        "subscribe": node.get_subscriber_names_and_types_by_node,
        "publish": node.get_publisher_names_and_types_by_node,
        "reply": node.get_service_names_and_types_by_node,
        "request": node.get_client_names_and_types_by_node,
    }
    return {
        qualifier: {name.replace(f"/{own[0]}/", "/vmloc/") for name, _ in look(*own)}
        for qualifier, look in looks.items()
    }


@pytest.fixture
def make_node(ros, spin, make_bundle):
    """Start a node with parameters; a name of its own keeps it apart from its predecessors."""
    with ExitStack() as running:

        def make(modalities=("rgb", "depth"), **parameters):
            bundle = make_bundle(modalities=modalities)
            values = {"bundle": bundle, "device": "cpu"} | parameters
            given = [word for name, value in values.items() for word in ("-p", f"{name}:={value}")]
            name = f"vmloc_{next(NUMBERS)}"
            node = LocalizerNode(["--ros-args", "-r", f"__node:={name}", *given])
            running.callback(node.destroy_node)
            running.enter_context(spin(node))
            return node

        yield make


def test_the_policy_is_for_the_node_under_its_own_name():
    assert (profile().get("ns"), profile().get("node")) == ("/", "vmloc")
    rules = [(rule.tag, *rule.attrib.items()) for rule in profile()]
    assert {rule[0] for rule in rules} == {"topics", "services"}
    assert all(rule[1][1] == "ALLOW" for rule in rules)


def test_the_policy_allows_the_interface_and_what_every_lifecycle_node_has():
    expected = {qualifier: set() for qualifier in QUALIFIERS}
    for topic in TOPICS:
        direction = {"in": "subscribe", "out": "publish"}[topic.direction]
        expected[direction].add(full_name(topic.name))
    expected["reply"] = {full_name(service.name) for service in SERVICES}
    for qualifier, names in OF_EVERY_LIFECYCLE_NODE.items():
        expected[qualifier] |= names
    assert allowed() == expected


@pytest.mark.parametrize("case", SETTINGS)
def test_the_live_node_uses_only_what_the_policy_allows(make_node, wait, case):
    if case in NEEDS_TF:
        pytest.importorskip("tf2_msgs", reason="tf2_ros is part of a ROS installation")
    node = make_node(**SETTINGS[case])
    wait(lambda: node.state == "active")
    wait(lambda: "/vmloc/pose" in used(node)["publish"])
    wait(lambda: OF_EVERY_LIFECYCLE_NODE["reply"] <= used(node)["reply"])
    beyond = {qualifier: names - allowed()[qualifier] for qualifier, names in used(node).items()}
    assert beyond == {qualifier: set() for qualifier in QUALIFIERS}
