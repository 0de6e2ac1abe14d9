"""The node `vmloc`: synchronised sensor messages in, poses of the robot in the map out."""

import logging
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import rclpy
import torch
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.exceptions import ParameterException
from rclpy.executors import MultiThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from vmloc_ros.config import NodeConfig, dump_config
from vmloc_ros.errors import ConfigError
from vmloc_ros.localizer import Localizer
from vmloc_ros.messages import decode_frame
from vmloc_ros.pose import Pose
from vmloc_ros.ros.extrinsic import BodyPose, body_pose, camera_to_base
from vmloc_ros.ros.inputs import SensorInputs, SensorSet
from vmloc_ros.ros.logging import CORE
from vmloc_ros.ros.managed_node import ManagedNode
from vmloc_ros.ros.parameters import NodeParameters
from vmloc_ros.ros.publishers import PosePublishers
from vmloc_ros.ros.spinning import spin
from vmloc_ros.ros.summary import NodeCounters, Summary
from vmloc_ros.ros.worker import Worker

logger = logging.getLogger(CORE)  # __name__ is __main__ where the node runs by -m

NAME = "vmloc"
REVIEW_PERIOD_S = 0.5
"""How often the node looks at its publishers and counters."""
SWITCH_INTERVAL_S = 1e-4
"""How long a thread may keep the interpreter while others wait."""
THREADS = 4
"""Sensor callbacks, a transition, parameters and services at the same time."""


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """What `configure` acquires."""

    config: NodeConfig
    localizer: Localizer
    T_camera_base: Pose

    def localize(self, sensors: SensorSet) -> BodyPose:
        """Return the pose of the robot for one set of messages."""
        frame = decode_frame(sensors)
        return body_pose(self.localizer.localize(frame), self.T_camera_base)


class Session:
    """What runs while the node is active: subscriptions → worker → publishers."""

    def __init__(self, node: ManagedNode, setup: Setup) -> None:
        config = setup.config
        with ExitStack() as opened:  # what is open when one of them fails is closed again
            publishers = PosePublishers(node, config.map_frame, config.path_length)
            opened.callback(publishers.close)
            self._worker = Worker(setup.localize, publishers.publish, f"{NAME}-worker")
            self._worker.start()
            opened.callback(self._worker.stop)
            modalities = setup.localizer.bundle.description.model.modalities
            self._inputs = SensorInputs(node, modalities, config, self._worker.offer)
            opened.callback(self._inputs.close)
            self._summary = Summary(self.counters, time.monotonic())
            steady = Clock(clock_type=ClockType.STEADY_TIME)
            timer = node.create_timer(REVIEW_PERIOD_S, self._review, self._inputs.group, steady)
            opened.callback(node.destroy_timer, timer)
            self._opened = opened.pop_all()

    @property
    def counters(self) -> NodeCounters:
        """The counters as they stand."""
        return NodeCounters(self._inputs.counters, self._worker.counters)

    def close(self) -> None:
        """Stop, in the order in which the data flow."""
        self._opened.close()

    def _review(self) -> None:
        self._inputs.review()
        self._summary.look(self.counters, time.monotonic())


class LocalizerNode(ManagedNode):
    """Loads a bundle when configured and localises while active.

    Args:
        cli_args: arguments of this node alone, as ["--ros-args", "-p", "autostart:=false"].
    """

    def __init__(self, cli_args: list[str] | None = None) -> None:
        super().__init__(NAME, cli_args)
        self._setup: Setup | None = None
        self._session: Session | None = None
        self._settings = NodeParameters(self, lambda: self.state != "unconfigured")
        for line in self._settings.unknown():
            logger.warning("parameters: %s", line)
        self._starter = self.create_timer(
            0.01,
            self._autostart,
            MutuallyExclusiveCallbackGroup(),
            Clock(clock_type=ClockType.STEADY_TIME),
        )

    @property
    def counters(self) -> NodeCounters | None:
        """What was received, lost and served since the node became active; None when it is not."""
        session = self._session
        return session.counters if session else None

    def configure(self) -> None:
        """Load the bundle and warm it up.

        Raises:
            VmlocError: a parameter or the bundle cannot be used.
        """
        config = self._settings.read()
        if not config.bundle:
            raise ConfigError("bundle is not set: give the folder of a model bundle")
        localizer = Localizer.load(Path(config.bundle).expanduser(), config.device)
        description = localizer.bundle.description
        T_camera_base = camera_to_base(config, description.camera_frame)
        localizer.warm_up()
        self._setup = Setup(config, localizer, T_camera_base)
        logger.info(
            "configured: %s on %s, model of %s trained on %s; %s",
            config.bundle,
            localizer.device,
            " + ".join(description.model.modalities),
            description.trained_on,
            f"publishing the pose of {config.base_frame or description.camera_frame}",
        )
        logger.debug("parameters:\n%s", dump_config(config))

    def activate(self) -> None:
        """Open subscriptions and publishers."""
        assert self._setup is not None, "activate follows configure"
        self._session = Session(self, self._setup)

    def deactivate(self) -> None:
        """Close subscriptions and publishers."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def cleanup(self) -> None:
        """Release the model."""
        self._setup = None

    def _autostart(self) -> None:
        self.destroy_timer(self._starter)
        if self.get_parameter("autostart").value is True:
            self.bring_up()


def main(args: list[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; return the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts jobs with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    # The executor loops while a message waits for a callback of its group, and would keep the
    # interpreter for 5 ms at every one of the network's operations.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # torch's threads wait for each other spinning: with one on every core, a core that is busy with
    # a message holds up the others, and poses come hundreds of milliseconds late.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))
    try:
        # Our own handlers: those of rclpy end the context under a worker that is about to publish.
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
        node = LocalizerNode()
    except (RuntimeError, ParameterException) as err:  # RuntimeError: malformed --ros-args
        sys.stderr.write(f"error: {' '.join(str(err).split())}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return _run(node)


def _run(node: LocalizerNode) -> int:
    executor = MultiThreadedExecutor(num_threads=THREADS)
    executor.add_node(node)
    spinner = threading.Thread(target=spin, args=(executor,), name=f"{NAME}-executor")
    spinner.start()
    try:
        spinner.join()
    except KeyboardInterrupt:
        logger.info("stopping")
    for number in (signal.SIGINT, signal.SIGTERM):  # launch sends them again
        signal.signal(number, signal.SIG_IGN)
    executor.shutdown()
    spinner.join()
    node.destroy_node()
    rclpy.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
