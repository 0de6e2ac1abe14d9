"""`Tally`: what became of the estimates, in numbers."""

import threading
import time
from collections import Counter

import numpy as np

from vmloc_ros.pose import PoseEstimate
from vmloc_ros.ros.outcome import Fix, Outcome
from vmloc_ros.ros.snapshot import LocalizationHealth
from vmloc_ros.validity import Rejection


class Tally:
    """Counts outcomes and remembers the last. Any thread may add and read.

    Args:
        expected: modalities of the model.
    """

    def __init__(self, expected: tuple[str, ...]) -> None:
        self._expected = expected
        self._lock = threading.Lock()
        self._published = 0
        self._rejected: Counter[str] = Counter()
        self._row = 0
        self._rejection: Rejection | None = None
        self._last: PoseEstimate | None = None
        self._fix: Fix | None = None
        self._fix_s = 0.0

    def add(self, outcome: Outcome) -> None:
        """Take in an outcome; a fix has been published."""
        with self._lock:
            self._last = outcome.estimate or self._last
            if isinstance(outcome, Fix):
                self._published += 1
                self._row, self._rejection = 0, None
                self._fix, self._fix_s = outcome, time.monotonic()
            else:
                self._rejected[outcome.rejection.reason] += 1
                self._row += 1
                self._rejection = outcome.rejection

    def health(self, fix_timeout_s: float) -> LocalizationHealth:
        """Return the numbers; `fix_timeout_s` is the age at which the robot counts as lost."""
        with self._lock:
            fix, last, rejection = self._fix, self._last, self._rejection
            sigma = np.sqrt(np.diag(fix.body.covariance)) if fix else None
            return LocalizationHealth(
                expected=self._expected,
                present=fix.estimate.present if fix else (),
                dropped=last.dropped if last else {},
                expert_share=fix.estimate.expert_share if fix else {},
                novelty=last.novelty if last else {},
                position_sigma_m=None if sigma is None else float(sigma[:3].max()),
                rotation_sigma_deg=None if sigma is None else float(np.degrees(sigma[3:].max())),
                published=self._published,
                rejected=dict(self._rejected),
                consecutive_rejected=self._row,
                last_rejection=(rejection.reason, rejection.detail) if rejection else None,
                fix_age_s=time.monotonic() - self._fix_s if fix else None,
                fix_timeout_s=fix_timeout_s,
            )
