"""From what the node knows of itself to what is wrong with it. Pure: no ROS, no clock."""

from vmloc_ros.ros.diagnosis import (
    inference_status,
    input_status,
    localization_status,
    model_status,
    sync_status,
    tf_status,
)
from vmloc_ros.ros.diagnosis.lately import since
from vmloc_ros.ros.diagnosis.report import Finding, StatusReport
from vmloc_ros.ros.snapshot import Snapshot

__all__ = ["Finding", "StatusReport", "diagnose"]


def diagnose(now: Snapshot, before: Snapshot | None = None) -> tuple[StatusReport, ...]:
    """Name what is wrong, in one report for each of `STATUSES`.

    Args:
        now: the state of the node.
        before: an earlier state of the same activation, `LATELY_S` ago (see `History`). What was
            counted since then happened lately; without it everything since the activation did.
    """
    lately = since(now, before)
    return (
        input_status.report(now, lately),
        sync_status.report(now, lately),
        inference_status.report(now, lately),
        localization_status.report(now, lately),
        tf_status.report(now),
        model_status.report(now),
    )
