"""The status "localization": is there a pose, and from which sensors?"""

from collections.abc import Iterator
from typing import get_args

from vmloc_ros.causes.thresholds import FEWEST_REJECTED, FIRST_FIX_S, REJECTED_SHARE
from vmloc_ros.ros.diagnosis.report import (
    UNKNOWN,
    Finding,
    StatusReport,
    found,
    judge,
    number,
    rate_hz,
    unknowable,
)
from vmloc_ros.ros.snapshot import LocalizationHealth, Snapshot
from vmloc_ros.validity import Reason

REASONS = tuple(reason for reason in get_args(Reason) if reason != "no_extrinsic")
"""Reasons of refusal that are causes of this status; a missing extrinsic is one of tf."""


def report(now: Snapshot, lately: Snapshot) -> StatusReport:
    """Report on the estimates."""
    poses, recent = now.localization, lately.localization
    if poses is None or recent is None:
        return unknowable("localization", now)
    poses_hz = rate_hz(recent.published, lately)
    sigma_m, sigma_deg = number(poses.position_sigma_m), number(poses.rotation_sigma_deg, 2)
    well = f"{fusion_mode(poses)}, {poses_hz} poses/s, σ {sigma_m} m {sigma_deg}°"
    if not poses.published:
        well = "no pose yet"
    values = _values(poses) | {"pose_rate_hz": poses_hz}
    return judge("localization", _findings(now, lately), well, values)


def fusion_mode(poses: LocalizationHealth) -> str:
    """Return the sensors of the last published pose, as "rgb+depth"."""
    return "+".join(poses.present) or UNKNOWN


def is_lost(poses: LocalizationHealth) -> bool:
    """Whether the last pose is too old."""
    return poses.fix_age_s is not None and poses.fix_age_s > poses.fix_timeout_s


def is_waiting(now: Snapshot) -> bool:
    """Whether the first pose is overdue."""
    poses = now.localization
    return poses is not None and poses.fix_age_s is None and now.active_s > FIRST_FIX_S


def _findings(now: Snapshot, lately: Snapshot) -> Iterator[Finding]:
    poses, recent = now.localization, lately.localization
    assert poses is not None and recent is not None, "only an active node is looked at"
    if is_lost(poses):
        yield found(
            "lost",
            fix_age_s=poses.fix_age_s,
            fix_timeout_s=poses.fix_timeout_s,
            reason=_why_no_pose(now, lately),
        )
    elif is_waiting(now):
        yield found("no_fix_yet", active_s=now.active_s, reason=_why_no_pose(now, lately))
    else:
        yield from _degraded(poses)
    yield from _needed(now)
    yield from _rejected(recent)


def _why_no_pose(now: Snapshot, lately: Snapshot) -> str:
    """Return the first step on the way from images to poses that fails."""
    poses, worker, transforms = lately.localization, lately.worker, now.transforms
    if worker is not None and worker.offered == 0:
        return "no pair of images came, see the statuses input and sync"
    if transforms is not None and transforms.missing:
        return f"the place of the camera is not known ({transforms.missing}), see the status tf"
    if poses is not None and poses.last_rejection is not None:
        return "the last estimate was refused, {}: {}".format(*poses.last_rejection)
    if worker is not None and worker.delivered == 0:
        return "no frame could be localised, see the status inference"
    return "the next one is under way"


def _needed(now: Snapshot) -> Iterator[Finding]:
    if now.pairing is not None and now.pairing.obstacle:
        missing = [name for name, stream in now.streams.items() if stream.missing]
        yield found(
            "sensor_needed",
            missing=" and ".join(missing) or "the missing sensor",
            obstacle=now.pairing.obstacle,
        )


def _degraded(poses: LocalizationHealth) -> Iterator[Finding]:
    absent = {name: "absent" for name in poses.expected if name not in poses.present}
    missing = absent | dict(poses.dropped)
    if poses.published and missing:
        left = [name for name in poses.present if name not in missing]
        yield found(
            "degraded",
            present="+".join(left) or "no sensor",
            missing=", ".join(f"{name} ({why})" for name, why in missing.items()),
        )


def _rejected(recent: LocalizationHealth) -> Iterator[Finding]:
    total = recent.published + sum(recent.rejected.values())
    last = dict([recent.last_rejection]) if recent.last_rejection else {}
    for reason in REASONS:
        count = recent.rejected.get(reason, 0)
        if count >= FEWEST_REJECTED and count >= REJECTED_SHARE * total:
            detail = f": {last[reason]}" if last.get(reason) else ""
            yield found(reason, percent=100.0 * count / total, detail=detail)


def _values(poses: LocalizationHealth) -> dict[str, str]:
    values = {
        "fusion_mode": fusion_mode(poses),
        "fix_age_s": number(poses.fix_age_s, 2),
        "fix_timeout_s": number(poses.fix_timeout_s, 2),
        "position_sigma_m": number(poses.position_sigma_m),
        "rotation_sigma_deg": number(poses.rotation_sigma_deg, 2),
        "published": str(poses.published),
        "rejected": str(sum(poses.rejected.values())),
        "consecutive_rejected": str(poses.consecutive_rejected),
        "last_rejection": ": ".join(poses.last_rejection or (UNKNOWN,)),
    }
    values |= {f"rejected.{reason}": str(count) for reason, count in poses.rejected.items()}
    values |= {f"share.{expert}": number(share) for expert, share in poses.expert_share.items()}
    values |= {f"novelty.{name}": number(value, 2) for name, value in poses.novelty.items()}
    values |= {f"dropped.{name}": why for name, why in poses.dropped.items()}
    return values
