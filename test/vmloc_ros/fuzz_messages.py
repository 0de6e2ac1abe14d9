"""Throws messages that lie or are damaged at every decoder and at the pairer.

    python test/vmloc_ros/fuzz_messages.py --count 100000 --seed 1

Nothing but a `VmlocError` of one line may come out: no other exception, no warning, no call that
takes seconds, no flood on stderr, and no allocation that the message does not justify. Message n of
a seed is always the same, whatever ran before it: `--first n --count 1` repeats it.
"""

import argparse
import faulthandler
import os
import random
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from message_attacks import ATTACKS

from vmloc_ros.errors import VmlocError
from vmloc_ros.frame import Camera
from vmloc_ros.messages.picture import MAX_PIXELS, MAX_PIXELS_PER_BYTE
from vmloc_ros.messages.point_times import LONGEST_NS
from vmloc_ros.sweeps import Sweep

SLOWEST_S = 5.0
PROGRESS = 5000
HANG_S = 60.0
"""For as many messages as one step of the progress."""
LONGEST_ERROR = 1000

# What a call may allocate at its peak (tracemalloc sees NumPy's arrays and those that OpenCV
# returns, not the insides of libjpeg and libpng): for Python's own objects; for each byte of the
# message, since each of its nibbles may become a number of the run-length code; and for each pixel
# that comes out: the picture itself and its copies while it is turned to RGB or metres.
FIXED_BYTES = 2**20
PER_BYTE = 64
PER_PIXEL = 32


@dataclass
class Outcome:
    """What became of the messages."""

    decoded: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    slowest_s: float = 0.0
    largest_bytes: int = 0
    stderr_lines: int = 0

    def __str__(self):
        rows = [
            f"{name}: {self.decoded[name]} decoded, {self.refused[name]} refused"
            for name in sorted(self.decoded | self.refused)
        ]
        rows.append(f"slowest call: {self.slowest_s * 1e3:.0f} ms")
        rows.append(f"largest allocation: {self.largest_bytes / 1e6:.1f} MB")
        rows.append(f"lines on stderr: {self.stderr_lines}")
        return "\n".join(rows)


def fuzz(count, seed, first=0, on_progress=lambda done: None):
    """Throw `count` messages; return the outcome, or raise at the first that does harm."""
    outcome = Outcome()
    with watched(outcome) as watch_for_hangs:
        for done in range(count):
            if done % PROGRESS == 0:
                watch_for_hangs()
                on_progress(done)
            throw(first + done, random.Random(seed * 1_000_000_007 + first + done), outcome)
    assert outcome.stderr_lines <= count, f"{outcome.stderr_lines} lines on stderr"
    return outcome


def throw(number, rng, outcome):
    """Make message `number` and hand it to a decoder."""
    name, call, messages = rng.choice(ATTACKS)(rng)
    tracemalloc.reset_peak()
    before, start = tracemalloc.get_traced_memory()[0], time.perf_counter()
    try:
        result = call()
        check_result(result)
        pixels = pixels_of(result)
        outcome.decoded[name] += 1
    except VmlocError as err:
        pixels = sum(map(pixels_that_opencv_may_see, messages))
        outcome.refused[name] += 1
        check_text(str(err))
    except Exception as err:
        raise AssertionError(f"message {number} for {name}: {messages}") from err
    took_s = time.perf_counter() - start
    peak = tracemalloc.get_traced_memory()[1] - before
    outcome.slowest_s = max(outcome.slowest_s, took_s)
    outcome.largest_bytes = max(outcome.largest_bytes, peak)
    allowed = FIXED_BYTES + PER_BYTE * sum(map(size_of, messages)) + PER_PIXEL * pixels
    assert peak <= allowed, f"message {number} for {name} took {peak} bytes of {allowed}"
    assert took_s <= SLOWEST_S, f"message {number} for {name} took {took_s:.1f} s"


def check_result(result):
    """What comes out is what was promised; a `Frame` sees to that itself."""
    if isinstance(result, np.ndarray):
        assert (result.dtype.name, result.ndim) in {("uint8", 3), ("uint16", 2), ("float32", 2)}
        assert result.flags.c_contiguous
    if isinstance(result, Sweep) and result.offsets_ns is not None:
        assert np.abs(result.offsets_ns).max(initial=0) <= LONGEST_NS
        assert np.ptp(result.offsets_ns) <= LONGEST_NS if result.offsets_ns.size else True
    if isinstance(result, Camera):
        assert min(result.width, result.height) > 0
        assert np.isfinite([result.fx, result.fy, result.cx, result.cy]).all()
    if isinstance(result, int):
        assert result > 0


def check_text(error):
    assert error and "\n" not in error and len(error) <= LONGEST_ERROR, error


def size_of(msg):
    data = getattr(msg, "data", None)
    return 0 if data is None else len(data)


def pixels_that_opencv_may_see(msg):
    """A picture whose damage only its decoder finds: what the size of its data allows."""
    is_picture = hasattr(msg, "format") and "rvl" not in msg.format
    return min(MAX_PIXELS, MAX_PIXELS_PER_BYTE * size_of(msg)) if is_picture else 0


def pixels_of(result):
    """Count the pixels and points that came out."""
    result = result[0] if isinstance(result, tuple) else result
    arrays = [getattr(result, name, None) for name in ("rgb", "depth_mm", "points")]
    arrays += [result] if isinstance(result, np.ndarray) else []
    return sum(array.shape[0] * array.shape[1] for array in arrays if array is not None)


@contextmanager
def watched(outcome) -> Iterator[Callable[[], None]]:
    """Count allocations and lines on stderr (libjpeg, libpng), turn warnings into errors.

    Yields what starts the clock anew after which a hang ends the process with a traceback.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as kept, warnings.catch_warnings():
        os.dup2(kept.fileno(), 2)
        warnings.simplefilter("error")
        tracemalloc.start()
        try:
            yield partial(faulthandler.dump_traceback_later, HANG_S, exit=True, file=stderr)
        finally:
            faulthandler.cancel_dump_traceback_later()
            tracemalloc.stop()
            os.dup2(stderr, 2)
            os.close(stderr)
            kept.seek(0)
            outcome.stderr_lines = kept.read().count(b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--count", type=int, default=100_000, help="messages (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="%(default)s")
    parser.add_argument("--first", type=int, default=0, help="start at this message of the seed")
    options = parser.parse_args()
    with os.fdopen(os.dup(2), "w") as terminal:

        def show(done):
            terminal.write(f"\r{done} of {options.count}")
            terminal.flush()

        start = time.monotonic()
        outcome = fuzz(options.count, options.seed, options.first, show)
        terminal.write(f"\r{options.count} messages in {time.monotonic() - start:.0f} s\n")
    sys.stdout.write(
        f"seed {options.seed}, {options.count} messages from {options.first}\n{outcome}\n"
    )


if __name__ == "__main__":
    main()
