"""`Worker`: one thread behind a slot of size one. The newest item wins."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from vmloc_ros.errors import VmlocError

Item = TypeVar("Item")
Result = TypeVar("Result")

logger = logging.getLogger(__name__)

LOG_PERIOD_S = 1.0
"""Failures are logged at most this often."""


@dataclass(frozen=True, slots=True)
class WorkerCounters:
    """What became of the items since the worker was made."""

    offered: int = 0
    delivered: int = 0
    dropped: int = 0
    """Replaced by a newer item before their turn came."""
    rejected: int = 0
    """Could not be served: a `VmlocError`."""
    crashed: int = 0
    """Stopped by an exception that nobody expected."""


class Worker(Generic[Item, Result]):
    """Serves items in a thread of its own, so that who offers them never waits.

    An item that arrives while another waits replaces it. No lock is held while `serve` or `deliver`
    run, and nothing that they raise ends the thread. A result that is ready only after `stop` is
    thrown away.
    """

    def __init__(
        self, serve: Callable[[Item], Result], deliver: Callable[[Result], None], name: str
    ) -> None:
        self._serve = serve
        self._deliver = deliver
        self._thread = threading.Thread(target=self._run, name=name)
        self._changed = threading.Condition()
        self._waiting: list[Item] = []
        self._stopped = False
        self._counters = WorkerCounters()
        self._next_log_s = 0.0
        self.last_error = ""
        """Why the last item that could not be served could not be."""

    @property
    def counters(self) -> WorkerCounters:
        """The counters as they stand."""
        with self._changed:
            return self._counters

    def start(self) -> None:
        """Start the thread; a worker starts once."""
        self._thread.start()

    def offer(self, item: Item) -> None:
        """Hand over an item in place of the one that waits; after `stop` it is ignored."""
        with self._changed:
            if self._stopped:
                return
            self._add(offered=1, dropped=len(self._waiting))
            self._waiting = [item]
            self._changed.notify()

    def stop(self, timeout_s: float = 1.0) -> bool:
        """End the thread; return whether it has ended in time.

        A call that takes longer finishes by itself, and its result is not delivered.
        """
        with self._changed:
            self._stopped = True
            self._waiting = []
            self._changed.notify()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while item := self._take():
            self._handle(item[0])

    def _take(self) -> list[Item]:
        """Wait for an item; empty once the worker is stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopped)
            item, self._waiting = self._waiting, []
            return item

    def _handle(self, item: Item) -> None:
        try:
            result = self._serve(item)
            if not self._stopped:
                self._deliver(result)
                self._count(delivered=1)
        except VmlocError as err:
            self._count(rejected=1)
            self._log(str(err))
        except Exception as err:  # noqa: BLE001  # the next frame must be served whatever happens
            self._count(crashed=1)
            self._log(f"{type(err).__name__}: {err}", err)

    def _count(self, **more: int) -> None:
        with self._changed:
            self._add(**more)

    def _add(self, **more: int) -> None:
        values = {name: getattr(self._counters, name) + step for name, step in more.items()}
        self._counters = replace(self._counters, **values)

    def _log(self, message: str, unexpected: Exception | None = None) -> None:
        self.last_error = message
        now_s = time.monotonic()
        if self._stopped or now_s < self._next_log_s:
            return
        self._next_log_s = now_s + LOG_PERIOD_S
        if unexpected is None:
            logger.warning("frame skipped: %s", message)
        else:
            logger.error("frame skipped: %s", message, exc_info=unexpected)
