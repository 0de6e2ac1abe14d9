"""`MemoryWatch`: what the node's process holds, second by second."""

import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PERIOD_S = 1.0
MB_PER_KIB = 1024 / 1e6
FIELDS = ("VmRSS", "RssAnon", "RssShmem")


@dataclass(frozen=True)
class Sample:
    """Megabytes at one moment."""

    at_s: float
    """Since the start of the watch."""
    calm: bool
    """No disturbance was under way."""
    rss: float
    anonymous: float
    """Its own: heap and stacks."""
    shared: float
    """Images that others have published into shared memory."""
    proportional: float
    """RSS with shared pages divided among those that share them; 0 where that is not told."""


class MemoryWatch:
    """Takes a sample a second in a thread of its own."""

    def __init__(self, pid, is_calm):
        self.samples = []
        self._process = Path(f"/proc/{pid}")
        self._is_calm = is_calm
        self._start_s = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory")

    def start(self):
        """Begin."""
        self._thread.start()

    def stop(self):
        """End."""
        self._stopped.set()
        self._thread.join()

    def growth(self, what, warm_up_s, window):
        """Return by how many MB the memory grew after the warm-up.

        The median of the last `window` calm samples less that of the first ones after the warm-up:
        no single peak counts, and no level that is left again.
        """
        calm = [getattr(s, what) for s in self.samples if s.calm and s.at_s >= warm_up_s]
        window = max(1, min(window, len(calm) // 2))
        return statistics.median(calm[-window:]) - statistics.median(calm[:window])

    def _run(self):
        while not self._stopped.wait(PERIOD_S):
            try:
                self.samples.append(self._look())
            except OSError:  # it has ended; the soak says so
                return

    def _look(self):
        status = _fields(self._process / "status")
        rollup = _fields(self._process / "smaps_rollup")
        rss, anonymous, shared = (status[name] for name in FIELDS)
        at_s = time.monotonic() - self._start_s
        return Sample(at_s, self._is_calm(), rss, anonymous, shared, rollup.get("Pss", 0.0))


def _fields(path):
    """Return the values in kB of a file of /proc as MB."""
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
    except PermissionError:
        return {}
    return {w[0].rstrip(":"): int(w[1]) * MB_PER_KIB for w in lines if w[-1:] == ["kB"]}
