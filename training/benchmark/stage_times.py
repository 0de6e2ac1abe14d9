"""`StageTimes`: where the time of a step goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

TOTAL = "total"


class StageTimes:
    """Times of the stages of many steps, on the clock of the host.

    Args:
        device: whose work is waited for at both ends of a stage.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._steps: list[dict[str, float]] = []
        self._current: dict[str, float] = {}
        self._started = 0.0

    def start_step(self) -> None:
        """Forget what has begun, and begin a step."""
        self._current = {}
        self._started = self.now()

    def finish_step(self) -> None:
        """Keep the times of the step that was begun."""
        self._current[TOTAL] = self.now() - self._started
        self._steps.append(self._current)

    def forget(self) -> None:
        """Drop the steps so far: they warmed up."""
        self._steps.clear()

    def add(self, stage: str, duration_s: float) -> None:
        """Count time of the present step as that of a stage; negative where another had it."""
        self._current[stage] = self.of(stage) + duration_s

    def of(self, stage: str) -> float:
        """Return the seconds of a stage in the present step."""
        return self._current.get(stage, 0.0)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage."""
        started = self.now()
        yield
        self.add(name, self.now() - started)

    def now(self) -> float:
        """Return seconds, when the device has done all that it was asked to."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return time.perf_counter()

    def medians_ms(self) -> dict[str, float]:
        """Return the median over steps of each stage, and of the whole step as `TOTAL`."""
        return self.percentiles_ms(50.0)

    def percentiles_ms(self, percent: float) -> dict[str, float]:
        """Return what each stage, and `TOTAL`, keeps to in so many per cent of the steps."""
        names = dict.fromkeys(name for step in self._steps for name in step)
        return {
            name: 1e3 * float(np.percentile([step.get(name, 0.0) for step in self._steps], percent))
            for name in names
        }
