"""The node `vmloc`: synchronised sensor messages in, poses of the robot in the map out."""

import logging
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import rclpy
import torch
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.exceptions import ParameterException
from rclpy.executors import MultiThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from vmloc_ros.bundle import BundleDescription
from vmloc_ros.config import NodeConfig, dump_config
from vmloc_ros.errors import ConfigError
from vmloc_ros.localizer import Localizer
from vmloc_ros.ros.clock_watch import ClockWatch
from vmloc_ros.ros.converters import choose_decoders
from vmloc_ros.ros.diagnosis import diagnose
from vmloc_ros.ros.diagnostics import Diagnostics
from vmloc_ros.ros.heap import TRIM_PERIOD_S, collect_garbage, freeze_heap, trim_heap
from vmloc_ros.ros.managed_node import ManagedNode
from vmloc_ros.ros.parameter_files import misaddressed
from vmloc_ros.ros.parameters import NodeParameters
from vmloc_ros.ros.reload_service import ReloadService
from vmloc_ros.ros.relocalization import Relocalization
from vmloc_ros.ros.relocalize import RelocalizeService
from vmloc_ros.ros.robot_frames import check_frames
from vmloc_ros.ros.session import Session, Setup
from vmloc_ros.ros.snapshot import ModelHealth, Snapshot
from vmloc_ros.ros.spinning import spin
from vmloc_ros.validity import ValidityLimits

logger = logging.getLogger(__name__)

NAME = "vmloc"
CLOCK_PERIOD_S = 0.5
"""How often the node looks at its clock."""
SWITCH_INTERVAL_S = 1e-4
"""How long a thread may keep the interpreter while others wait."""
FAREWELL_S = 0.3
"""What was answered last is on its way so long: DDS drops it with the service that sent it."""
THREADS = 6
"""Sensor callbacks, diagnostics, a transition, `~/relocalize`, parameters and services at once."""


