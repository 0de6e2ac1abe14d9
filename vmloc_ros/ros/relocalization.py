"""`Relocalization`: tries to find the robot anew, and says how it went."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Pose
from vmloc_ros.ros.consistent_fixes import ConsistentFixes
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.validity import Rejection

CLOSING_S = 1.0
"""How long `close` waits; a try that was ended returns at once."""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One try: what came in since the request."""

    since_ns: int
    """Older images do not count."""
    wanted: int
    """Poses in a row that have to agree."""
    fixes: ConsistentFixes = field(default_factory=ConsistentFixes)
    longest: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    last_rejection: Rejection | None = None
    stale: int = 0
    newest_stale_ns: int = 0
    found: BodyPose | None = None
    ended: str = ""
    """Why the node ended it."""

    def on_fix(self, body: BodyPose, T_odom_body: Pose | None) -> None:
        """Take in an accepted pose."""
        if body.stamp_ns < self.since_ns:
            self.stale += 1
            self.newest_stale_ns = body.stamp_ns
            return
        row = self.fixes.add(body, T_odom_body)
        self.longest = max(self.longest, row)
        if row >= self.wanted:
            self.found = body

    def on_rejection(self, rejection: Rejection) -> None:
        """Take in a refused pose."""
        self.fixes.clear()
        self.rejected[rejection.reason] += 1
        self.last_rejection = rejection

    def failure(self, timeout_s: float) -> str:
        """Return one line that says why nothing was found in time; empty if nothing came in."""
        parts = []
        if self.longest:
            parts.append(f"{self.longest} of {self.wanted} poses in a row agreed")
        if self.last_rejection is not None:
            reasons = ", ".join(f"{count} {name}" for name, count in self.rejected.most_common())
            parts.append(f"refused: {reasons} (last: {self.last_rejection.detail})")
        if self.stale:
            behind_s = (self.since_ns - self.newest_stale_ns) * 1e-9
            parts.append(
                f"{self.stale} images older than the request by the node's clock, the newest by "
                f"{behind_s:.2f} s (use_sim_time for a recording, else synchronise the clocks)"
            )
        return f"not found within {timeout_s:g} s: {'; '.join(parts)}" if parts else ""


class Relocalization:
    """Waits in the thread that asks for poses that the worker's thread brings.

    A single try runs at a time. `open` and `close` frame the time in which the node is active;
    `close` ends a try at once.

    Args:
        explain: says in a line what is wrong where no image gets through, empty if unknown.
    """

    def __init__(self, explain: Callable[[], str] | None = None) -> None:
        self._explain = explain
        self._changed = threading.Condition()
        self._attempt: Attempt | None = None
        self._closed = "the node is not active"
        self._forget: Callable[[], None] = lambda: None
        self._publish: Callable[[BodyPose], str] = lambda body: ""

    def open(self, forget: Callable[[], None], publish: Callable[[BodyPose], str]) -> None:
        """Allow tries.

        Args:
            forget: clears what is known of earlier poses; called as a try begins.
            publish: sends what was found; returns a clause for the answer, which may be empty.
        """
        with self._changed:
            self._closed = ""
            self._forget, self._publish = forget, publish

    def close(self, reason: str = "the node is not active") -> None:
        """End the try that is under way and refuse others, for this reason.

        Returns when whoever waits for the try has its result, so that it can still be sent.
        """
        with self._changed:
            self._closed = reason
            if self._attempt is not None:
                self._attempt.ended = self._attempt.ended or reason
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._attempt is None, CLOSING_S)

    def reset(self) -> None:
        """Begin the try anew: the clock jumped, and every image from now on is new."""
        with self._changed:
            if self._attempt is not None:
                self._attempt.fixes.clear()
                self._attempt.since_ns = 0

    def on_fix(self, body: BodyPose, T_odom_body: Pose | None = None) -> None:
        """Take in a pose that was accepted, with the odometry at its stamp where known."""
        with self._changed:
            if self._attempt is not None:
                self._attempt.on_fix(body, T_odom_body)
                self._changed.notify_all()

    def on_rejection(self, rejection: Rejection) -> None:
        """Take in that a pose was refused."""
        with self._changed:
            if self._attempt is not None:
                self._attempt.on_rejection(rejection)

    def run(self, since_ns: int, wanted: int, timeout_s: float) -> str:
        """Try; return one line that says where the robot is.

        Args:
            since_ns: now, by the clock that stamps the images.
            wanted: fresh poses in a row that have to agree.
            timeout_s: how long to try, by the steady clock.

        Raises:
            VmlocError: not found, not active, or another try is under way.
        """
        started_s = time.monotonic()
        attempt = self._begin(since_ns, wanted)
        try:
            self._forget()
            found = self._wait(attempt, timeout_s)
        finally:
            with self._changed:
                self._attempt = None
                self._changed.notify_all()
        sent = self._publish(found)
        return "; ".join(filter(None, [_describe(found, time.monotonic() - started_s), sent]))

    def _begin(self, since_ns: int, wanted: int) -> Attempt:
        with self._changed:
            if self._closed:
                raise VmlocError(self._closed)
            if self._attempt is not None:
                raise VmlocError("another call is under way: wait for its answer")
            self._attempt = Attempt(since_ns=since_ns, wanted=wanted)
            return self._attempt

    def _wait(self, attempt: Attempt, timeout_s: float) -> BodyPose:
        with self._changed:
            self._changed.wait_for(lambda: attempt.found or attempt.ended, timeout_s)
            found, why = attempt.found, attempt.ended or attempt.failure(timeout_s)
        if found is not None:
            return found
        raise VmlocError(why or self._silence(timeout_s))  # not under the lock: others explain

    def _silence(self, timeout_s: float) -> str:
        reason = self._explain() if self._explain else ""
        nothing = f"no image got through within {timeout_s:g} s"
        return f"{nothing}: {reason}" if reason else f"{nothing}, see /diagnostics"


def _describe(body: BodyPose, time_s: float) -> str:
    x, y, z = body.T_map_body.position
    forward = body.T_map_body.rotation.apply([1.0, 0.0, 0.0])
    yaw_deg = np.degrees(np.arctan2(forward[1], forward[0]))
    sigma = np.sqrt(np.diag(body.covariance))
    return (
        f"found after {time_s:.2f} s: x {x:.2f} y {y:.2f} z {z:.2f} m, yaw {yaw_deg:.1f}°, "
        f"σ {sigma[:3].max():.2f} m and {np.degrees(sigma[3:].max()):.1f}°"
    )
