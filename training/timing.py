"""`Timing`: how long the localisation took."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from typing_extensions import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Time from a frame to its answer. Never the same twice, so it stands beside the metrics."""

    latency_median_ms: float
    latency_p95_ms: float
    frames_per_second: float | None
    """Of the whole run, reading and decoding included; None where that was not measured."""

    @classmethod
    def of(cls, latency_ms: Sequence[float], run_s: float | None = None) -> Self:
        """Summarise the times of at least one frame, and of the whole run (seconds)."""
        median, p95 = np.percentile(np.asarray(latency_ms, dtype=np.float64), [50.0, 95.0])
        return cls(
            latency_median_ms=float(median),
            latency_p95_ms=float(p95),
            frames_per_second=None if run_s is None else len(latency_ms) / run_s,
        )
