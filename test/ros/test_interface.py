from importlib import import_module

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from vmloc_ros.interface import SERVICES, TOPICS


@pytest.mark.parametrize("name", sorted({one.type for one in (*TOPICS, *SERVICES)}))
def test_a_type_of_the_interface_exists(name):
    package, kind, type_name = name.split("/")
    pytest.importorskip(package, reason=f"{package} is not installed")
    assert isinstance(getattr(import_module(f"{package}.{kind}"), type_name), type)
