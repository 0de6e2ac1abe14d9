"""`read_ahead`: a few threads read what will be asked for next."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

READER = "recording-reader"
READERS = 2
LOOKAHEAD = 6
"""Jobs done ahead of the consumer: enough to hide a slow one, little memory."""


def read_ahead(read: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """Call `read` for each job in threads; results and errors come out in the order of the jobs."""
    pool = ThreadPoolExecutor(READERS, thread_name_prefix=READER)
    pending: deque[Future[Result]] = deque()
    try:
        for job in jobs:
            pending.append(pool.submit(read, job))
            if len(pending) > LOOKAHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        # The garbage collector may close this in one of its own threads, which cannot join itself.
        in_reader = threading.current_thread().name.startswith(READER)
        pool.shutdown(wait=not in_reader, cancel_futures=True)
