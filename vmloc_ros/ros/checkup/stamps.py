"""Judges the stamps: against the clock, and those of the streams against each other."""

from collections.abc import Iterator, Sequence
from statistics import median

from vmloc_ros.causes import CAUSES
from vmloc_ros.config import NodeConfig
from vmloc_ros.pairing import FramePairer
from vmloc_ros.ros.checkup.advice import first_step
from vmloc_ros.ros.checkup.finding import Finding, error, ok, warn
from vmloc_ros.ros.checkup.observation import Arrival, Graph, Hearing
from vmloc_ros.ros.checkup.requirements import CAMERA_INFO

NS_PER_S = 1_000_000_000
FEW_PAIRS = 0.5
"""Share of the slower stream's messages below which the pairing is suspect."""
OTHER_CLOCK_S = 0.5
"""No camera is that slow: streams so far apart are stamped by different clocks."""
TOGETHER = "have the drivers trigger the sensors together (RealSense: enable_sync)"
ONE_CLOCK = "let camera and lidar stamp by one clock, and raise sync_queue where the lidar lags"
CLOCK, PAIRS = "clock", "pairs"


def judge_clock(
    hearings: Sequence[Hearing], graph: Graph, node: str, uses_sim_time: bool, limit_s: float
) -> Iterator[Finding]:
    """Say how old the images are when they arrive, by the clock that the node goes by.

    Args:
        hearings: what was heard.
        graph: whether /clock ticks.
        node: full name of the localizer.
        uses_sim_time: it takes its time from /clock.
        limit_s: its parameter clock_skew_s.
    """
    if uses_sim_time and not graph.clock_ticks:
        cause = CAUSES["clock_silent" if graph.clock_publishers else "no_clock"]
        message = cause.describe(publishers=graph.clock_publishers)
        yield error(CLOCK, message, first_step(cause.key, node), cause.key)
        return
    arrivals = [a for h in hearings if h.wanted.stream != CAMERA_INFO for a in h.arrivals]
    arrivals = [arrival for arrival in arrivals if arrival.stamp_ns > 0]
    if arrivals:
        yield _judge_age(arrivals, uses_sim_time, limit_s)


def _judge_age(arrivals: Sequence[Arrival], uses_sim_time: bool, limit_s: float) -> Finding:
    by_wall_s = median((a.wall_ns - a.stamp_ns) / NS_PER_S for a in arrivals)
    simulated = [(a.sim_ns - a.stamp_ns) / NS_PER_S for a in arrivals if a.sim_ns is not None]
    by_sim_s = median(simulated) if simulated else None
    age_s = by_sim_s if uses_sim_time and by_sim_s is not None else by_wall_s
    clock = "/clock" if uses_sim_time else "this machine's clock"
    if abs(age_s) <= limit_s:
        return ok(CLOCK, f"stamps are {_age(age_s)} by {clock}")
    message = f"stamps are {_age(age_s)} by {clock}; clock_skew_s is {limit_s:g} s"
    if not uses_sim_time and by_sim_s is not None and abs(by_sim_s) <= limit_s:
        mend = "start the node with use_sim_time:=true"
        return warn(CLOCK, f"{message}; they follow /clock", mend, "clock_skew")
    if uses_sim_time and abs(by_wall_s) <= limit_s:
        mend = "start the node with use_sim_time:=false"
        return warn(CLOCK, f"{message}; they follow the machine's clock", mend, "clock_skew")
    return warn(CLOCK, message, first_step("clock_skew"), "clock_skew")


def _age(age_s: float) -> str:
    amount = f"{abs(age_s) * 1e3:.0f} ms" if abs(age_s) < 1.0 else f"{abs(age_s):,.1f} s"
    return f"{amount} {'old' if age_s >= 0.0 else 'ahead'}"


def judge_pairs(hearings: Sequence[Hearing], config: NodeConfig) -> Iterator[Finding]:
    """Form pairs by the node's rule, and say how many come of it."""
    streams = [h for h in hearings if h.wanted.stream != CAMERA_INFO]
    if len(streams) < 2 or not all(stream.stamps_ns for stream in streams):
        return
    slop_s = 0.0 if config.sync == "exact" else config.sync_slop_s
    pairs = count_pairs(streams, round(slop_s * NS_PER_S), config.sync_queue)
    first, *others = (stream.stamps_ns for stream in streams)
    gap_s = max(nearest_gap_s(first, other) for other in others)
    counts = [len(stream.stamps_ns) for stream in streams]
    if pairs == 0:
        yield _no_overlap(streams, gap_s, slop_s)
        return
    message = f"{pairs} pairs of {' and '.join(map(str, counts))} messages; "
    message += f"nearest stamps {gap_s * 1e3:.1f} ms apart, sync_slop_s is {slop_s * 1e3:g} ms"
    if pairs >= FEW_PAIRS * min(counts):
        yield ok(PAIRS, message)
    else:
        yield warn(PAIRS, message, _remedy(streams), "unmatched")


def _no_overlap(streams: Sequence[Hearing], gap_s: float, slop_s: float) -> Finding:
    cause = CAUSES["no_overlap"]
    names = " and ".join(stream.wanted.topic for stream in streams)
    message = cause.describe(streams=names, gap=f"{gap_s:.3f} s", slop_s=slop_s)
    if gap_s >= OTHER_CLOCK_S:
        mend = "the drivers stamp by different clocks: let both use the system's time"
        return error(PAIRS, message, mend, cause.key)
    raised = f"sync: approximate and sync_slop_s: {gap_s + 0.001:.3f}"
    return error(PAIRS, message, f"{_remedy(streams)}; or set {raised}", cause.key)


def _remedy(streams: Sequence[Hearing]) -> str:
    """A lidar turns at its own pace: nobody can trigger it."""
    has_lidar = any(stream.wanted.stream == "lidar" for stream in streams)
    return ONE_CLOCK if has_lidar else TOGETHER


def count_pairs(hearings: Sequence[Hearing], slop_ns: int, queue: int) -> int:
    """Return the number of complete sets in the order in which the messages arrived."""
    events = sorted(
        (arrival.steady_s, hearing.wanted.stream, arrival.stamp_ns)
        for hearing in hearings
        for arrival in hearing.arrivals
    )
    names = [hearing.wanted.stream for hearing in hearings]
    pairer = FramePairer[int](names, slop_ns, queue)
    return sum(pairer.add(name, stamp_ns, stamp_ns) is not None for _, name, stamp_ns in events)


def nearest_gap_s(first: Sequence[int], second: Sequence[int]) -> float:
    """Return the smallest difference between a stamp of one stream and one of the other."""
    return min(abs(a - b) for a in first for b in second) / NS_PER_S
