"""The status "input": do the topics arrive, and can they be read?"""

from collections.abc import Iterator

from vmloc_ros.causes.thresholds import SILENT_AT_MOST_S, SILENT_PERIODS, SILENT_S
from vmloc_ros.ros.diagnosis.report import (
    UNKNOWN,
    Finding,
    StatusReport,
    found,
    judge,
    number,
    unknowable,
)
from vmloc_ros.ros.snapshot import ClockHealth, Snapshot, StreamHealth


def report(now: Snapshot, lately: Snapshot) -> StatusReport:
    """Report on the inputs."""
    if not now.streams:
        return unknowable("input", now)
    well = ", ".join(f"{name} {_rate(stream)} Hz" for name, stream in now.streams.items())
    return judge("input", _findings(now, lately), well, _values(now))


def is_silent(stream: StreamHealth) -> bool:
    """Whether a topic has been silent for longer than its rate excuses."""
    period_s = 1.0 / stream.rate_hz if stream.rate_hz else 0.0
    patience_s = min(max(SILENT_S, SILENT_PERIODS * period_s), SILENT_AT_MOST_S)
    return stream.silent_s > patience_s


def _findings(now: Snapshot, lately: Snapshot) -> Iterator[Finding]:
    for name, stream in now.streams.items():
        if is_silent(stream):
            yield _why_silent(stream)
        else:
            yield from _imperfect(stream)
        yield from _bad_messages(lately.streams[name])
    yield from _clock(now.clock)


def _why_silent(stream: StreamHealth) -> Finding:
    topic = stream.topic
    types = {"other_types": ", ".join(stream.other_types), "message_type": stream.message_type}
    if stream.publishers == 0 and stream.other_types:
        return found("wrong_type", topic, topic=topic, **types)
    if stream.publishers == 0:
        return found("no_publisher", topic, topic=topic, **types)
    if stream.incompatible:
        return found("incompatible_qos", topic, topic=topic, incompatible=stream.incompatible)
    return found(
        "publisher_silent",
        topic,
        topic=topic,
        silent_s=stream.silent_s,
        publishers=stream.publishers,
    )


def _imperfect(stream: StreamHealth) -> Iterator[Finding]:
    """Look at a topic that works for what does not."""
    topic = stream.topic
    if stream.missing:
        yield found("too_seldom", topic, topic=topic, rate_hz=number(stream.rate_hz, 1))
    if stream.incompatible:
        yield found(
            "publisher_unheard",
            topic,
            topic=topic,
            incompatible=stream.incompatible,
            publishers=stream.publishers,
        )
    if stream.other_types:
        yield found(
            "mixed_types",
            topic,
            topic=topic,
            other_types=", ".join(stream.other_types),
            message_type=stream.message_type,
        )


def _bad_messages(lately: StreamHealth) -> Iterator[Finding]:
    counts = {
        "zero_stamps": lately.zero_stamp,
        "undecodable": lately.undecodable,
        "message_errors": lately.crashed,
        "out_of_order": lately.out_of_order,
        "messages_lost": lately.lost,
    }
    for key, count in counts.items():
        if count:
            yield found(
                key,
                lately.topic,
                topic=lately.topic,
                count=count,
                decode_error=lately.decode_error,
                publishers=lately.publishers,
            )


def _clock(clock: ClockHealth) -> Iterator[Finding]:
    if clock.uses_sim_time and not clock.ticks:
        key = "clock_silent" if clock.publishers else "no_clock"
        yield found(key, publishers=clock.publishers)


def _rate(stream: StreamHealth) -> str:
    return "0.0" if is_silent(stream) else number(stream.rate_hz, 1)


def _values(now: Snapshot) -> dict[str, str]:
    values = {
        "use_sim_time": str(now.clock.uses_sim_time).lower(),
        "clock_publishers": str(now.clock.publishers) if now.clock.uses_sim_time else UNKNOWN,
    }
    for name, stream in now.streams.items():
        values |= {f"{name}.{key}": value for key, value in _stream_values(stream).items()}
    return values


def _stream_values(stream: StreamHealth) -> dict[str, str]:
    return {
        "topic": stream.topic,
        "type": stream.message_type,
        "rate_hz": _rate(stream),
        "silent_s": number(stream.silent_s, 2),
        "publishers": str(stream.publishers),
        "incompatible": str(stream.incompatible),
        "received": str(stream.received),
        "lost": str(stream.lost),
        "zero_stamp": str(stream.zero_stamp),
        "out_of_order": str(stream.out_of_order),
        "undecodable": str(stream.undecodable),
        "failed": str(stream.crashed),
    }
