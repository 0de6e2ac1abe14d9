"""Real nodes over real DDS: a domain of our own, a peer that talks to the node, a tiny bundle."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # what tests share lies beside them
sys.path.insert(0, str(Path(__file__).parents[1] / "vmloc_ros"))

from tiny_images import depth_pixels, image, rgb_pixels

# Before any node is made here or in a child: two sessions on one machine must not hear each other.
os.environ["ROS_DOMAIN_ID"] = str(1 + os.getpid() % 100)
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"

ROOT = Path(__file__).parents[2]
FIRST_NS = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000
STREAMS = ("rgb", "depth")


def wait_until(condition: Callable[[], object], timeout_s: float = 15.0) -> None:
    """Poll a condition; fail if it does not come true in time."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "the condition did not come true in time"
        time.sleep(0.01)


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


@contextmanager
def spinning(*nodes: object, threads: int = 4) -> Iterator[None]:
    """Spin nodes in a thread."""
    from rclpy.executors import MultiThreadedExecutor

    from vmloc_ros.ros.spinning import spin

    executor = MultiThreadedExecutor(num_threads=threads)
    for node in nodes:
        executor.add_node(node)
    thread = threading.Thread(target=spin, args=(executor,))
    thread.start()
    try:
        yield
    finally:
        executor.shutdown()
        thread.join()


@pytest.fixture(scope="session", name="spin")
def spin_fixture() -> Callable[..., object]:
    return spinning


class Peer:
    """A camera and a listener beside the node under test."""

    def __init__(self, best_effort: bool = False) -> None:
        from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
        from nav_msgs.msg import Path as PathMessage
        from rclpy.node import Node
        from rclpy.qos import QoSProfile, ReliabilityPolicy
        from sensor_msgs.msg import Image

        policy = ReliabilityPolicy.BEST_EFFORT if best_effort else ReliabilityPolicy.RELIABLE
        qos = QoSProfile(depth=10, reliability=policy)
        self.node = Node("peer")
        self.rgb = self.node.create_publisher(Image, "camera/image", qos)
        self.depth = self.node.create_publisher(Image, "depth/image", qos)
        self.poses: list[PoseStamped] = []
        self.covariances: list[PoseWithCovarianceStamped] = []
        self.paths: list[PathMessage] = []
        self.on_pose: Callable[[int], object] = lambda stamp_ns: None
        """Is given the stamp of each pose as it comes."""
        listen = self.node.create_subscription
        self.pose_subscription = listen(PoseStamped, "vmloc/pose", self._take_pose, 10)
        listen(PoseWithCovarianceStamped, "vmloc/pose_with_covariance", self.covariances.append, 10)
        self._listen_to_path = lambda: listen(PathMessage, "vmloc/path", self.paths.append, 10)

    def _take_pose(self, message: object) -> None:
        self.on_pose(stamp_of(message))
        self.poses.append(message)

    def listen_to_path(self) -> None:
        self._listen_to_path()

    def is_matched(self) -> bool:
        return bool(
            self.rgb.get_subscription_count()
            and self.depth.get_subscription_count()
            and self.pose_subscription.get_publisher_count()
        )

    def send(self, number: int, seed: int | None = None, streams: Collection[str] = STREAMS) -> int:
        """Publish a pair, or what of it is among the streams; return its stamp."""
        return self.send_at(
            FIRST_NS + number * PERIOD_NS, number if seed is None else seed, streams
        )

    def send_now(self, seed: int = 0, streams: Collection[str] = STREAMS) -> int:
        """Publish a pair that was taken at this moment; return its stamp."""
        return self.send_at(time.time_ns(), seed, streams)

    def send_at(self, stamp_ns: int, seed: int = 0, streams: Collection[str] = STREAMS) -> int:
        """Publish a pair with a stamp; return it."""
        pixels = {"rgb": rgb_pixels(seed), "depth": depth_pixels(seed)}
        return self.send_pixels(stamp_ns, **{name: pixels[name] for name in streams})

    def send_pixels(
        self, stamp_ns: int, rgb: np.ndarray | None = None, depth: np.ndarray | None = None
    ) -> int:
        """Publish these images with a stamp; return it."""
        if rgb is not None:
            self.rgb.publish(image(rgb, "rgb8", stamp_ns))
        if depth is not None:
            self.depth.publish(image(depth, "16UC1", stamp_ns))
        return stamp_ns

    def send_bad(self, number: int) -> int:
        """Publish a pair whose colours nobody can decode."""
        stamp_ns = FIRST_NS + number * PERIOD_NS
        self.rgb.publish(image(rgb_pixels(number), "8SC3", stamp_ns))
        self.depth.publish(image(depth_pixels(number), "16UC1", stamp_ns))
        return stamp_ns

    def send_unstamped(self) -> None:
        """Publish an image whose driver sets no time."""
        self.rgb.publish(image(rgb_pixels(0), "rgb8", 0))

    def stamps_ns(self) -> list[int]:
        """Stamps of the poses so far, once each is there on both topics."""
        if len(self.poses) != len(self.covariances):
            return []
        return [stamp_of(message) for message in self.poses]

    def call(self, kind: type, name: str, request: object, timeout_s: float = 15.0) -> object:
        """Call a service of the node."""
        client = self.node.create_client(kind, f"/vmloc/{name}")
        wait_until(client.service_is_ready)
        future = client.call_async(request)
        wait_until(future.done, timeout_s)
        self.node.destroy_client(client)
        return future.result()

    def trigger(self, name: str) -> object:
        """Call a service of type Trigger; return success and message."""
        from std_srvs.srv import Trigger

        return self.call(Trigger, name, Trigger.Request(), 30.0)

    def transition(self, name: str) -> bool:
        from lifecycle_msgs.msg import Transition
        from lifecycle_msgs.srv import ChangeState

        number = getattr(Transition, f"TRANSITION_{name.upper()}")
        request = ChangeState.Request(transition=Transition(id=number))
        return self.call(ChangeState, "change_state", request).success

    def state(self) -> str:
        from lifecycle_msgs.srv import GetState

        return self.call(GetState, "get_state", GetState.Request()).current_state.label

    def set_parameter(self, name: str, value: object) -> object:
        """Return the result: successful, reason."""
        from rcl_interfaces.srv import SetParameters
        from rclpy.parameter import Parameter

        parameter = Parameter(name, value=value).to_parameter_msg()
        request = SetParameters.Request(parameters=[parameter])
        return self.call(SetParameters, "set_parameters", request).results[0]


