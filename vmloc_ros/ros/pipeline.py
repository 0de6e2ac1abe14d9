"""`Pipeline`: from messages that were taken together to a pose, or why there is none."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Frame
from vmloc_ros.localizer import Localizer
from vmloc_ros.messages import Decoders, decode_partial_frame
from vmloc_ros.messages.header import frame_id
from vmloc_ros.pose import PoseEstimate
from vmloc_ros.ros.decode_faults import DecodeFaults
from vmloc_ros.ros.inputs import SensorSet
from vmloc_ros.ros.jump_gate import JumpGate
from vmloc_ros.ros.lidar_motion import LidarMotion
from vmloc_ros.ros.odometry import WAIT_S
from vmloc_ros.ros.outcome import Fix, Outcome, Refusal
from vmloc_ros.ros.robot_frames import RobotFrames
from vmloc_ros.ros.set_decoders import SetDecoders
from vmloc_ros.ros.stage_times import StageWindow
from vmloc_ros.validity import Rejection


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A set of messages that waits for its turn."""

    sensors: SensorSet
    received_s: float
    """When it was complete, by the steady clock."""


class Pipeline:
    """Serves one arrival after the other, in the thread of the worker.

    Args:
        localizer: answers.
        decoders: of the messages.
        frames: extrinsic and odometry.
        config: what to do without a sensor, and the limits of the jump gate.
        stages: takes the durations.
        show_lidar: is given each frame with a sweep, and the frame_id of that.
        motion: of the lidar.
    """

    def __init__(
        self,
        localizer: Localizer,
        decoders: Decoders,
        frames: RobotFrames,
        config: NodeConfig,
        stages: StageWindow,
        show_lidar: Callable[[Frame, str], None],
        motion: LidarMotion,
    ) -> None:
        self._localizer = self._next = localizer
        self.faults = DecodeFaults()
        self.gate = JumpGate(config.gate_sigma, config.gate_reacquire)
        self._show_lidar = show_lidar
        self._first = localizer.bundle.description.sensors[0]
        self._needs_all = config.on_missing_modality == "stop"
        self._decoders = decoders
        self._frames = frames
        self._stages = stages
        self._motion = motion
        self._set_decoders = self._make_set_decoders()

    @property
    def motion_missing(self) -> str:
        """Why the last cloud was not brought to its image; empty where it was."""
        return self._set_decoders.motion_missing

    def take_over(self, localizer: Localizer) -> None:
        """Go on with another localizer of the same modalities, from the next frame on."""
        self._next = localizer

    def add_cloud(self, msg: Any) -> None:
        """Take a cloud, whether or not it will be part of a set. From any thread."""
        self._set_decoders.add_cloud(msg)

    def serve(self, arrival: Arrival) -> Outcome:
        """Decode, localise, carry over to the robot's body, compare with the odometry.

        Raises:
            MessageError: no message can be decoded, or one and all are needed.
        """
        self._stages.add("queue", (time.monotonic() - arrival.received_s) * 1e3)
        self._change_over()
        frame, faults = self._decode(arrival.sensors)
        if frame.points is not None:
            self._show_lidar(frame, frame_id(arrival.sensors["lidar"]))
        try:
            estimate = self._localizer.localize(frame)
        except MessageError as err:
            return Refusal(Rejection("not_finite", str(err)))
        self._stages.add_all(estimate.stage_ms)
        estimate = replace(estimate, dropped={**estimate.dropped, **faults})
        if rejection := estimate.rejection or self._reject_partial(estimate):
            return Refusal(rejection, estimate)
        is_named = self._first in arrival.sensors and self._first not in faults
        # A lidar's messages name the lidar, and the pose is that of the frame in the bundle.
        is_image = self._first != "lidar"
        return self._place(estimate, frame.camera_frame if is_named and is_image else "")

    def _change_over(self) -> None:
        """Take the next localizer: between two frames, so that the gate never sees both."""
        if self._next is not self._localizer:
            self._localizer = self._next
            self._set_decoders = self._make_set_decoders()
            self.gate.reset()

    def _make_set_decoders(self) -> SetDecoders:
        description = self._localizer.bundle.description
        self._motion.adopt(description)
        return SetDecoders(self._decoders, description.preprocessing.lidar.sweeps, self._motion)

    def _decode(self, sensors: SensorSet) -> tuple[Frame, Mapping[str, str]]:
        with self._stages.measure("decode"):
            try:
                decoders = self._set_decoders.choose(sensors)
                frame, faults = decode_partial_frame(sensors, decoders=decoders)
            except MessageError as err:
                self.faults.add(dict.fromkeys(sensors, str(err)))
                raise
        if not faults:
            return frame, faults
        self.faults.add(faults)
        if self._needs_all:
            raise MessageError("; ".join(faults.values()))
        return frame, dict.fromkeys(faults, "cannot be decoded")

    def _reject_partial(self, estimate: PoseEstimate) -> Rejection | None:
        """Refuse what is without a sensor, where all are needed."""
        if not (self._needs_all and estimate.dropped):
            return None
        values = ", ".join(f"{name} {estimate.novelty[name]:.2f}" for name in estimate.dropped)
        return Rejection(
            "novel", f"unlike every training image: {values}; on_missing_modality is stop"
        )

    def _place(self, estimate: PoseEstimate, camera_frame: str) -> Outcome:
        """Carry the pose over to the body; an empty `camera_frame` is that of the bundle."""
        body = self._frames.body(estimate, camera_frame)
        if body is None:
            return Refusal(Rejection("no_extrinsic", self._frames.extrinsic.missing), estimate)
        odometry = self._frames.odometry
        T_odom_body = odometry.at(estimate.stamp_ns, WAIT_S) if odometry else None
        if rejection := self.gate.check(body, T_odom_body):
            return Refusal(rejection, estimate)
        return Fix(estimate, body, T_odom_body)
