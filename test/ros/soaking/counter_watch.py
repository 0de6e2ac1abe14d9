"""`CounterWatch`: do the counters of /diagnostics add up, message by message?"""

from collections import Counter

from vmloc_ros.config import NodeConfig

STREAMS = ("rgb", "depth")
UNDER_WAY = 2
"""Pairs that the worker may have: one in its hands, one waiting."""
BETWEEN = 5
"""Counters are read one after the other; as much may come in between."""
SHOWN = 10


class CounterWatch:
    """Looks at each message of /diagnostics. Counters begin anew with each activation.

    Args:
        node_name: full name of the node.
    """

    def __init__(self, node_name):
        self.looks = 0
        """Messages of an active node."""
        self.epochs = 0
        """Activations seen."""
        self.faults = []
        self._node_name = node_name
        self._finished = Counter()
        self._current = Counter()

    @property
    def totals(self):
        """Every counter, over all activations: up to the last message of each."""
        return self._finished + self._current

    def on_diagnostics(self, message):
        """Take in a DiagnosticArray."""
        counters = Counter()
        for status in message.status:
            if status.hardware_id == self._node_name:
                counters.update(_counters(status))
        if "offered" not in counters:  # not active
            return
        self.looks += 1
        if self.looks == 1 or any(
            counters[key] < self._current[key] for key in ("offered", *_received())
        ):
            self._finished += self._current
            self.epochs += 1
        self._current = counters
        for fault in _check(counters):
            if len(self.faults) < SHOWN:
                self.faults.append(f"diagnostics {self.looks}: {fault}")


def _received():
    return [f"{stream}.received" for stream in STREAMS]


def _counters(status):
    """Return the whole numbers of a status."""
    return {pair.key: int(pair.value) for pair in status.values if pair.value.isdecimal()}


def _check(counters):
    """Yield what does not add up."""
    served = sum(counters[key] for key in ("delivered", "dropped", "skipped", "failed"))
    yield from _within("offered - served", counters["offered"] - served, 0, UNDER_WAY)
    for stream in STREAMS:
        explained = counters["pairs"] + sum(
            counters[f"{stream}.{fate}"] for fate in ("partial", "unmatched", "zero_stamp")
        )
        waiting = counters[f"{stream}.received"] - explained
        yield from _within(f"{stream} waiting", waiting, 0, NodeConfig().sync_queue)
    sets = counters["pairs"] + sum(counters[f"{stream}.partial"] for stream in STREAMS)
    yield from _within("offered - sets", counters["offered"] - sets, -1, BETWEEN)
    decided = counters["published"] + counters["rejected"]
    yield from _within("delivered - decided", counters["delivered"] - decided, -1, BETWEEN)


def _within(name, value, low, high):
    if not low <= value <= high:
        yield f"{name} is {value}, not {low} to {high}"
