"""`PoseWatch`: is every pose one of a pair that was sent, in order and in the right frame?"""

import math
import threading
import time

NS_PER_S = 1_000_000_000
SHOWN = 10
"""Faults kept."""


class PoseWatch:
    """Looks at each pose as it arrives.

    Args:
        ledger: of what was sent.
        map_frame: of the poses.
    """

    def __init__(self, ledger, map_frame):
        self.count = 0
        self.faults = []
        self._ledger = ledger
        self._map_frame = map_frame
        self._last = (-1, 0)
        self._arrived = threading.Condition()
        self._newest_sent_s = 0.0

    def on_pose(self, message):
        """Take in a PoseStamped."""
        stamp = message.header.stamp
        stamp_ns = stamp.sec * NS_PER_S + stamp.nanosec
        try:
            self._last = self._ledger.place(stamp_ns, self._last)
        except LookupError as err:
            self._complain(f"pose {self.count}: stamp {stamp_ns} {err}")
        if message.header.frame_id != self._map_frame:
            self._complain(f"pose {self.count}: frame_id '{message.header.frame_id}'")
        if not _is_rigid(message.pose):
            self._complain(f"pose {self.count}: no rigid transform: {message.pose}")
        with self._arrived:
            self.count += 1
            sent_s = self._ledger.last_sent_s(stamp_ns)
            self._newest_sent_s = max(self._newest_sent_s, sent_s)
            self._arrived.notify_all()

    def wait_for_new(self, timeout_s):
        """Wait for the pose of an image that is sent from now on; return how long, or None."""
        now_s = time.monotonic()
        with self._arrived:
            came = self._arrived.wait_for(lambda: self._newest_sent_s > now_s, timeout_s)
        return time.monotonic() - now_s if came else None

    def _complain(self, fault):
        if len(self.faults) < SHOWN:
            self.faults.append(fault)


def _is_rigid(pose):
    p, q = pose.position, pose.orientation
    norm = math.hypot(q.x, q.y, q.z, q.w)
    return all(map(math.isfinite, (p.x, p.y, p.z))) and abs(norm - 1.0) < 1e-6
