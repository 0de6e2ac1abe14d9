"""Conditions that come true, and what goes on in a thread meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_S = 120.0
"""A machine that does other things takes long to start a node; what passes never waits for this."""


def wait_until(condition: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
    """Poll a condition; fail if it does not come true in time."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "the condition did not come true in time"
        time.sleep(0.01)


@contextmanager
def spinning(*nodes: object, threads: int = 4) -> Iterator[None]:
    """Spin nodes in a thread."""
    from rclpy.executors import MultiThreadedExecutor

    from vmloc_ros.ros.spinning import spin

    executor = MultiThreadedExecutor(num_threads=threads)
    for node in nodes:
        executor.add_node(node)
    thread = threading.Thread(target=spin, args=(executor,))
    thread.start()
    try:
        yield
    finally:
        executor.shutdown()
        thread.join()


@contextmanager
def repeating(action: Callable[[], object], rate_hz: float) -> Iterator[None]:
    """Repeat an action in a thread, at the rate of a sensor."""
    ended = threading.Event()

    def run() -> None:
        due_s = time.monotonic()
        while not ended.wait(due_s - time.monotonic()):
            action()
            due_s += 1.0 / rate_hz

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
