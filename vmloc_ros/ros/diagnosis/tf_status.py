"""The status "tf": extrinsic, odometry and the broadcast."""

from collections.abc import Iterator

from vmloc_ros.ros.diagnosis.localization_status import is_lost, is_waiting
from vmloc_ros.ros.diagnosis.report import (
    UNKNOWN,
    Finding,
    StatusReport,
    found,
    judge,
    unknowable,
)
from vmloc_ros.ros.snapshot import Snapshot, TransformHealth


def report(now: Snapshot) -> StatusReport:
    """Report on the frames."""
    transforms = now.transforms
    if transforms is None:
        return unknowable("tf", now)
    origin = transforms.extrinsic
    well = f"extrinsic from {origin}" if origin else "no image yet"
    if origin == "camera":
        well = "the camera's own pose is published"
    values = _values(transforms)
    return judge("tf", _findings(now, transforms), well, values)


def _findings(now: Snapshot, transforms: TransformHealth) -> Iterator[Finding]:
    mode = transforms.mode
    if transforms.missing:
        yield found("no_extrinsic", missing=transforms.missing)
    if transforms.conflict:
        yield found("tf_conflict", mode=mode, conflict=transforms.conflict)
    elif mode != "none" and (reason := _why_no_broadcast(now)):
        yield found("no_broadcast", mode=mode, reason=reason)
    if transforms.odometry_missing:
        yield found("no_odometry", odometry_missing=transforms.odometry_missing)
    if transforms.lidar_motion_missing:
        yield found("no_lidar_motion", motion_missing=transforms.lidar_motion_missing)


def _why_no_broadcast(now: Snapshot) -> str:
    poses = now.localization
    if poses is not None and is_lost(poses):
        return f"the last pose is {poses.fix_age_s:.1f} s old"
    return "there is no pose yet" if is_waiting(now) else ""


def _values(transforms: TransformHealth) -> dict[str, str]:
    return {
        "mode": transforms.mode,
        "extrinsic": transforms.extrinsic or UNKNOWN,
        "missing": transforms.missing,
        "odometry_missing": transforms.odometry_missing,
        "lidar_motion_missing": transforms.lidar_motion_missing,
        "conflict": transforms.conflict,
        "broadcasts": str(transforms.broadcasts),
    }
