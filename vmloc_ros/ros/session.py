"""`Session`: what runs while the node is active, from subscriptions to publishers."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node

from vmloc_ros.config import NodeConfig
from vmloc_ros.localizer import Localizer
from vmloc_ros.messages import Decoders, stamp_ns
from vmloc_ros.pairing import JUMP_NS
from vmloc_ros.ros.initial_pose import InitialPosePublisher
from vmloc_ros.ros.inputs import SensorInputs, SensorSet
from vmloc_ros.ros.latency_publisher import LatencyPublisher
from vmloc_ros.ros.lidar_image import LidarImagePublisher
from vmloc_ros.ros.lidar_motion import LidarMotion
from vmloc_ros.ros.outcome import Fix, Outcome
from vmloc_ros.ros.pipeline import Arrival, Pipeline
from vmloc_ros.ros.publishers import PosePublishers
from vmloc_ros.ros.relocalization import Relocalization
from vmloc_ros.ros.robot_frames import RobotFrames
from vmloc_ros.ros.sensor_sets import sensor_sets
from vmloc_ros.ros.snapshot import Snapshot
from vmloc_ros.ros.stage_times import StageWindow
from vmloc_ros.ros.tally import Tally
from vmloc_ros.ros.worker import Worker

REVIEW_PERIOD_S = 0.5
"""How often the publishers of the inputs are looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """What `configure` acquires."""

    config: NodeConfig
    localizer: Localizer
    decoders: Decoders
    bundle: str
    """Folder that the localizer was loaded from; the parameter may name the next one already."""


class Session:
    """Subscriptions → worker (pipeline) → publishers.

    Args:
        node: subscribes and publishes.
        setup: what was configured.
        relocalization: waits for poses on request; told of every outcome.
    """

    def __init__(self, node: Node, setup: Setup, relocalization: Relocalization) -> None:
        self._config = setup.config
        self._clock = node.get_clock()
        self._relocalization = relocalization
        self._since_s = time.monotonic()
        self._newest_ns = 0
        description = setup.localizer.bundle.description
        self._tally = Tally(description.model.modalities)
        self._stages = StageWindow()
        with ExitStack() as opened:  # what is open when one of them fails is closed again
            self._publishers = PosePublishers(
                node, self._config.map_frame, self._config.path_length
            )
            opened.callback(self._publishers.close)
            self._initial_pose = InitialPosePublisher.of(node, self._config)
            opened.callback(self._initial_pose.close)
            self._latency = LatencyPublisher(node, self._stages)
            opened.callback(self._latency.close)
            self._lidar_image = LidarImagePublisher(node, description)
            opened.callback(self._lidar_image.close)
            self._frames = RobotFrames(node, self._config, description.camera_frame)
            opened.callback(self._frames.close)
            self._motion = LidarMotion(node, self._frames, description)
            opened.callback(self._motion.close)
            self._pipeline = Pipeline(
                setup.localizer,
                setup.decoders,
                self._frames,
                self._config,
                self._stages,
                self._lidar_image.show,
                self._motion,
            )
            self._worker = Worker(self._pipeline.serve, self._deliver, "vmloc-worker")
            self._worker.start()
            opened.callback(self._worker.stop)
            self._inputs = SensorInputs(
                node,
                description.sensors,
                self._config,
                sensor_sets(description),
                self._on_set,
                self._pipeline.add_cloud,
            )
            opened.callback(self._inputs.close)
            relocalization.open(self._pipeline.gate.reset, self._initial_pose.publish)
            opened.callback(relocalization.close, "the node was deactivated")
            steady = Clock(clock_type=ClockType.STEADY_TIME)
            timer = node.create_timer(REVIEW_PERIOD_S, self._review, self._inputs.group, steady)
            opened.callback(node.destroy_timer, timer)
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Stop, in the order in which the data flow."""
        self._opened.close()

    def adopt(self, config: NodeConfig) -> None:
        """Take over the parameters that may change while the node works."""
        self._config = config
        self._inputs.update(config)
        self._frames.adopt(config)
        self._pipeline.gate.set_limits(config.gate_sigma, config.gate_reacquire)
        self._initial_pose.after = config.initialpose_after

    def take_over(self, localizer: Localizer) -> None:
        """Go on with another model of the same sensors."""
        self._pipeline.take_over(localizer)
        self._lidar_image.adopt(localizer.bundle.description)
        self._initial_pose.reset()

    def forget(self) -> None:
        """Forget what was known before a jump of time, but for the messages that wait."""
        self._newest_ns = 0
        self._frames.clear()
        self._motion.clear()
        self._pipeline.gate.reset()
        self._initial_pose.reset()
        self._relocalization.reset()
        self._publishers.clear()
        self._stages.forget("sensor_age")

    def on_clock_jump(self) -> None:
        """Begin anew: the clock of the node was set."""
        self._inputs.reset(self._clock.now().nanoseconds)
        self.forget()

    def complete(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot of the node with what only an active one has."""
        streams, pairing = self._inputs.health()
        health = self._tally.health(self._config.fix_timeout_s)
        return replace(
            snapshot,
            active_s=time.monotonic() - self._since_s,
            clock=replace(snapshot.clock, age_s=self._stages.sensor_age_s),
            streams=self._pipeline.faults.complete(streams),
            pairing=pairing,
            worker=self._worker.counters,
            worker_error=self._worker.last_error,
            stages=self._stages.times(),
            localization=replace(health, dropped={**health.dropped, **self._inputs.missing}),
            transforms=replace(
                self._frames.health, lidar_motion_missing=self._pipeline.motion_missing
            ),
        )

    def _on_set(self, sensors: SensorSet, received_s: float) -> None:
        at_ns = stamp_ns(next(iter(sensors.values())))
        if at_ns < self._newest_ns - JUMP_NS:  # a bag that loops while the clock goes on
            self.forget()
        self._newest_ns = max(self._newest_ns, at_ns)
        age_ns = self._clock.now().nanoseconds - at_ns
        self._stages.add("sensor_age", age_ns * 1e-6)
        self._worker.offer(Arrival(sensors, received_s))

    def _deliver(self, outcome: Outcome) -> None:
        """Tell everybody; runs in the thread of the worker."""
        if isinstance(outcome, Fix):
            with self._stages.measure("publish"):
                self._publishers.publish(outcome.body)
                self._frames.publish(outcome.body)
        self._tally.add(outcome)
        for listener in (self._initial_pose, self._relocalization):
            if isinstance(outcome, Fix):
                listener.on_fix(outcome.body, outcome.T_odom_body)
            else:
                listener.on_rejection(outcome.rejection)

    def _review(self) -> None:
        self._inputs.review()
        self._latency.publish()
