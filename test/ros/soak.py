"""Runs the node for a long time against cameras, clocks and operators that misbehave.

    python test/ros/soak.py --minutes 30 --seed 1 --report soak.json

The node runs in a process of its own, with a small model and the Fast DDS profile for large
messages; 640×480 pairs come at 30 Hz from this one. On two cores that is more than it can serve:
pairs that are dropped must be counted. Exit status 0 if nothing is wrong.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from ros_domain import claim_domain

# Before any node is made: two soaks on one machine must not hear each other.
os.environ["ROS_DOMAIN_ID"] = str(claim_domain())
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from soaking.counter_watch import CounterWatch
from soaking.disturbances import Scene, schedule
from soaking.feed import Feed
from soaking.ledger import Ledger
from soaking.memory_watch import MemoryWatch
from soaking.operator import Operator
from soaking.pose_watch import PoseWatch
from soaking.report import SoakReport
from tiny_model import make_tiny_bundle

from vmloc_ros.ros.benchmark.localizer_process import LocalizerProcess
from vmloc_ros.ros.profiles import use_large_messages_profile
from vmloc_ros.ros.spinning import spin

START_S = 120.0
WARM_UP_S, SHORT_WARM_UP_S = 60.0, 30.0
"""The short one for soaks of less than five minutes."""
WINDOW_S, SHORT_WINDOW_S = 60, 15
"""Calm samples whose median is one end of the memory's growth."""
LARGEST_GROWTH_MB = 20.0
RESUME_S = 10.0
"""Within this a pose must come once a disturbance is over."""
CALM_S = (0.5, 2.0)
"""Between two disturbances."""


class Soak:
    """One node, and everything around it."""

    def __init__(self, minutes, seed, folder):
        self.minutes = minutes
        self.seed = seed
        self.faults = []
        self.resumed_s = defaultdict(list)
        self._random = random.Random(seed)
        self._calm = True
        self._log = folder / "node.log"
        bundle = make_tiny_bundle(folder / "bundle")
        parameters = {"bundle": f"'{bundle}'", "device": "cpu", "base_frame": "''"}
        self.localizer = LocalizerProcess(parameters, self._log)
        self.node = Node("soak")
        self.ledger = Ledger()
        self.feed = Feed(self.node, self.ledger)
        self.poses = PoseWatch(self.ledger, "map")
        self.counters = CounterWatch("/vmloc")
        self.operator = Operator(self.node, "/vmloc")
        self.memory = MemoryWatch(self.localizer.pid, lambda: self._calm)
        self.node.create_subscription(PoseStamped, "vmloc/pose", self.poses.on_pose, 100)
        self.node.create_subscription(
            DiagnosticArray, "/diagnostics", self.counters.on_diagnostics, 100
        )

    def run(self):
        """Disturb the node until the time is over; raises VmlocError where it ends before."""
        self.feed.start()
        try:
            self._expect_pose("start", START_S)
            self.memory.start()
            self._disturb(time.monotonic() + 60.0 * self.minutes)
        finally:
            self.feed.stop()
            self.memory.stop()

    def _disturb(self, end_s):
        scene = Scene(self.feed, self.operator, self.node, self._random, self._rest)
        for disturbance in schedule(self._random):
            self._rest(self._random.uniform(*CALM_S))
            if time.monotonic() > end_s:
                return
            self._calm = False
            disturbance(scene)
            self._expect_pose(disturbance.__name__, RESUME_S)
            self._calm = True

    def _rest(self, seconds):
        time.sleep(seconds)
        self.localizer.check()

    def _expect_pose(self, after, timeout_s):
        waited_s = self.poses.wait_for_new(timeout_s)
        self.localizer.check()
        if waited_s is None:
            self.faults.append(f"no pose within {timeout_s:g} s after {after}")
        self.resumed_s[after].append(timeout_s if waited_s is None else waited_s)

    def finish(self):
        """End the node and return what was found."""
        status = self.localizer.stop()
        log = self.localizer.log
        faults = self.faults + self.poses.faults + self.counters.faults + self.operator.faults
        if status != 0:
            faults.append(f"Ctrl-C ended the node with status {status}")
        if "Traceback" in log:
            faults.append(f"the log shows a traceback:\n{log[log.index('Traceback') :][:2000]}")
        memory_mb = self._memory_mb()
        if memory_mb["rss growth"] > LARGEST_GROWTH_MB:
            faults.append(f"RSS grew by {memory_mb['rss growth']:.1f} MB")
        return self._report(memory_mb, faults + self._uncounted())

    def _memory_mb(self):
        short = self.minutes < 5.0
        warm_up_s = SHORT_WARM_UP_S if short else WARM_UP_S
        window = SHORT_WINDOW_S if short else WINDOW_S
        kinds = ("rss", "anonymous", "shared", "proportional")
        growth = {f"{k} growth": self.memory.growth(k, warm_up_s, window) for k in kinds}
        return growth | {"rss at the end": self.memory.samples[-1].rss}

    def _uncounted(self):
        """Say which bad messages the node has not counted at all."""
        totals, feed = self.counters.totals, self.feed
        sent = {"undecodable": feed.spoilt, "zero_stamp": feed.unstamped}
        return [
            f"{count} {kind} messages of {stream} sent, none counted"
            for kind, streams in sent.items()
            for stream, count in streams.items()
            if count > 0 and totals[f"{stream}.{kind}"] == 0
        ]

    def _report(self, memory_mb, faults):
        messages = {
            f"{stream}": f"{count}, {self.feed.spoilt[stream]} undecodable, "
            f"{self.feed.unstamped[stream]} without stamp"
            for stream, count in self.feed.sent.items()
        }
        return SoakReport(
            minutes=self.minutes,
            seed=self.seed,
            messages=messages | {"ticks left out": self.feed.late, "jumps back": self.ledger.jumps},
            counters={"activations": self.counters.epochs}
            | dict(sorted(self.counters.totals.items())),
            poses=self.poses.count,
            memory_mb=memory_mb,
            disturbances={
                name: {"times": len(waits), "longest_s": max(waits)}
                for name, waits in self.resumed_s.items()
            },
            answers=dict(sorted(self.operator.answers.items())),
            faults=faults,
        )


def soak(minutes, seed, folder):
    """Run a soak; return its report."""
    use_large_messages_profile()
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    one = Soak(minutes, seed, folder)
    executor = SingleThreadedExecutor()
    executor.add_node(one.node)
    spinner = threading.Thread(target=spin, args=(executor,))
    spinner.start()
    try:
        one.run()
        return one.finish()
    finally:
        one.localizer.stop()
        executor.shutdown()
        spinner.join()
        one.node.destroy_node()
        rclpy.shutdown()


def main():
    """Read the command line, run, report; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", type=Path, metavar="FILE.json")
    parser.add_argument("--log", type=Path, metavar="FILE", help="keep the node's log")
    given = parser.parse_args()
    sys.setswitchinterval(1e-4)  # the cameras must not wait for a watcher
    with tempfile.TemporaryDirectory() as folder:
        try:
            report = soak(given.minutes, given.seed, Path(folder))
        finally:
            log = Path(folder) / "node.log"
            if given.log and log.exists():
                given.log.write_bytes(log.read_bytes())
    if given.report:
        given.report.write_text(report.to_json() + "\n")
    sys.stdout.write(report.table())
    return 0 if not report.faults else 1


if __name__ == "__main__":
    sys.exit(main())
