import pytest

from vmloc_ros.ros.checkup.finding import Level
from vmloc_ros.ros.checkup.middleware import (
    Middleware,
    can_start,
    judge_middleware,
    observe_middleware,
)

PROFILE = "FASTRTPS_DEFAULT_PROFILES_FILE"


def judge(check, rmw="rmw_fastrtps_cpp", shared_memory_mb=10_000, failure="", **variables):
    seen = Middleware(
        rclpy_failure=failure, rmw=rmw, variables=variables, shared_memory_mb=shared_memory_mb
    )
    (found,) = (finding for finding in judge_middleware(seen) if finding.check == check)
    return found


def test_without_rclpy_the_installation_is_asked_for():
    found = judge("ROS 2", failure="No module named 'rclpy'")
    assert found.level == Level.ERROR
    assert "source /opt/ros/jazzy/setup.bash" in found.mend


@pytest.mark.parametrize("domain", ["-1", "233", "robot"])
def test_a_domain_that_is_none_is_an_error(domain):
    found = judge("domain", ROS_DOMAIN_ID=domain)
    assert found.level == Level.ERROR
    assert f"'{domain}'" in found.message
    assert not can_start(Middleware(variables={"ROS_DOMAIN_ID": domain}))


@pytest.mark.parametrize("domain", ["", "0", "232"])
def test_a_domain_is_named(domain):
    assert judge("domain", ROS_DOMAIN_ID=domain).level == Level.OK


@pytest.mark.parametrize(
    ("variables", "level", "words"),
    [
        ({}, Level.OK, "range SUBNET"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}, Level.OK, "range LOCALHOST"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF"}, Level.WARN, "nobody is found"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "HERE"}, Level.WARN, "none of SUBNET"),
        ({"ROS_LOCALHOST_ONLY": "1"}, Level.WARN, "other machines are not heard"),
        ({"ROS_LOCALHOST_ONLY": "0"}, Level.OK, "range SUBNET"),
    ],
)
def test_how_far_discovery_reaches_is_told(variables, level, words):
    found = judge("discovery", **variables)
    assert found.level == level
    assert words in found.message


def test_the_stock_shared_memory_of_fast_dds_warns_with_the_command():
    found = judge("large messages")
    assert found.level == Level.WARN
    assert f"export {PROFILE}=" in found.mend


def test_a_profile_in_force_is_named(tmp_path):
    path = tmp_path / "mine.xml"
    assert judge("large messages", **{PROFILE: str(path)}).level == Level.ERROR
    path.touch()
    found = judge("large messages", **{PROFILE: str(path)})
    assert (found.level, found.message) == (Level.OK, f"profile {path}")


def test_another_middleware_needs_no_profile():
    assert judge("large messages", rmw="rmw_cyclonedds_cpp").level == Level.OK


@pytest.mark.parametrize(("free_mb", "words"), [(63, "63 MB free"), (None, "is not there")])
def test_a_container_with_little_shared_memory_warns(free_mb, words):
    found = judge("shared memory", shared_memory_mb=free_mb)
    assert found.level == Level.WARN
    assert words in found.message
    assert "docker run" in found.mend


def test_what_is_lost_without_a_part_of_ros_is_told_and_no_fault():
    found = judge("tf2_ros")
    assert found.level == Level.OK
    assert "not installed; no transforms" in found.message


def test_the_environment_here_is_read(monkeypatch):
    pytest.importorskip("rclpy", reason="ROS 2 is not installed")
    monkeypatch.setenv("ROS_DOMAIN_ID", "7")
    seen = observe_middleware()
    assert seen.rclpy_failure == ""
    assert seen.rmw.startswith("rmw_")
    assert seen.variables["ROS_DOMAIN_ID"] == "7"
    assert seen.profile is not None and seen.profile.is_file()
