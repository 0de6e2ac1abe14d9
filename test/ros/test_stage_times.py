"""Durations of the stages over the last moments."""

import threading

import pytest

from vmloc_ros.ros.stage_times import STAGES, WINDOW, WINDOW_S, StageWindow


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_mean_p95_and_maximum_are_those_of_the_values():
    window = StageWindow(Clock())
    for duration_ms in range(1, 101):
        window.add("inference", float(duration_ms))

    times = window.times()["inference"]

    assert (times.mean, times.p95, times.max) == (50.5, 95.0, 100.0)


def test_a_slow_stage_shows_up_as_itself():
    clock = Clock()
    window = StageWindow(clock)
    with window.measure("decode"):
        clock.now_s += 0.002
    with window.measure("publish"):
        clock.now_s += 0.050

    times = window.times()

    assert times["decode"].mean == pytest.approx(2.0)
    assert times["publish"].max == pytest.approx(50.0)


def test_what_fails_has_no_duration():
    window = StageWindow(Clock())
    with pytest.raises(ValueError, match="broken"), window.measure("decode"):
        raise ValueError("broken")

    assert window.times() == {}


def test_only_the_last_values_count():
    window = StageWindow(Clock())
    window.add("queue", 1e6)
    for _ in range(WINDOW):
        window.add("queue", 1.0)

    assert window.times()["queue"].max == 1.0


def test_old_values_do_not_count():
    clock = Clock()
    window = StageWindow(clock)
    window.add("queue", 1e6)
    window.add("decode", 3.0)
    clock.now_s += WINDOW_S + 0.1
    window.add("queue", 1.0)

    assert set(window.times()) == {"queue"}
    assert window.times()["queue"].max == 1.0


def test_a_stage_that_is_forgotten_begins_anew():
    window = StageWindow(Clock())
    window.add("sensor_age", 60_000.0)
    window.add("decode", 1.0)

    window.forget("sensor_age")
    window.forget("publish")

    assert list(window.times()) == ["decode"]
    assert window.sensor_age_s is None


def test_the_stages_come_in_the_order_of_the_data():
    window = StageWindow(Clock())
    window.add_all({"refine": 1.0, **dict.fromkeys(reversed(STAGES), 1.0)})

    assert tuple(window.times()) == (*STAGES, "refine")


def test_the_age_is_that_of_the_newest_image_and_may_be_negative():
    clock = Clock()
    window = StageWindow(clock)
    assert window.sensor_age_s is None
    window.add("sensor_age", 30.0)
    window.add("sensor_age", -2000.0)
    assert window.sensor_age_s == -2.0

    clock.now_s += WINDOW_S + 0.1

    assert window.sensor_age_s is None


def test_threads_add_and_read_at_the_same_time():
    window = StageWindow()
    writers = [
        threading.Thread(target=lambda: [window.add("queue", 1.0) for _ in range(2000)])
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert all(times.max == 1.0 for times in window.times().values())
    for writer in writers:
        writer.join()

    assert window.times()["queue"].mean == 1.0
