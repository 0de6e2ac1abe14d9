"""The status "sync": do the stamps of the streams, and those of the clock, fit together?"""

from collections.abc import Iterator

from vmloc_ros.causes.thresholds import (
    FEWEST_MESSAGES,
    FORGIVEN_UNMATCHED,
    START_S,
    UNMATCHED_SHARE,
    WIDE_GAP_SHARE,
)
from vmloc_ros.ros.diagnosis.input_status import is_silent
from vmloc_ros.ros.diagnosis.report import (
    Finding,
    StatusReport,
    found,
    judge,
    number,
    rate_hz,
    unknowable,
)
from vmloc_ros.ros.snapshot import ClockHealth, PairingHealth, Snapshot, StreamHealth


def report(now: Snapshot, lately: Snapshot) -> StatusReport:
    """Report on the stamps."""
    if now.pairing is None or lately.pairing is None:
        return unknowable("sync", now)
    pairs_hz = rate_hz(lately.pairing.matched, lately)
    well = f"{pairs_hz} pairs/s"
    values = _values(now, now.pairing) | {"pair_rate_hz": pairs_hz}
    return judge("sync", _findings(lately, lately.pairing), well, values)


def _findings(lately: Snapshot, pairing: PairingHealth) -> Iterator[Finding]:
    if len(lately.streams) > 1 and lately.active_s >= START_S:
        yield from _partners(list(lately.streams.values()), pairing)
    yield from _gaps(pairing)
    yield from _skew(lately.clock)
    if jumps := max(pairing.resets, lately.clock.jumps):  # a loop of a bag shows in both
        yield found("time_jumped", jumps=jumps)


def _partners(streams: list[StreamHealth], pairing: PairingHealth) -> Iterator[Finding]:
    """Look at the share of the messages that found a partner, once all streams are there."""
    if not all(map(_is_there, streams)):
        return
    if pairing.matched == 0:
        yield found(
            "no_overlap",
            streams=" and ".join(stream.topic for stream in streams),
            gap="not known" if pairing.nearest_gap_s is None else f"{pairing.nearest_gap_s:.3f} s",
            slop_s=pairing.slop_s,
        )
        return
    fewest = min(streams, key=_unmatched_share)
    if fewest.unmatched - FORGIVEN_UNMATCHED > UNMATCHED_SHARE * _stamped(fewest):
        yield found("unmatched", topic=fewest.topic, percent=100.0 * _unmatched_share(fewest))


def _is_there(stream: StreamHealth) -> bool:
    return not (is_silent(stream) or stream.missing) and _stamped(stream) >= FEWEST_MESSAGES


def _stamped(stream: StreamHealth) -> int:
    return stream.received - stream.zero_stamp


def _unmatched_share(stream: StreamHealth) -> float:
    return stream.unmatched / _stamped(stream)


def _gaps(pairing: PairingHealth) -> Iterator[Finding]:
    gap_s, slop_s = pairing.gap_p95_s, pairing.slop_s
    if gap_s is not None and slop_s > 0.0 and gap_s > WIDE_GAP_SHARE * slop_s:
        yield found("wide_gaps", gap_p95_s=gap_s, slop_s=slop_s)


def _skew(clock: ClockHealth) -> Iterator[Finding]:
    stands = clock.uses_sim_time and not clock.ticks  # said by the status input
    if clock.age_s is not None and not stands and abs(clock.age_s) > clock.limit_s:
        yield found("clock_skew", age_s=clock.age_s, limit_s=clock.limit_s)


def _values(now: Snapshot, pairing: PairingHealth) -> dict[str, str]:
    streams: dict[str, str] = {}
    for name, stream in now.streams.items():
        streams[f"{name}.unmatched"] = str(stream.unmatched)
        streams[f"{name}.partial"] = str(stream.partial)
    return {
        "pairs": str(pairing.matched),
        "slop_s": number(pairing.slop_s),
        "gap_p95_s": number(pairing.gap_p95_s),
        "sweep_reach_s": number(pairing.sweep_reach_s),
        "sweep_gap_p95_s": number(pairing.sweep_gap_p95_s),
        "nearest_gap_s": number(pairing.nearest_gap_s),
        "image_age_s": number(now.clock.age_s),
        "image_age_limit_s": number(now.clock.limit_s),
        "resets": str(pairing.resets),
        "clock_jumps": str(now.clock.jumps),
    } | streams
