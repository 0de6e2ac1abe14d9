import logging
import threading
import time

import pytest

from vmloc_ros.errors import MessageError
from vmloc_ros.ros.worker import Worker, WorkerCounters


class Gate:
    """A service that waits until it is let through."""

    def __init__(self):
        self.entered = threading.Semaphore(0)
        self.open = threading.Semaphore(0)

    def serve(self, item):
        self.entered.release()
        assert self.open.acquire(timeout=5.0)
        return item


@pytest.fixture
def run():
    """Start a worker that is stopped at the end: run(serve) -> worker, delivered."""
    workers = []

    def start(serve, deliver=None):
        delivered = []
        workers.append(Worker(serve, deliver or delivered.append, "worker-under-test"))
        workers[-1].start()
        return workers[-1], delivered

    yield start
    for worker in workers:
        assert worker.stop(5.0)


def test_the_newest_item_wins_and_the_older_ones_are_counted(run, wait):
    gate = Gate()
    worker, delivered = run(gate.serve)
    worker.offer("a")
    assert gate.entered.acquire(timeout=5.0)
    for item in ("b", "c", "d"):
        worker.offer(item)
    gate.open.release(2)
    wait(lambda: delivered == ["a", "d"])
    wait(lambda: worker.counters == WorkerCounters(offered=4, delivered=2, dropped=2))


def test_offering_does_not_wait_for_the_service(run):
    gate = Gate()
    worker, _ = run(gate.serve)
    worker.offer("a")
    assert gate.entered.acquire(timeout=5.0)
    started_s = time.monotonic()
    worker.offer("b")
    assert worker.counters.offered == 2
    assert time.monotonic() - started_s < 5.0  # else it would wait for ever
    gate.open.release(2)


def test_failures_are_counted_and_the_next_item_is_served(run, wait, caplog):
    faults = {"bad": MessageError("no such encoding"), "worse": ValueError("what?")}

    def serve(item):
        if item in faults:
            raise faults[item]
        return item

    caplog.set_level(logging.WARNING)
    worker, delivered = run(serve)
    for done, item in enumerate(("bad", "worse", "good"), start=1):
        worker.offer(item)
        wait(lambda done=done: sum_of_outcomes(worker.counters) == done)
    assert delivered == ["good"]
    assert worker.counters == WorkerCounters(offered=3, delivered=1, rejected=1, crashed=1)
    # The second failure came within a second of the first.
    assert [record.getMessage() for record in caplog.records] == ["frame skipped: no such encoding"]


def sum_of_outcomes(counters):
    return counters.delivered + counters.rejected + counters.crashed


def test_an_exception_while_delivering_costs_one_item(run, wait):
    delivered = []

    def deliver(item):
        if item == 1:
            raise RuntimeError("publisher is gone")
        delivered.append(item)

    worker, _ = run(lambda item: item, deliver)
    worker.offer(1)
    wait(lambda: worker.counters.crashed == 1)
    worker.offer(2)
    wait(lambda: delivered == [2])


def test_a_result_that_comes_after_stop_is_not_delivered(run, wait):
    gate = Gate()
    worker, delivered = run(gate.serve)
    worker.offer("late")
    assert gate.entered.acquire(timeout=5.0)
    started_s = time.monotonic()
    assert not worker.stop(0.2)
    assert time.monotonic() - started_s < 5.0
    gate.open.release()
    assert worker.stop(5.0)
    worker.offer("later still")
    assert delivered == []
    assert worker.counters == WorkerCounters(offered=1)


def test_an_idle_worker_stops_at_once(run):
    worker, _ = run(lambda item: item)
    started_s = time.monotonic()
    assert worker.stop(30.0)
    assert time.monotonic() - started_s < 10.0
