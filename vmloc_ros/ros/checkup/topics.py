"""Judges each topic by itself: publishers, quality of service, messages."""

import difflib
from collections.abc import Iterator, Sequence

from vmloc_ros.causes import CAUSES
from vmloc_ros.ros.checkup.advice import first_step
from vmloc_ros.ros.checkup.finding import Finding, Level, error, ok, warn
from vmloc_ros.ros.checkup.observation import Graph, Hearing, Publisher, Sample
from vmloc_ros.ros.checkup.requirements import CAMERA_INFO, COMPRESSED, IMAGE, Wanted

ENCODINGS = {
    "rgb": "rgb8 or bgr8",
    "depth": "16UC1 (millimetres) or 32FC1 (metres)",
    "lidar": "fields x, y and z",
}
TRANSPORTS = {"rgb": "image_transport: compressed", "depth": "depth_transport: compressedDepth"}
"""The parameter that has the node read compressed images."""
SUGGESTIONS = 3
"""Topics of the right type that are named where the wanted one has no publisher."""


def judge_topic(hearing: Hearing, graph: Graph, listened_s: float) -> Iterator[Finding]:
    """Say whether a topic gives the node what it needs."""
    wanted = hearing.wanted
    of_type = [p for p in hearing.publishers if p.message_type == wanted.message_type]
    if not of_type:
        yield _wrong_type(hearing) if hearing.publishers else _nobody(wanted, graph)
        return
    found = list(_conflicts(wanted, of_type))
    if hearing.sample is not None:
        found += [*_stamps(hearing), *_content(wanted, hearing.sample)]
    elif not all(publisher.conflict for publisher in of_type):
        found.append(_silence(wanted, of_type, listened_s))
    yield from found
    if hearing.arrivals and all(finding.level != Level.ERROR for finding in found):
        yield ok(wanted.stream, _describe(hearing, of_type))


def _nobody(wanted: Wanted, graph: Graph) -> Finding:
    cause = CAUSES["no_publisher"]
    message = cause.describe(topic=wanted.topic, message_type=wanted.message_type)
    mend = f"start the driver, or name its topic: {wanted.option} {_nearest(wanted, graph)}"
    if not graph.nodes:
        mend = "nobody at all is to be seen: compare env | grep -E 'ROS_|RMW_' with the driver's"
    return _found(wanted, message, mend, cause.key)


def _nearest(wanted: Wanted, graph: Graph) -> str:
    """Return the topics of the wanted type, those with the most similar names first."""
    topics = [topic for topic, types in graph.topics.items() if wanted.message_type in types]
    nearest = difflib.get_close_matches(wanted.topic, topics, SUGGESTIONS, cutoff=0.0)
    return " or ".join(nearest) or "TOPIC"


def _wrong_type(hearing: Hearing) -> Finding:
    wanted, cause = hearing.wanted, CAUSES["wrong_type"]
    types = sorted({publisher.message_type for publisher in hearing.publishers})
    message = cause.describe(
        topic=wanted.topic, other_types=", ".join(types), message_type=wanted.message_type
    )
    mend = f"name a topic of {wanted.message_type}: {wanted.option} TOPIC"
    if wanted.message_type == IMAGE and COMPRESSED in types:
        mend = f"set {TRANSPORTS[wanted.stream]}"
    return _found(wanted, f"{message} (from {_names(hearing.publishers)})", mend, cause.key)


def _conflicts(wanted: Wanted, publishers: Sequence[Publisher]) -> Iterator[Finding]:
    for publisher in publishers:
        if publisher.conflict and wanted.stream != CAMERA_INFO:
            yield error(
                wanted.stream,
                f"{wanted.topic}: {publisher.node} offers {publisher.reliability}, less than the "
                f"node asks for ({publisher.conflict})",
                "set reliability: auto, and no qos_overrides for the reliability of this topic",
                "incompatible_qos",
            )


def _silence(wanted: Wanted, publishers: Sequence[Publisher], listened_s: float) -> Finding:
    message = f"{wanted.topic}: nothing in {listened_s:g} s from {_names(publishers)}"
    mend = first_step("publisher_silent", topic=wanted.topic)
    return _found(wanted, message, mend, "publisher_silent")


def _stamps(hearing: Hearing) -> Iterator[Finding]:
    unset = sum(arrival.stamp_ns <= 0 for arrival in hearing.arrivals)
    if unset and hearing.wanted.stream != CAMERA_INFO:
        count = f"{unset} of {len(hearing.arrivals)} messages"
        yield error(
            hearing.wanted.stream,
            f"{hearing.wanted.topic}: {count} without a time stamp (header.stamp is 0)",
            "have the driver write the time of the exposure into header.stamp",
            "zero_stamps",
        )


def _content(wanted: Wanted, sample: Sample) -> Iterator[Finding]:
    """Judge what the decoders made of a message."""
    topic, stream = wanted.topic, wanted.stream
    if sample.problem:
        mend = "calibrate the camera and have its driver publish the result"
        if stream != CAMERA_INFO:
            mend = f"have the driver publish {ENCODINGS[stream]}"
        cause = "" if stream == CAMERA_INFO else "undecodable"
        yield error(stream, f"{topic}: {sample.problem}", mend, cause)
    if sample.empty:
        mend = "look at it in rviz2: is the sensor covered, or too near?"
        yield warn(stream, f"{topic}: {sample.empty}", mend)
    if not sample.frame_id:
        yield warn(
            stream,
            f"{topic}: header.frame_id is empty, so tf cannot tell where the sensor is",
            "have the driver name its optical frame",
        )


def _found(wanted: Wanted, message: str, mend: str, cause: str) -> Finding:
    """Return an error; a warning for the calibration, which the node can do without."""
    kind = warn if wanted.stream == CAMERA_INFO else error
    return kind(wanted.stream, message, mend, cause)


def _describe(hearing: Hearing, publishers: Sequence[Publisher]) -> str:
    parts = [f"{hearing.rate_hz:.1f} Hz" if hearing.rate_hz else f"{len(hearing.arrivals)} message"]
    if hearing.sample is not None:
        frame_id = hearing.sample.frame_id
        parts += [hearing.sample.what, f"frame {frame_id}" if frame_id else ""]
    offers = {publisher.reliability.lower().replace("_", " ") for publisher in publishers}
    parts.append(f"{'/'.join(sorted(offers))} from {_names(publishers)}")
    return f"{hearing.wanted.topic}: {', '.join(filter(None, parts))}"


def _names(publishers: Sequence[Publisher]) -> str:
    return ", ".join(sorted({publisher.node for publisher in publishers}))
