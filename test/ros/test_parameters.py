from typing import get_args

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.parameters import NodeParameters

LIVE = {
    "bundle": "/another",
    "transform_tolerance_s": 0.4,
    "fix_timeout_s": 2.0,
    "gate_sigma": 4.0,
    "gate_reacquire": 7,
    "novelty_limit": 2.0,
    "map_margin_m": 0.5,
    "modality_timeout_s": 1.5,
    "clock_skew_s": 2.0,
    "initialpose_after": 3,
    "relocalize_timeout_s": 8.0,
}
"""What may change while the node works, with a value that is not the default."""


@pytest.fixture
def declare(ros):
    """Declare the parameters on a node with overrides: declare("name:=value", ...)."""
    nodes = []

    def make(*overrides, is_configured=False, on_change=None):
        given = [word for override in overrides for word in ("-p", override)]
        nodes.append(Node("under_test", cli_args=["--ros-args", *given]))
        return NodeParameters(nodes[-1], lambda: is_configured, on_change), nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()


def test_without_overrides_the_parameters_are_the_defaults(declare):
    parameters, _ = declare()
    assert parameters.read() == NodeConfig()


def test_overrides_reach_the_configuration(declare):
    parameters, _ = declare("bundle:=/some/where", "base_frame:=''", "sync_queue:=3")
    assert parameters.read() == NodeConfig(bundle="/some/where", base_frame="", sync_queue=3)


