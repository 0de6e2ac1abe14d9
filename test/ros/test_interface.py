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
ELSEWHERE = (
    "camera/image/compressed",
    "depth/image/compressedDepth",
    "imu/data",
    "/tf",
    "/tf_static",
)
"""Topics that a robot so configured has no use for."""


@pytest.mark.parametrize("name", sorted({one.type for one in (*TOPICS, *SERVICES)}))
def test_a_type_of_the_interface_exists(name):
    package, kind, type_name = name.split("/")
    pytest.importorskip(package, reason=f"{package} is not installed")
    assert isinstance(getattr(import_module(f"{package}.{kind}"), type_name), type)


def test_the_live_node_has_the_topics_and_services_of_the_interface(
    peer, start_node, wait, make_bundle
):
    start_node(**ON_A_ROBOT, bundle=make_bundle(modalities=("rgb", "depth", "lidar")))
    here = [one for one in TOPICS if one.name not in ELSEWHERE]
    documented = {
        "in": {(full(one.name), one.type) for one in here if one.direction == "in"},
        "out": {(full(one.name), one.type) for one in here if one.direction == "out"},
        "service": {(full(one.name), one.type) for one in SERVICES},
    }

    def is_complete():
        seen = opened(peer.node)
        return all(some <= seen[direction] for direction, some in documented.items())

    wait(is_complete)
    names = {name for some in opened(peer.node).values() for name, _ in some}
    assert names.isdisjoint(map(full, ELSEWHERE))


def full(name):
    """Return a name of the interface as the graph shows it."""
    return name if name.startswith("/") else f"/{name.replace('~/', 'vmloc/')}"


def opened(observer):
    """The names and types that the node has in the graph; nothing before it is there."""
    looks = {
        "in": observer.get_subscriber_names_and_types_by_node,
        "out": observer.get_publisher_names_and_types_by_node,
        "service": observer.get_service_names_and_types_by_node,
    }
    if ("vmloc", "/") not in observer.get_node_names_and_namespaces():
        return {direction: set() for direction in looks}
    return {
        direction: {(name, kind) for name, kinds in look("vmloc", "/") for kind in kinds}
        for direction, look in looks.items()
    }
