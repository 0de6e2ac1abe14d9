"""Real nodes over real DDS: a domain of our own, a peer that talks to the node, a tiny bundle."""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # what tests share lies beside them
sys.path.insert(0, str(Path(__file__).parents[1] / "vmloc_ros"))

from node_process import Process, node_arguments
from ros_domain import claim_domain
from tiny_images import FIRST_NS, PERIOD_NS, depth_pixels, rgb_pixels
from waiting import repeating, spinning, wait_until

# Before any node is made here or in a child: two sessions on one machine must not hear each other.
os.environ["ROS_DOMAIN_ID"] = str(claim_domain())
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"


@pytest.fixture(scope="session")
def wait() -> Callable[..., None]:
    return wait_until


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with random weights whose poses depend on the images; no image is novel to it."""
    from tiny_model import make_tiny_bundle

    return make_tiny_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture(scope="session")
def make_bundle(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write another one: make_bundle(seed=8), see `make_tiny_bundle`."""
    from tiny_model import make_tiny_bundle

    return lambda **fields: make_tiny_bundle(tmp_path_factory.mktemp("model") / "bundle", **fields)


@pytest.fixture(scope="session")
def ros() -> Iterator[None]:
    import rclpy

    with warnings.catch_warnings():  # of lark, which the first node loads
        warnings.simplefilter("ignore", DeprecationWarning)
        import rosidl_generator_py  # noqa: F401
    rclpy.init(args=[])
    yield
    rclpy.shutdown()


@pytest.fixture(scope="session", name="spin")
def spin_fixture() -> Callable[..., object]:
    return spinning


@pytest.fixture
def health(ros: None) -> Iterator[Any]:
    """What the node says on /diagnostics."""
    from node_health import Health
    from rclpy.node import Node

    node = Node("watchman")
    health = Health(node)
    with spinning(node, threads=2):
        yield health
    node.destroy_node()


@pytest.fixture(scope="session", name="repeat")
def repeat_fixture() -> Callable[..., object]:
    return repeating


@pytest.fixture
def peer(ros: None) -> Iterator[Any]:
    """Cameras and a listener beside the node."""
    from node_peer import Peer

    peer = Peer()
    with spinning(peer.node, threads=2):
        yield peer
    peer.node.destroy_node()


@pytest.fixture(scope="session")
def frame_of() -> Callable[[int], object]:
    """The frame that `Peer.send` publishes, decoded."""
    from vmloc_ros.frame import Frame

    def make(number: int) -> Frame:
        stamp_ns = FIRST_NS + number * PERIOD_NS
        rgb, depth_mm = rgb_pixels(number), depth_pixels(number)
        return Frame(stamp_ns, "camera_optical_frame", rgb=rgb, depth_mm=depth_mm)

    return make


@pytest.fixture(scope="session")
def make_bag(
    tmp_path_factory: pytest.TempPathFactory, frame_of: Callable[[int], object]
) -> Callable[[int], Path]:
    """Write a bag of so many frames, those that `Peer.send` publishes."""
    from tiny_recording import TinyRecording

    from training.recordings.bag_writer import write_bag

    def make(length: int) -> Path:
        bag = tmp_path_factory.mktemp("bags") / "tiny"
        write_bag(TinyRecording(frame_of, length), bag)
        return bag

    return make


@pytest.fixture
def best_effort_peer(ros: None) -> Iterator[Any]:
    from node_peer import Peer

    peer = Peer(best_effort=True)
    with spinning(peer.node, threads=2):
        yield peer
    peer.node.destroy_node()


@pytest.fixture
def make_node(ros: None, tiny_bundle: Path) -> Iterator[Callable[..., object]]:
    """Start the localizer in this process, where a fault can be put into it; parameters by name."""
    from vmloc_ros.ros.localizer_node import SWITCH_INTERVAL_S, LocalizerNode

    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)  # as in a process of its own
    with ExitStack() as running:
        running.callback(sys.setswitchinterval, interval_s)

        def make(**parameters: object) -> LocalizerNode:
            node = LocalizerNode(node_arguments(tiny_bundle, parameters))
            running.callback(node.destroy_node)
            running.enter_context(spinning(node))
            return node

        yield make


@pytest.fixture
def make_active_node(make_node: Callable[..., object]) -> Callable[..., object]:
    """Start it and wait until it is active."""

    def make(**parameters: object) -> object:
        node = make_node(**parameters)
        wait_until(lambda: node.state == "active")
        return node

    return make


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start a program: start("localizer_program", "--ros-args", ...), or the file of one."""
    running: list[Process] = []

    def start_process(module: str | Path, *arguments: object) -> Process:
        log = tmp_path / f"{Path(module).stem}-{len(running)}.log"
        running.append(Process(log, str(module), *map(str, arguments)))
        return running[-1]

    yield start_process
    for process in running:
        process.end()


@pytest.fixture
def start_node(start: Callable[..., Process], tiny_bundle: Path) -> Callable[..., Process]:
    """Start the localizer with the tiny bundle; parameters as name=value."""

    def start_with(**parameters: object) -> Process:
        return start("localizer_program", *node_arguments(tiny_bundle, parameters))

    return start_with
