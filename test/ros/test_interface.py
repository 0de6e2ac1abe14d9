from importlib import import_module

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from vmloc_ros.interface import SERVICES, TOPICS

ON_A_ROBOT = {
    "base_frame": "base_link",
    "extrinsic": "[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]",
    "odometry": "topic",
    "initialpose": "once",
    "use_sim_time": "true",
}
RAW = {"camera/image", "depth/image"}
COMPRESSED = {"camera/image/compressed", "depth/image/compressedDepth"}
OF_TF = {"/tf", "/tf_static"}


@pytest.mark.parametrize("name", sorted({one.type for one in (*TOPICS, *SERVICES)}))
def test_a_type_of_the_interface_exists(name):
    package, kind, type_name = name.split("/")
    pytest.importorskip(package, reason=f"{package} is not installed")
    assert isinstance(getattr(import_module(f"{package}.{kind}"), type_name), type)


@pytest.mark.parametrize(
    ("settings", "absent"),
    [
        (ON_A_ROBOT, COMPRESSED | OF_TF),
        (
            {"image_transport": "compressed", "depth_transport": "compressedDepth"},
            RAW | OF_TF | {"odom", "initialpose", "/clock"},
        ),
    ],
    ids=["a robot with AMCL", "compressed images"],
)
def test_the_live_node_has_the_topics_and_services_of_the_interface(
    make_active_node, wait, settings, absent
):
    node = make_active_node(**settings)
    expected = {
        "in": {(full(one.name), one.type) for one in TOPICS if one.direction == "in"},
        "out": {(full(one.name), one.type) for one in TOPICS if one.direction == "out"},
        "service": {(full(one.name), one.type) for one in SERVICES},
    }
    missing = {full(name) for name in absent}
    documented = {
        direction: {one for one in some if one[0] not in missing}
        for direction, some in expected.items()
    }
    wait(lambda: all(some <= opened(node)[direction] for direction, some in documented.items()))
    names = {name for some in opened(node).values() for name, _ in some}
    assert names.isdisjoint(missing)


def full(name):
    """Return a name of the interface as the graph shows it."""
    return name if name.startswith("/") else f"/{name.replace('~/', 'vmloc/')}"


def opened(node):
    """The names and types that a node has in the graph."""
    own = (node.get_name(), node.get_namespace())
    looks = {
        "in": node.get_subscriber_names_and_types_by_node,
        "out": node.get_publisher_names_and_types_by_node,
        "service": node.get_service_names_and_types_by_node,
    }
    return {
        direction: {(name, kind) for name, kinds in look(*own) for kind in kinds}
        for direction, look in looks.items()
    }
