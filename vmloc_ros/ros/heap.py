"""`trim_heap`: hands the memory of a model that was let go back to the system."""

import ctypes
import sys


def trim_heap() -> None:
    """Release free memory.

    A model comes and goes in whatever thread the executor chooses, and the C library keeps a heap
    for each of them: after some changes of the model several times its size would be held. Other
    libraries than glibc have no such call.
    """
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