class LocalizerNode(ManagedNode):
    """Loads a bundle when configured and localises while active.

    Args:
        cli_args: arguments of this node alone, as ["--ros-args", "-p", "autostart:=false"].
    """

    def __init__(self, cli_args: list[str] | None = None) -> None:
        super().__init__(NAME, cli_args)
        self._setup: Setup | None = None
        self._session: Session | None = None
        self._settings = NodeParameters(self, lambda: self.state != "unconfigured", self._adopt)
        arguments = [*sys.argv, *(cli_args or [])]
        elsewhere = misaddressed(arguments, self.get_fully_qualified_name())
        for line in [*self._settings.unknown(), *elsewhere]:
            logger.warning("parameters: %s", line)
        self._clock_watch = ClockWatch(self, self._on_clock_jump)
        self._relocalization = Relocalization(self._explain)
        RelocalizeService(self, self._relocalization, self._settings.read)
        self._reload_service = ReloadService(self, self._reload)
        self._diagnostics = Diagnostics(self, self.snapshot)
        alone, steady = MutuallyExclusiveCallbackGroup(), Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(CLOCK_PERIOD_S, self._clock_watch.review, alone, steady)
        self.create_timer(TRIM_PERIOD_S, trim_heap, MutuallyExclusiveCallbackGroup(), steady)
        self._starter = self.create_timer(
            0.01, self._autostart, MutuallyExclusiveCallbackGroup(), steady
        )

    def snapshot(self) -> Snapshot:
        """Return what the node knows of itself at this moment."""
        setup, session = self._setup, self._session
        limit_s = setup.config.clock_skew_s if setup else NodeConfig().clock_skew_s
        snapshot = Snapshot(model=self._model(setup), clock=self._clock_watch.health(None, limit_s))
        return session.complete(snapshot) if session else snapshot

    def configure(self) -> None:
        """Load the bundle and warm it up.

        Raises:
            VmlocError: a parameter or the bundle cannot be used.
        """
        config = self._settings.read()
        localizer = self._load(config)
        check_frames(config, localizer.bundle.description.camera_frame)
        decoders = choose_decoders(config.image_backend)
        self._setup = Setup(config, localizer, decoders, config.bundle)
        self._adopt(self._settings.read())  # what was set meanwhile
        logger.info("configured: %s", _describe(self._setup))
        logger.debug("parameters:\n%s", dump_config(config))

    def activate(self) -> None:
        """Open subscriptions and publishers."""
        assert self._setup is not None, "activate follows configure"
        self._session = Session(self, self._setup, self._relocalization)

    def deactivate(self) -> None:
        """Close subscriptions and publishers."""
        session, self._session = self._session, None
        if session is not None:
            session.close()
            del session
            collect_garbage()

    def cleanup(self) -> None:
        """Release the model."""
        self._setup = None
        collect_garbage()

    def release_callers(self) -> None:
        """Answer who waits for a service; afterwards the executor may be shut down."""
        self._relocalization.close("the node shuts down")
        self._reload_service.close()

    def destroy_node(self) -> None:
        """Release everything and leave the graph."""
        self.release_callers()
        self._diagnostics.close()  # before there is nothing left to look at
        super().destroy_node()
        self._clock_watch.close()

    def _load(self, config: NodeConfig) -> Localizer:
        if not config.bundle:
            raise ConfigError("bundle is not set: give the folder of a model bundle, bundle:=PATH")
        # In a thread that ends: MKL and OpenMP keep memory, 30 MB at least, and threads for each
        # thread that has called them, and the executor would let one after the other do so.
        with ThreadPoolExecutor(1, f"{NAME}-loader") as loader:
            localizer = loader.submit(_load, config).result()
        trim_heap()
        return localizer

    def _reload(self) -> str:
        """Change over to the bundle that the parameter names.

        Raises:
            VmlocError: it cannot be used, or needs other sensors; the former one stays.
        """
        setup, session = self._setup, self._session
        if setup is None or session is None:
            raise ConfigError(f"the node is {self.state}: configure and activate load the bundle")
        try:
            config = self._settings.read()
            localizer = self._load(config)
            _check_same_sensors(setup.localizer, localizer)
        except Exception as err:
            self.failure = f"reload failed: {err}"
            raise
        with self.no_transition():
            if self._session is not session:  # deactivated meanwhile
                raise ConfigError(f"the node is {self.state} by now: activate it and try again")
            self._setup = Setup(config, localizer, setup.decoders, config.bundle)
            session.take_over(localizer)
            self._adopt(self._settings.read())  # what was set meanwhile
            self.failure = ""
            return _describe(self._setup)

    def _adopt(self, config: NodeConfig) -> None:
        """Take over the parameters that may change while the node works."""
        setup, session = self._setup, self._session
        if setup is not None:
            setup.localizer.limits = ValidityLimits.of(config)
            self._setup = replace(setup, config=config)
        if session is not None:
            session.adopt(config)

    def _on_clock_jump(self, reason: str) -> None:
        session = self._session
        if session is not None:
            session.on_clock_jump()

    def _explain(self) -> str:
        """Say in a line what is wrong, if anything is."""
        reports = diagnose(self.snapshot())
        return next((report.message for report in reports if report.causes), "")

    def _model(self, setup: Setup | None) -> ModelHealth:
        if setup is None:
            return ModelHealth(state=self.state, failure=self.failure)
        bundle = setup.localizer.bundle
        return ModelHealth(
            state=self.state,
            failure=self.failure,
            bundle=setup.bundle,
            digest=bundle.digest[:12],
            device=str(setup.localizer.device),
            modalities=bundle.description.model.modalities,
            trained_on=bundle.description.trained_on,
        )

    def _autostart(self) -> None:
        self.destroy_timer(self._starter)
        if self.get_parameter("autostart").value is True:
            self.bring_up()


def _load(config: NodeConfig) -> Localizer:
    path = Path(config.bundle).expanduser()
    localizer = Localizer.load(path, config.device, ValidityLimits.of(config))
    localizer.warm_up()
    return localizer


def _check_same_sensors(before: Localizer, after: Localizer) -> None:
    old, new = (_inputs(one.bundle.description) for one in (before, after))
    if old != new:
        raise ConfigError(
            f"the bundle needs {new}, the node listens to {old}: "
            "run cleanup, configure and activate"
        )


def _inputs(description: BundleDescription) -> str:
    """Name the modalities, and the sensor where one is made from another: "depth from lidar"."""
    names, sensors_of = description.model.modalities, description.preprocessing.sensors
    made = {name: sensors_of((name,))[0] for name in names}
    return " + ".join(n if n == sensor else f"{n} from {sensor}" for n, sensor in made.items())


def _describe(setup: Setup) -> str:
    config, description = setup.config, setup.localizer.bundle.description
    return (
        f"{setup.bundle} on {setup.localizer.device}, model of "
        f"{' + '.join(description.model.modalities)} trained on {description.trained_on}; "
        f"publishing the pose of {config.base_frame or description.camera_frame}"
    )


def run(args: list[str] | None = None) -> int:
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
        freeze_heap()
    except (RuntimeError, ParameterException) as err:  # RuntimeError: malformed --ros-args
        sys.stderr.write(f"error: {' '.join(str(err).split())}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return _serve(node)


def _serve(node: LocalizerNode) -> int:
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
    node.release_callers()
    executor.shutdown()
    spinner.join()
    executor._executor.shutdown()  # rclpy waits for none of its threads: one may be answering
    time.sleep(FAREWELL_S)
    node.destroy_node()
    rclpy.shutdown()
    return 0
