"""`since`: what the node counted between two snapshots."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from vmloc_ros.ros.snapshot import (
    ClockHealth,
    LocalizationHealth,
    PairingHealth,
    Snapshot,
    StreamHealth,
)
from vmloc_ros.ros.worker import WorkerCounters

Counted = TypeVar(
    "Counted", StreamHealth, PairingHealth, ClockHealth, WorkerCounters, LocalizationHealth
)
Number = TypeVar("Number", int, float)

STREAM = (
    "received",
    "lost",
    "unmatched",
    "partial",
    "zero_stamp",
    "out_of_order",
    "undecodable",
    "crashed",
)
PAIRING = ("matched", "resets")
CLOCK = ("jumps",)
WORKER = ("offered", "delivered", "dropped", "rejected", "crashed")
LOCALIZATION = ("published",)


def since(now: Snapshot, before: Snapshot | None) -> Snapshot:
    """Return `now` as if the node had become active at `before`: its counters are differences.

    A counter that ran back belongs to a new activation and stays as it is. Without `before` all of
    them do.
    """
    if before is None:
        return now
    streams = {
        name: _difference(stream, before.streams.get(name), STREAM)
        for name, stream in now.streams.items()
    }
    return replace(
        now,
        active_s=_rise(now.active_s, before.active_s),
        clock=_difference(now.clock, before.clock, CLOCK),
        streams=streams,
        pairing=now.pairing and _difference(now.pairing, before.pairing, PAIRING),
        worker=now.worker and _difference(now.worker, before.worker, WORKER),
        localization=now.localization and _estimates(now.localization, before.localization),
    )


def _difference(now: Counted, before: Counted | None, counters: tuple[str, ...]) -> Counted:
    if before is None:
        return now
    rises: dict[str, Any] = {
        name: _rise(getattr(now, name), getattr(before, name)) for name in counters
    }
    return replace(now, **rises)


def _estimates(now: LocalizationHealth, before: LocalizationHealth | None) -> LocalizationHealth:
    earlier: Mapping[str, int] = before.rejected if before else {}
    rejected = {
        reason: _rise(count, earlier.get(reason, 0)) for reason, count in now.rejected.items()
    }
    return replace(_difference(now, before, LOCALIZATION), rejected=rejected)


def _rise(now: Number, before: Number) -> Number:
    return now - before if now >= before else now
