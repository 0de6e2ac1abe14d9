"""`History`: the snapshot of a while ago that the newest one is compared with."""

from collections import deque

from vmloc_ros.causes.thresholds import LATELY_S
from vmloc_ros.ros.snapshot import Snapshot


class History:
    """Remembers snapshots for `LATELY_S`."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, Snapshot]] = deque()

    def add(self, now_s: float, snapshot: Snapshot) -> Snapshot | None:
        """Remember a snapshot; return the one to compare it with.

        That is the youngest that is at least `LATELY_S` old. None while the node is not active, or
        has not been for so long.
        """
        if snapshot.model.state != "active":
            self._past.clear()
            return None
        if self._past and snapshot.active_s < self._past[-1][1].active_s:
            self._past.clear()  # activated anew
        self._past.append((now_s, snapshot))
        while len(self._past) > 1 and now_s - self._past[1][0] >= LATELY_S:
            self._past.popleft()
        oldest_s, oldest = self._past[0]
        return oldest if now_s - oldest_s >= LATELY_S else None
