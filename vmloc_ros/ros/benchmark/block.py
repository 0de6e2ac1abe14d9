"""One block of the benchmark, a program of its own: `python -m vmloc_ros.ros.benchmark.block PLAN`.

Fast DDS reads its profile once in the life of a process, and the shared memory in which images
travel belongs to the process that publishes: so each block has a publisher and a node of its own.
The figures go to standard output as JSON.
"""

import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import try_shutdown

from vmloc_ros.errors import ConfigError, VmlocError
from vmloc_ros.ros.benchmark.camera import Camera
from vmloc_ros.ros.benchmark.figures import BlockFigures
from vmloc_ros.ros.benchmark.images import ImageSet, bag_images, random_images
from vmloc_ros.ros.benchmark.localizer_process import LocalizerProcess
from vmloc_ros.ros.benchmark.node_listener import NodeListener
from vmloc_ros.ros.benchmark.plan import NAMESPACE, BlockPlan
from vmloc_ros.ros.pose_recorder import PoseRecorder
from vmloc_ros.ros.spinning import spin

START_TIMEOUT_S = 120.0
POLL_S = 0.05
FIRST_POSE_S = 5.0
"""How long to wait for the answer to a pair that finds out whether everybody is connected."""
LAST_POSE_S = 2.0
STAGES_S = 5.0
"""The node says how long its stages took every half second."""


class Block:
    """Sends the pairs of a plan to a node and takes the time. The node is spun by somebody else."""

    def __init__(self, node: Node, plan: BlockPlan, images: Sequence[ImageSet]) -> None:
        self._plan = plan
        self._images = images
        self._camera = Camera(node, plan.modalities)
        self._recorder = PoseRecorder(node, "vmloc/pose")
        self._listener = NodeListener(node)

    def connect(self, localizer: LocalizerProcess) -> None:
        """Wait until a pair is answered.

        Raises:
            VmlocError: the node cannot be configured, ends, or does not answer in time.
        """
        deadline_s = time.monotonic() + START_TIMEOUT_S
        for condition in (self._is_active, self._is_matched, self._is_answered):
            _wait(condition, localizer, deadline_s)

    def run(self) -> BlockFigures:
        """Send all pairs at the rate of the plan; wait for the last pose."""
        before = len(self._recorder.latencies_ms)
        start_s, last_ns = time.monotonic(), 0
        for number in range(self._plan.pairs):
            time.sleep(max(0.0, start_s + number / self._plan.rate_hz - time.monotonic()))
            last_ns = self._send(number)
        self._recorder.wait_for(last_ns, LAST_POSE_S)
        stages_ms = self._listener.next_stages_ms(STAGES_S)
        return BlockFigures(self._plan.pairs, self._recorder.latencies_ms[before:], stages_ms)

    def _send(self, number: int) -> int:
        stamp_ns = time.time_ns()
        self._recorder.expect(stamp_ns)
        self._camera.publish(self._images[number % len(self._images)], stamp_ns)
        return stamp_ns

    def _is_active(self) -> bool:
        if self._listener.failure:
            raise ConfigError(self._listener.failure)
        return self._listener.state == "active"

    def _is_matched(self) -> bool:
        return self._camera.is_matched() and self._recorder.is_matched()

    def _is_answered(self) -> bool:
        return self._recorder.wait_for(self._send(0), FIRST_POSE_S)


def run_block(plan: BlockPlan) -> BlockFigures:
    """Start a node, measure, stop it.

    Raises:
        VmlocError: the images cannot be read, or no poses come.
    """
    images = (
        bag_images(Path(plan.bag), plan.modalities)
        if plan.bag
        else random_images(plan.modalities, plan.width, plan.height)
    )
    node = Node("camera", namespace=NAMESPACE)
    with tempfile.TemporaryDirectory() as folder, _spinning(node):
        block = Block(node, plan, images)
        log = Path(folder) / "node.log"
        with LocalizerProcess(_parameters(plan), log, NAMESPACE) as localizer:
            block.connect(localizer)
            return block.run()


def _parameters(plan: BlockPlan) -> dict[str, str]:
    """Return those with which any image gets a pose."""
    return {
        "bundle": f"'{plan.bundle}'",
        "device": f"'{plan.device}'",
        "base_frame": "''",
        "novelty_limit": "0.0",
        "map_margin_m": "1000.0",
    }


def _wait(condition: Callable[[], bool], localizer: LocalizerProcess, deadline_s: float) -> None:
    while not condition():
        localizer.check()
        if time.monotonic() > deadline_s:
            raise VmlocError(f"the node answered to no pair within {START_TIMEOUT_S:g} s")
        time.sleep(POLL_S)


@contextmanager
def _spinning(node: Node) -> Iterator[None]:
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    spinner = threading.Thread(target=spin, args=(executor,), name="executor")
    spinner.start()
    try:
        yield
    finally:
        executor.shutdown()
        spinner.join()
        node.destroy_node()


def main() -> int:
    """Run the block that the command line describes; return the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    try:
        figures = run_block(BlockPlan.from_json(sys.argv[1]))
    except VmlocError as err:
        sys.stderr.write(f"{err}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        try_shutdown()
    sys.stdout.write(figures.to_json() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
