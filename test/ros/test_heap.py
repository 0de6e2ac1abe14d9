import ctypes
import gc
import os
import sys
import threading
import weakref
from pathlib import Path

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from vmloc_ros.localizer import Localizer
from vmloc_ros.ros.heap import collect_garbage, trim_heap

BLOCK_BYTES, BLOCKS = 64 * 1024, 2000
LIBC = ctypes.CDLL(None)
LIBC.malloc.restype = ctypes.c_void_p
LIBC.free.argtypes = [ctypes.c_void_p]


class Circle:
    """Refers to itself."""

    def __init__(self):
        self.itself = self


def resident_mb():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.fixture
def no_collector():
    """Nothing is collected but on request."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def loaders(monkeypatch):
    """The threads that have warmed up a model."""
    threads, warm_up = [], Localizer.warm_up

    def warm_up_here(localizer):
        threads.append(threading.current_thread())
        warm_up(localizer)

    monkeypatch.setattr(Localizer, "warm_up", warm_up_here)
    return threads


@pytest.mark.skipif(sys.platform != "linux", reason="trims on Linux alone")
def test_what_is_free_below_something_in_use_goes_back_to_the_system():
    blocks = [LIBC.malloc(BLOCK_BYTES) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK_BYTES)
    for block in blocks[:-1]:
        LIBC.free(block)
    before_mb = resident_mb()
    trim_heap()
    assert before_mb - resident_mb() > BLOCKS * BLOCK_BYTES / 2**20 / 2
    LIBC.free(blocks[-1])


def test_what_refers_only_to_itself_is_released(no_collector):
    circle = Circle()
    reference = weakref.ref(circle)
    del circle
    assert reference() is not None
    collect_garbage()
    assert reference() is None


def test_a_model_is_loaded_in_a_thread_that_ends_and_goes_with_cleanup(
    peer, make_active_node, wait, loaders, no_collector
):
    node = make_active_node()
    wait(peer.is_matched)
    (loader,) = loaders
    assert not loader.is_alive()
    model = weakref.ref(node._setup.localizer)
    sent = peer.send_now()
    wait(lambda: peer.stamps_ns() == [sent])
    assert peer.transition("deactivate")
    assert model() is not None
    assert peer.transition("cleanup")
    wait(lambda: model() is None)
