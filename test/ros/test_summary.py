import logging

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from vmloc_ros.pairing import PairingCounters
from vmloc_ros.ros.inputs import InputCounters
from vmloc_ros.ros.summary import NodeCounters, Summary, summarize
from vmloc_ros.ros.worker import WorkerCounters

NONE = {"rgb": 0, "depth": 0}


def counters(received=(0, 0), publishers=(1, 1), matched=0, unmatched=(0, 0), **worker):
    def each(values):
        return dict(zip(("rgb", "depth"), values, strict=True))

    pairing = PairingCounters(
        matched=matched,
        resets=0,
        received=each(received),
        unmatched=each(unmatched),
        out_of_order=NONE,
        zero_stamp=NONE,
    )
    topics = {"rgb": "/camera/image", "depth": "/depth/image"}
    inputs = InputCounters(topics, each(publishers), NONE, pairing)
    return NodeCounters(inputs, WorkerCounters(**worker))


def test_nothing_is_said_while_every_pair_gets_its_pose():
    now = counters(received=(9, 9), matched=9, offered=9, delivered=9)
    assert summarize(counters(), now) == []


def test_a_missing_stream_is_named_with_the_reason():
    now = counters(received=(9, 0), publishers=(1, 0))
    assert summarize(counters(), now) == ["waiting for /depth/image: no publisher"]
    now = counters(received=(0, 5), publishers=(2, 1))
    assert summarize(counters(), now) == ["waiting for /camera/image: 2 publishers send nothing"]


def test_streams_that_never_meet_are_reported():
    assert summarize(counters(), counters(received=(9, 9))) == [
        "no pairs: the stamps of the streams differ by more than sync_slop_s"
    ]


def test_losses_are_those_since_the_last_look():
    before = counters(
        received=(9, 9), matched=9, unmatched=(5, 0), offered=9, dropped=4, delivered=5
    )
    now = counters(
        received=(29, 29),
        matched=29,
        unmatched=(7, 0),
        offered=29,
        dropped=14,
        delivered=14,
        rejected=1,
    )
    (line,) = summarize(before, now)
    assert line == (
        "9 poses from 20 pairs; lost: 10 pairs replaced by a newer one, 1 pairs that cannot be "
        "decoded, 2 unmatched on /camera/image"
    )


def test_the_first_word_comes_after_two_seconds_and_the_next_after_ten(caplog):
    caplog.set_level(logging.INFO)
    summary = Summary(counters(), now_s=100.0)
    for now_s in (100.5, 101.9, 102.1, 105.0, 112.0, 112.2):
        summary.look(counters(publishers=(1, 0), received=(int(now_s), 0)), now_s)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["waiting for /depth/image: no publisher"] * 2
