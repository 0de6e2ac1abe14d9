"""The status "model": the node's life and what it has loaded."""

from collections.abc import Iterator

from vmloc_ros.ros.diagnosis.report import UNKNOWN, Finding, StatusReport, found, judge
from vmloc_ros.ros.snapshot import ModelHealth, Snapshot

AT_REST = {"unconfigured": "not_configured", "inactive": "inactive", "finalized": "finalized"}
"""Cause of each state in which the node does not work and has not failed."""
FAILED = {
    "unconfigured": "configure_failed",
    "inactive": "activate_failed",
    "active": "reload_failed",
}


def report(now: Snapshot) -> StatusReport:
    """Report on the model; the only status that says something in every state."""
    model = now.model
    well = f"{model.state}, {'+'.join(model.modalities)} on {model.device}"
    return judge("model", _findings(model), well, _values(model))


def _findings(model: ModelHealth) -> Iterator[Finding]:
    if model.failure and model.state in FAILED:
        yield found(FAILED[model.state], failure=model.failure)
    elif model.state in AT_REST:
        yield found(AT_REST[model.state])
    elif model.state != "active":
        yield found("in_transition", state=model.state)


def _values(model: ModelHealth) -> dict[str, str]:
    return {
        "state": model.state,
        "bundle": model.bundle or UNKNOWN,
        "digest": model.digest or UNKNOWN,
        "device": model.device or UNKNOWN,
        "modalities": "+".join(model.modalities) or UNKNOWN,
        "trained_on": model.trained_on or UNKNOWN,
        "failure": model.failure,
    }
