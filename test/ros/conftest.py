"""Real nodes over real DDS: a domain of our own, a peer that talks to the node, a tiny bundle."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

# Before any node is made here or in a child: two sessions on one machine must not hear each other.
os.environ["ROS_DOMAIN_ID"] = str(1 + os.getpid() % 100)
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"

ROOT = Path(__file__).parents[2]
HEIGHT, WIDTH = 48, 64
FIRST_NS = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000


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
    """A bundle with random weights whose poses depend on the images."""
    import torch

    from vmloc_ros.bundle import BundleDescription, PoseStatistics, save_bundle
    from vmloc_ros.calibration import Agreement, Calibration
    from vmloc_ros.config import ModelConfig, PreprocessingConfig
    from vmloc_ros.model.vmloc import VMLoc

    torch.manual_seed(7)
    model = ModelConfig(
        backbone="resnet18", weights="none", latent_dim=64, head_hidden=0, dropout=0.0
    )
    sigma = (0.1, 0.2, 0.3, 0.01, 0.02, 0.03)
    description = BundleDescription(
        model=model,
        preprocessing=PreprocessingConfig(height=HEIGHT, width=WIDTH),
        poses=PoseStatistics(
            position_mean_m=(1.0, 2.0, 3.0),
            position_scale_m=2.0,
            quat_mean_xyzw=(0.0, 0.6, 0.0, 0.8),
        ),
        camera_frame="camera_optical_frame",
        position_min_m=(-50.0, -50.0, -50.0),
        position_max_m=(50.0, 50.0, 50.0),
        calibration=Calibration(
            sigma={"rgb": sigma, "depth": sigma, "rgb+depth": sigma},
            agreement={"rgb+depth": Agreement(median=1e6, limit=1e6)},
            novelty_limit={"rgb": 1e12, "depth": 1e12},  # noise will do
        ),
        trained_on="noise",
        versions={},
    )
    folder = tmp_path_factory.mktemp("model") / "bundle"
    appearance = {name: torch.ones(1, 256) for name in model.modalities}
    save_bundle(folder, description, VMLoc(model), (), appearance)
    return folder


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


def stamped(message: object, stamp_ns: int, frame_id: str = "camera_optical_frame") -> object:
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
    message.header.frame_id = frame_id
    return message


def image(pixels: np.ndarray, encoding: str, stamp_ns: int) -> object:
    """Return sensor_msgs/Image; an ndarray assigned to `data` would take a hundred times longer."""
    from sensor_msgs.msg import Image

    data = array("B")
    data.frombytes(memoryview(np.ascontiguousarray(pixels)).cast("B"))
    height, width = pixels.shape[:2]
    message = Image(height=height, width=width, encoding=encoding, step=len(data) // height)
    message.data = data
    return stamped(message, stamp_ns)


def rgb_pixels(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)


def depth_pixels(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(500, 5000, (HEIGHT, WIDTH), np.uint16)


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
        listen = self.node.create_subscription
        self.pose_subscription = listen(PoseStamped, "vmloc/pose", self.poses.append, 10)
        listen(PoseWithCovarianceStamped, "vmloc/pose_with_covariance", self.covariances.append, 10)
        self._listen_to_path = lambda: listen(PathMessage, "vmloc/path", self.paths.append, 10)

    def listen_to_path(self) -> None:
        self._listen_to_path()

    def is_matched(self) -> bool:
        return bool(
            self.rgb.get_subscription_count()
            and self.depth.get_subscription_count()
            and self.pose_subscription.get_publisher_count()
        )

    def send(self, number: int, seed: int | None = None) -> int:
        """Publish a pair; return its stamp."""
        stamp_ns = FIRST_NS + number * PERIOD_NS
        seed = number if seed is None else seed
        self.rgb.publish(image(rgb_pixels(seed), "rgb8", stamp_ns))
        self.depth.publish(image(depth_pixels(seed), "16UC1", stamp_ns))
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

    def call(self, kind: type, name: str, request: object) -> object:
        """Call a service of the node."""
        client = self.node.create_client(kind, f"/vmloc/{name}")
        wait_until(client.service_is_ready)
        future = client.call_async(request)
        wait_until(future.done)
        self.node.destroy_client(client)
        return future.result()

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


@pytest.fixture
def best_effort_peer(ros: None) -> Iterator[Peer]:
    peer = Peer(best_effort=True)
    with spinning(peer.node, threads=2):
        yield peer
    peer.node.destroy_node()


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

    def start_with(**parameters: str) -> Process:
        values = {"bundle": str(tiny_bundle), "device": "cpu", "base_frame": "''"} | parameters
        given = [word for name, value in values.items() for word in ("-p", f"{name}:={value}")]
        return start("localizer_node", "--ros-args", *given)

    return start_with