def stamp_of(message: object) -> int:
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


class Health:
    """What the node under test says about itself on /diagnostics."""

    def __init__(self, node: object) -> None:
        from diagnostic_msgs.msg import DiagnosticArray

        self._statuses: dict[str, object] = {}
        node.create_subscription(DiagnosticArray, "/diagnostics", self._on_message, 10)

    def level(self, status: str) -> int:
        """0 OK, 1 WARN, 2 ERROR, 3 STALE; -1 before the first message."""
        found = self._statuses.get(status)
        return found.level[0] if found else -1

    def said(self, status: str) -> str:
        """The messages of all its causes, or that all is well."""
        found = self._statuses.get(status)
        return f"{found.message}; {self.values(status).get('also', '')}" if found else ""

    def causes(self, status: str) -> list[str]:
        return list(filter(None, self.values(status).get("causes", "").split(", ")))

    def values(self, status: str) -> dict[str, str]:
        found = self._statuses.get(status)
        return {pair.key: pair.value for pair in found.values} if found else {}

    def forget(self) -> None:
        """Know only what is said from now on."""
        self._statuses = {}

    def _on_message(self, message: object) -> None:
        ours = [status for status in message.status if status.hardware_id == "/vmloc"]
        self._statuses |= {status.name.split(": ")[-1]: status for status in ours}


@pytest.fixture
def health(ros: None) -> Iterator[Health]:
    from rclpy.node import Node

    node = Node("watchman")
    health = Health(node)
    with spinning(node, threads=2):
        yield health
    node.destroy_node()


@contextmanager
def repeating(action: Callable[[], object], rate_hz: float) -> Iterator[None]:
    """Repeat an action in a thread, at the rate of a sensor."""
    ended = threading.Event()

    def run() -> None:
        due_s = time.monotonic()
        while not ended.wait(due_s - time.monotonic()):
            action()
            due_s += 1.0 / rate_hz

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture(scope="session", name="repeat")
def repeat_fixture() -> Callable[..., object]:
    return repeating


@pytest.fixture
def peer(ros: None) -> Iterator[Peer]:
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
def best_effort_peer(ros: None) -> Iterator[Peer]:
    peer = Peer(best_effort=True)
    with spinning(peer.node, threads=2):
        yield peer
    peer.node.destroy_node()


def node_arguments(bundle: Path, parameters: Mapping[str, object]) -> list[str]:
    """Return the arguments of a localizer that publishes the pose of the camera itself."""
    values = {"bundle": bundle, "device": "cpu", "base_frame": "''"} | dict(parameters)
    given = [word for name, value in values.items() for word in ("-p", f"{name}:={value}")]
    return ["--ros-args", *given]


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


class Process:
    """A program of ours in a process of its own, its output in a file."""

    def __init__(self, log: Path, module: str, *arguments: str) -> None:
        self._log = log
        command = [sys.executable, "-m", f"vmloc_ros.ros.{module}", *arguments]
        # The whole environment: half of that of the ROS wheels is worse than none.
        with log.open("w") as file:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={"OMP_NUM_THREADS": "1"} | dict(os.environ),
                stdout=file,
                stderr=file,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def resident_mb(self) -> float:
        """Memory that it occupies."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def wait_for(self, text: str, timeout_s: float = 30.0) -> None:
        wait_until(lambda: text in self.log or self._process.poll() is not None, timeout_s)
        assert text in self.log

    def stop(self, number: int = signal.SIGINT, timeout_s: float = 10.0) -> int:
        """Send a signal; return the exit status."""
        self._process.send_signal(number)
        return self._process.wait(timeout_s)

    def wait(self, timeout_s: float = 60.0) -> int:
        return self._process.wait(timeout_s)

    def end(self) -> None:
        """End it in good order: DDS believes in a killed one for another 20 s."""
        if self._process.poll() is not None:
            return
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start a program: start("localizer_node", "--ros-args", ...)."""
    running: list[Process] = []

    def start_process(module: str, *arguments: str) -> Process:
        log = tmp_path / f"{module}-{len(running)}.log"
        running.append(Process(log, module, *map(str, arguments)))
        return running[-1]

    yield start_process
    for process in running:
        process.end()


@pytest.fixture
def start_node(start: Callable[..., Process], tiny_bundle: Path) -> Callable[..., Process]:
    """Start the localizer with the tiny bundle; parameters as name=value."""

    def start_with(**parameters: object) -> Process:
        return start("localizer_node", *node_arguments(tiny_bundle, parameters))

    return start_with
