"""`BodyMotion`: how a body moved in a bag, from what was measured of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from training.recordings.stamped_transform import StampedTransform
from vmloc_ros.messages import stamp_ns
from vmloc_ros.sweeps import PoseTrack, RateIntegrator


@dataclass(frozen=True, slots=True, eq=False)
class BodyMotion:
    """Poses of a body in a frame that does not move."""

    body: str
    """Its frame; empty for the camera."""
    track: PoseTrack


def motions_of(measured: Iterable[StampedTransform], fixed_frame: str = "") -> list[BodyMotion]:
    """Sort poses, in any order, by frames; with a name only those in that frame count."""
    edges: dict[tuple[str, str], dict[int, StampedTransform]] = {}
    for one in measured:
        if fixed_frame in ("", one.parent):
            edges.setdefault((one.parent, one.child), {})[one.stamp_ns] = one
    return [BodyMotion(body, _track(poses)) for (_, body), poses in edges.items()]


def _track(poses: dict[int, StampedTransform]) -> PoseTrack:
    stamps_ns = sorted(poses)
    return PoseTrack(stamps_ns, [poses[one].T_parent_child for one in stamps_ns])


def motion_of_gyroscope(messages: Sequence[Any]) -> BodyMotion:
    """Add up the rates of sensor_msgs/Imu, one at least.

    Raises:
        MessageError: a stamp of zero, or no rate of a robot.
    """
    integrator, stamps_ns, poses, breaks_ns = RateIntegrator(), [], [], [0]
    for msg in sorted(messages, key=stamp_ns):
        rate = msg.angular_velocity
        pose = integrator.add(stamp_ns(msg), (rate.x, rate.y, rate.z))
        if pose is not None:
            stamps_ns.append(stamp_ns(msg))
            poses.append(pose)
        if integrator.began_ns != breaks_ns[-1]:
            breaks_ns.append(integrator.began_ns)
    track = PoseTrack(stamps_ns, poses, translates=False, breaks_ns=breaks_ns)
    return BodyMotion(messages[0].header.frame_id, track)
