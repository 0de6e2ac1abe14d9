"""The status "inference": does the machine keep up, and do all frames get their estimate?"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from vmloc_ros.causes.thresholds import FEWEST_DROPPED, SLOW_SHARE
from vmloc_ros.ros.diagnosis.report import (
    Finding,
    StatusReport,
    found,
    judge,
    number,
    rate_hz,
    unknowable,
)
from vmloc_ros.ros.snapshot import Snapshot, StageTimes
from vmloc_ros.ros.worker import WorkerCounters

BEFORE_ARRIVAL = "sensor_age"
"""The stage that is not the node's."""


def report(now: Snapshot, lately: Snapshot) -> StatusReport:
    """Report on the worker."""
    if now.worker is None or lately.worker is None:
        return unknowable("inference", now)
    well = f"{total_ms(now.stages):.0f} ms a frame" if now.stages else "no frame yet"
    values = _values(now.worker, now.stages) | {
        "dropped_rate_hz": rate_hz(lately.worker.dropped, lately)
    }
    return judge("inference", _findings(lately, lately.worker), well, values)


def total_ms(stages: Mapping[str, StageTimes]) -> float:
    """Return the mean time that a pair spends inside the node."""
    return sum(times.mean for times in _own(stages).values())


def _own(stages: Mapping[str, StageTimes]) -> dict[str, StageTimes]:
    return {name: times for name, times in stages.items() if name != BEFORE_ARRIVAL}


def _findings(lately: Snapshot, worker: WorkerCounters) -> Iterator[Finding]:
    detail = f": {lately.worker_error}" if lately.worker_error else ""
    if worker.crashed:
        yield found("inference_errors", count=worker.crashed, detail=detail)
    # A message that cannot be decoded costs its frame too: that is told by the status input.
    skipped = worker.rejected - sum(stream.undecodable for stream in lately.streams.values())
    if skipped > 0:
        yield found("frames_skipped", count=skipped, detail="" if worker.crashed else detail)
    yield from _backpressure(worker)
    yield from _slow(lately)


def _backpressure(worker: WorkerCounters) -> Iterator[Finding]:
    served = worker.delivered + worker.rejected + worker.crashed
    if worker.dropped >= FEWEST_DROPPED and worker.dropped > served:
        yield found("backpressure", dropped=worker.dropped, offered=worker.offered, served=served)


def _slow(now: Snapshot) -> Iterator[Finding]:
    if now.localization is None or not _own(now.stages):
        return
    limit_ms = 1e3 * SLOW_SHARE * now.localization.fix_timeout_s
    if total_ms(now.stages) > limit_ms:
        stage, times = max(_own(now.stages).items(), key=lambda item: item[1].mean)
        yield found(
            "slow",
            total_ms=total_ms(now.stages),
            limit_ms=limit_ms,
            stage=stage,
            stage_ms=times.mean,
        )


def _values(worker: WorkerCounters, stages: Mapping[str, StageTimes]) -> dict[str, str]:
    values = {
        "offered": str(worker.offered),
        "delivered": str(worker.delivered),
        "dropped": str(worker.dropped),
        "skipped": str(worker.rejected),
        "failed": str(worker.crashed),
    }
    for stage, times in stages.items():
        for statistic, duration_ms in asdict(times).items():
            values[f"{stage}_{statistic}_ms"] = number(duration_ms, 1)
    return values
