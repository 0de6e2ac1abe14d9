"""The heap of the node's process: what a model, a session or an image leaves behind goes back."""

import ctypes
import gc
import sys
from collections.abc import Callable

TRIM_PERIOD_S = 5.0
M_ARENA_MAX = -8
"""As in glibc's malloc.h."""
ARENAS = 1


def bound_heap() -> None:
    """Let all threads share one heap; call it before rclpy is imported, which starts the first.

    glibc gives a heap to each thread, up to eight for every core, and each keeps as much as its
    threads ever needed at once: as workers come and go and the threads of the executor take turns
    at images and models, every heap in turn comes to hold that much. Hardly anybody waits for the
    shared one: Python lets one thread run at a time anyway.
    """
    if mallopt := _glibc("mallopt"):
        mallopt(M_ARENA_MAX, ARENAS)


def freeze_heap() -> None:
    """Let the garbage collector look only at what is made from now on.

    What was imported stays for ever. To look through it takes more than a tenth of a second, in
    which no other thread runs.
    """
    gc.collect()
    gc.freeze()


def collect_garbage() -> None:
    """Release what only refers to itself, and return it to the system.

    The parts of a session know each other, and the model. Left to itself, the collector comes by
    when there are several more of them.
    """
    gc.collect()
    trim_heap()


def trim_heap() -> None:
    """Return free memory to the system; takes milliseconds, mostly without the interpreter.

    glibc keeps what is free below something in use: the images that waited for a partner while a
    camera was silent, or the model before this one. Other libraries have no such call.
    """
    if trim := _glibc("malloc_trim"):
        trim(0)


def _glibc(name: str) -> Callable[..., int] | None:
    if sys.platform != "linux":
        return None
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