def test_whole_numbers_are_taken_for_real_ones(declare):
    parameters, _ = declare("sync_slop_s:=0", "extrinsic:=[0, 0, 0, 0, 0, 0, 1]")
    config = parameters.read()
    assert config.sync_slop_s == 0.0
    assert config.extrinsic == (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def test_an_empty_array_is_the_default_and_can_be_filled_later(declare):
    parameters, node = declare("extrinsic:=[]")
    assert parameters.read().extrinsic == ()
    pose = [0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    assert node.set_parameters([Parameter("extrinsic", value=pose)])[0].successful
    assert parameters.read().extrinsic == tuple(pose)


def test_every_parameter_is_described_with_unit_bounds_and_choices(declare):
    _, node = declare()
    described = {name: node.describe_parameter(name) for name in NodeConfig.model_fields}
    slop = described["sync_slop_s"]
    assert "[s]" in slop.description
    bounds = slop.floating_point_range[0]
    assert (bounds.from_value, bounds.to_value) == (0.0, 1.0)
    bounds = described["sync_queue"].integer_range[0]
    assert (bounds.from_value, bounds.to_value) == (1, 1000)
    assert described["reliability"].additional_constraints == "one of: auto, reliable, best_effort"
    assert [name for name, one in described.items() if one.read_only] == ["autostart"]


UNITS = {"_s": "[s]", "_m": "[m]", "_hz": "[Hz]"}


def test_a_description_states_meaning_unit_and_when_the_parameter_may_change(declare):
    _, node = declare()
    for name, field in NodeConfig.model_fields.items():
        description = node.describe_parameter(name).description
        assert description.startswith(field.description), name
        assert UNITS.get(name[name.rfind("_") :], "") in description, name
        assert description.endswith(when_it_may_change(name)), name


def when_it_may_change(name):
    if name == "autostart":
        return "Read at the start only."
    if name in LIVE:
        return "May change while the node works."
    return "Fixed while the node is configured."


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("sync_slop_s", 5.0, "out of range"),
        ("sync_queue", 0, "out of range"),
        ("sync_slop_s", "soon", "sync_slop_s: Input should be a valid number"),
        ("reliability", "sometimes", "reliability: Input should be 'auto', 'reliable' or"),
        ("extrinsic", [1.0, 2.0], "extrinsic needs 7 numbers"),
        ("map_frame", "", "map_frame: String should have at least 1 character"),
        ("map_frame", None, "map_frame needs a value"),
        ("autostart", False, "read-only"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_reason(declare, name, value, reason):
    parameters, node = declare()
    result = node.set_parameters([Parameter(name, value=value)])[0]
    assert not result.successful
    assert reason in result.reason
    assert parameters.read() == NodeConfig()


def test_a_wrong_type_at_the_start_is_reported_when_read(declare):
    parameters, node = declare("map_frame:=7")
    with pytest.raises(ConfigError, match=r"parameters of /under_test: map_frame: .*string"):
        parameters.read()
    assert node.set_parameters([Parameter("map_frame", value="map")])[0].successful
    assert parameters.read() == NodeConfig()


def test_a_value_out_of_range_at_the_start_is_refused(declare):
    with pytest.raises(ParameterException, match="sync_slop_s out of range"):
        declare("sync_slop_s:=5.0")


def test_a_working_node_takes_over_every_live_parameter(declare):
    taken = []
    parameters, node = declare(is_configured=True, on_change=taken.append)
    for count, (name, value) in enumerate(LIVE.items(), start=1):
        assert node.set_parameters([Parameter(name, value=value)])[0].successful, name
        assert len(taken) == count
        assert taken[-1] == parameters.read()
    assert taken[0] == NodeConfig(bundle="/another")
    assert taken[-1] == NodeConfig(**LIVE)


def test_a_configured_node_refuses_every_other_change_and_says_what_to_do(declare):
    taken = []
    parameters, node = declare(is_configured=True, on_change=taken.append)
    for name in NodeConfig.model_fields.keys() - LIVE.keys() - {"autostart"}:
        result = node.set_parameters([Parameter(name, value=other_than_default(name))])[0]
        assert not result.successful
        assert result.reason == (
            f"{name} cannot change while the node is configured; first run: "
            "ros2 lifecycle set /under_test cleanup"
        )
    assert parameters.read() == NodeConfig()
    assert taken == []


def other_than_default(name):
    default = NodeConfig.model_fields[name].default
    choices = get_args(NodeConfig.model_fields[name].annotation)
    if name == "extrinsic":
        return [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    if isinstance(default, str):
        return next((choice for choice in choices if choice != default), "other")
    return default * 2


def test_a_value_that_does_not_fit_is_refused_by_a_working_node_too(declare):
    taken = []
    _, node = declare(is_configured=True, on_change=taken.append)
    result = node.set_parameters([Parameter("gate_reacquire", value="often")])[0]
    assert not result.successful
    assert "gate_reacquire: Input should be a valid integer" in result.reason
    assert not node.set_parameters([Parameter("fix_timeout_s", value=0.0)])[0].successful
    assert taken == []


def test_of_changes_at_once_none_is_taken_when_one_is_refused(declare):
    taken = []
    parameters, node = declare(is_configured=True, on_change=taken.append)
    changes = [Parameter("gate_sigma", value=3.0), Parameter("sync_queue", value=5)]
    result = node.set_parameters_atomically(changes)
    assert not result.successful
    assert result.reason.startswith("sync_queue cannot change")
    assert parameters.read() == NodeConfig()
    assert taken == []


def test_of_changes_at_once_the_node_hears_once(declare):
    taken = []
    _, node = declare(is_configured=True, on_change=taken.append)
    changes = [Parameter("gate_sigma", value=3.0), Parameter("novelty_limit", value=0.0)]
    assert node.set_parameters_atomically(changes).successful
    assert taken == [NodeConfig(gate_sigma=3.0, novelty_limit=0.0)]


def test_the_value_that_a_fixed_parameter_has_already_is_no_change(declare):
    _, node = declare("extrinsic:=[]", is_configured=True)
    assert node.set_parameters([Parameter("sync_queue", value=10)])[0].successful
    assert node.set_parameters([Parameter("map_frame", value="map")])[0].successful


def test_a_change_must_fit_the_parameters_that_stay(declare):
    parameters, node = declare("base_frame:=''")
    result = node.set_parameters([Parameter("tf_mode", value="map_to_base")])[0]
    assert not result.successful
    assert "tf_mode map_to_base needs base_frame" in result.reason
    changes = [Parameter("tf_mode", value="map_to_base"), Parameter("base_frame", value="robot")]
    assert node.set_parameters_atomically(changes).successful
    assert parameters.read() == NodeConfig(tf_mode="map_to_base", base_frame="robot")


def test_several_wrong_values_from_the_start_can_be_mended_one_after_the_other(declare):
    parameters, node = declare("map_frame:=7", "odom_frame:=8")
    assert node.set_parameters([Parameter("map_frame", value="house")])[0].successful
    assert not node.set_parameters([Parameter("odom_frame", value=9)])[0].successful
    assert node.set_parameters([Parameter("odom_frame", value="odom")])[0].successful
    assert parameters.read() == NodeConfig(map_frame="house")


def test_a_node_that_is_not_configured_hears_of_no_change(declare):
    taken = []
    _, node = declare(on_change=taken.append)
    assert node.set_parameters([Parameter("gate_sigma", value=3.0)])[0].successful
    assert taken == []


def test_parameters_that_are_not_ours_can_change_at_any_time(declare):
    taken = []
    _, node = declare(is_configured=True, on_change=taken.append)
    assert node.set_parameters([Parameter("use_sim_time", value=True)])[0].successful
    assert taken == []


def test_a_misspelt_override_is_reported_with_its_nearest_neighbour(declare):
    parameters, _ = declare("sync_slob_s:=0.1", "use_sim_time:=false")
    assert parameters.unknown() == ["unknown key 'sync_slob_s', did you mean 'sync_slop_s'?"]


def test_overrides_of_qos_are_not_taken_for_misspelt(declare):
    parameters, _ = declare("qos_overrides./camera/image.subscription.depth:=1")
    assert parameters.unknown() == []
