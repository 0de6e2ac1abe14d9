"""`Summary`: tells now and then what the node waits for and what it lost."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vmloc_ros.ros.inputs import InputCounters
from vmloc_ros.ros.worker import WorkerCounters

logger = logging.getLogger(__name__)

FIRST_AFTER_S = 2.0
PERIOD_S = 10.0


@dataclass(frozen=True, slots=True)
class NodeCounters:
    """Everything that the node counts, since it became active."""

    inputs: InputCounters
    worker: WorkerCounters


class Summary:
    """Logs what changed between two looks at the counters, if any of it is worth a line."""

    def __init__(self, counters: NodeCounters, now_s: float) -> None:
        self._last = counters
        self._due_s = now_s + FIRST_AFTER_S

    def look(self, counters: NodeCounters, now_s: float) -> None:
        """Log what happened since the last time, at most every 10 s. Times are monotonic."""
        if now_s < self._due_s:
            return
        for line in summarize(self._last, counters):
            logger.info(line)
        self._last = counters
        self._due_s = now_s + PERIOD_S


def summarize(before: NodeCounters, now: NodeCounters) -> list[str]:
    """Return a line for each stream that is missing, and one for what was lost."""
    silent = list(_silent_streams(before.inputs, now.inputs))
    pairs = now.inputs.pairing.matched - before.inputs.pairing.matched
    if not silent and pairs == 0:
        silent = ["no pairs: the stamps of the streams differ by more than sync_slop_s"]
    lost = ", ".join(f"{count} {what}" for what, count in _losses(before, now) if count > 0)
    delivered = now.worker.delivered - before.worker.delivered
    return silent + ([f"{delivered} poses from {pairs} pairs; lost: {lost}"] if lost else [])


def _silent_streams(before: InputCounters, now: InputCounters) -> Iterator[str]:
    for stream, topic in now.topics.items():
        if now.pairing.received[stream] == before.pairing.received[stream]:
            publishers = now.publishers[stream]
            reason = f"{publishers} publishers send nothing" if publishers else "no publisher"
            yield f"waiting for {topic}: {reason}"


def _losses(before: NodeCounters, now: NodeCounters) -> Iterator[tuple[str, int]]:
    yield "pairs replaced by a newer one", now.worker.dropped - before.worker.dropped
    yield "pairs that cannot be decoded", now.worker.rejected - before.worker.rejected
    yield "pairs with an unexpected error", now.worker.crashed - before.worker.crashed
    for stream, topic in now.inputs.topics.items():
        for what in ("unmatched", "zero_stamp"):
            counts: Mapping[str, int] = getattr(now.inputs.pairing, what)
            earlier: Mapping[str, int] = getattr(before.inputs.pairing, what)
            yield f"{what.replace('_', ' ')} on {topic}", counts[stream] - earlier[stream]
