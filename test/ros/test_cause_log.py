import logging

import pytest

from vmloc_ros.ros.diagnosis import StatusReport
from vmloc_ros.ros.diagnosis.cause_log import CauseLog
from vmloc_ros.ros.diagnosis.report import found, judge, unknowable
from vmloc_ros.ros.snapshot import ModelHealth, Snapshot


@pytest.fixture
def look(caplog):
    """Look at a report at a time; return what is said of it."""
    caplog.set_level(logging.INFO)
    log = CauseLog()

    def look(now_s: float, report: StatusReport) -> list[str]:
        caplog.clear()
        log.look([report], now_s)
        return [f"{record.levelname} {record.getMessage()}" for record in caplog.records]

    return look


def report(*findings):
    return judge("input", findings, "well", {})


def lost(topic="/a", count=1):
    return found("messages_lost", topic, topic=topic, count=count)


def test_a_cause_is_told_when_it_appears_and_when_it_is_over(look):
    assert look(0.0, report()) == []
    assert look(0.25, report(lost())) == [
        "WARNING input: /a: the transport lost 1 messages lately [messages_lost]"
    ]
    assert look(0.5, report(lost(count=5))) == []
    assert look(2.4, report()) == []
    assert look(2.6, report()) == ["INFO input: over: /a: the transport lost 5 messages lately"]
    assert look(9.0, report()) == []


def test_a_cause_that_comes_and_goes_quickly_is_told_once(look):
    said = [look(0.5 * tick, report(lost()) if tick % 2 else report()) for tick in range(20)]
    assert sum(map(len, said)) == 1


def test_the_same_cause_on_two_topics_is_told_for_each(look):
    assert len(look(0.0, report(lost("/a"), lost("/b")))) == 2
    assert look(3.0, report(lost("/a"))) == [
        "INFO input: over: /b: the transport lost 1 messages lately"
    ]


def test_a_fault_is_an_error_in_the_log_and_a_note_is_none(look):
    fault = found("no_publisher", "/a", topic="/a", message_type="x")
    note = found("time_jumped", jumps=1)
    assert look(0.0, report(fault, note)) == [
        "ERROR input: /a has no publisher (x expected) [no_publisher]",
        "INFO input: time jumped lately (1 ×): what was remembered is forgotten [time_jumped]",
    ]
    assert look(5.0, report()) == ["INFO input: over: /a has no publisher (x expected)"]


def test_nothing_is_called_over_because_the_node_has_stopped(look):
    look(0.0, report(lost()))
    stopped = unknowable("input", Snapshot(model=ModelHealth(state="inactive")))
    assert look(5.0, stopped) == []
    assert len(look(6.0, report(lost()))) == 1
