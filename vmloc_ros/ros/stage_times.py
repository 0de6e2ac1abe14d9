"""`StageWindow`: how long each stage took lately. NumPy only."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from vmloc_ros.ros.snapshot import StageTimes

STAGES = ("sensor_age", "queue", "decode", "preprocess", "inference", "publish")
"""In the order of the data. `sensor_age`: from the image's stamp to its arrival, by the node's
clock. `queue`: from the arrival of a set's last message until the worker takes it."""

WINDOW = 200
"""Values kept per stage: enough for a 95th percentile, 7 s at 30 Hz."""
WINDOW_S = 10.0
"""Older values do not count, so that a stream that ended leaves no numbers behind."""


class StageWindow:
    """Keeps the last durations of each stage. Any thread may add and read.

    Args:
        now_s: the steady clock.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._values: dict[str, deque[tuple[float, float]]] = {}
        """By stage: when it was added (s), how long it took (ms)."""

    def add(self, stage: str, duration_ms: float) -> None:
        """Add a duration; that of `sensor_age` is negative where the stamp lies ahead."""
        with self._lock:
            values = self._values.setdefault(stage, deque(maxlen=WINDOW))
            values.append((self._now_s(), duration_ms))

    def add_all(self, stage_ms: Mapping[str, float]) -> None:
        """Add one duration per stage, as in `PoseEstimate.stage_ms`."""
        for stage, duration_ms in stage_ms.items():
            self.add(stage, duration_ms)

    def forget(self, stage: str) -> None:
        """Forget the durations of a stage: the clock that measured them was set."""
        with self._lock:
            self._values.pop(stage, None)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time that the body of a `with` takes, unless it raises."""
        started_s = self._now_s()
        yield
        self.add(stage, (self._now_s() - started_s) * 1e3)

    def times(self) -> dict[str, StageTimes]:
        """Return the statistics of each stage that ran lately, in the order of the data."""
        recent = {stage: values for stage in self._stages() if (values := self._recent(stage))}
        return {stage: _summary(values) for stage, values in recent.items()}

    @property
    def sensor_age_s(self) -> float | None:
        """Age of the newest image when it arrived; None without an image lately."""
        values = self._recent("sensor_age")
        return values[-1] * 1e-3 if values else None

    def _stages(self) -> list[str]:
        with self._lock:
            return sorted(self._values, key=lambda name: (*STAGES, name).index(name))

    def _recent(self, stage: str) -> list[float]:
        oldest_s = self._now_s() - WINDOW_S
        with self._lock:
            return [ms for added_s, ms in self._values.get(stage, ()) if added_s >= oldest_s]


def _summary(values_ms: list[float]) -> StageTimes:
    # inverted_cdf: durations that occurred, which at least 50 and 95 % do not exceed.
    median, p95 = np.percentile(values_ms, [50, 95], method="inverted_cdf")
    return StageTimes(
        mean=float(np.mean(values_ms)), median=float(median), p95=float(p95), max=max(values_ms)
    )
