import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.parameters import NodeParameters


@pytest.fixture
def declare(ros):
    """Declare the parameters on a node with overrides: declare("name:=value", ...)."""
    nodes = []

    def make(*overrides, is_configured=False):
        given = [word for override in overrides for word in ("-p", override)]
        nodes.append(Node("under_test", cli_args=["--ros-args", *given]))
        return NodeParameters(nodes[-1], lambda: is_configured), nodes[-1]

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
    assert all(descriptor.description for descriptor in described.values())
    slop = described["sync_slop_s"]
    assert slop.description.endswith("[s]")
    bounds = slop.floating_point_range[0]
    assert (bounds.from_value, bounds.to_value) == (0.0, 1.0)
    bounds = described["sync_queue"].integer_range[0]
    assert (bounds.from_value, bounds.to_value) == (1, 1000)
    assert described["reliability"].additional_constraints == "one of: auto, reliable, best_effort"
    assert [name for name, one in described.items() if one.read_only] == ["autostart"]


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


def test_a_configured_node_refuses_changes_and_says_what_to_do(declare):
    _, node = declare(is_configured=True)
    result = node.set_parameters([Parameter("sync_queue", value=5)])[0]
    assert not result.successful
    assert result.reason == (
        "sync_queue cannot change while the node is configured; first run: "
        "ros2 lifecycle set /under_test cleanup"
    )


def test_parameters_that_are_not_ours_can_change_at_any_time(declare):
    _, node = declare(is_configured=True)
    assert node.set_parameters([Parameter("use_sim_time", value=True)])[0].successful


def test_a_misspelt_override_is_reported_with_its_nearest_neighbour(declare):
    parameters, _ = declare("sync_slob_s:=0.1", "use_sim_time:=false")
    assert parameters.unknown() == ["unknown key 'sync_slob_s', did you mean 'sync_slop_s'?"]


def test_overrides_of_qos_are_not_taken_for_misspelt(declare):
    parameters, _ = declare("qos_overrides./camera/image.subscription.depth:=1")
    assert parameters.unknown() == []
