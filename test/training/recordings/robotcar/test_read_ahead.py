import threading

import pytest

from training.recordings.robotcar.read_ahead import LOOKAHEAD, READER, read_ahead


def test_results_come_in_the_order_of_the_jobs() -> None:
    first_may_end = threading.Event()

    def read(job: int) -> int:
        if job == 0:
            assert first_may_end.wait(10)
        elif job == 1:
            first_may_end.set()
        return job * job

    assert list(read_ahead(read, range(20))) == [k * k for k in range(20)]


def test_an_error_comes_at_its_place() -> None:
    def read(job: int) -> float:
        return 1 / (job - 3)

    results = read_ahead(read, range(10))
    assert [next(results) for _ in range(3)] == [-1 / 3, -1 / 2, -1.0]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_no_more_is_read_than_looked_ahead() -> None:
    begun: list[int] = []
    results = read_ahead(begun.append, range(100))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(begun) <= LOOKAHEAD + 1
    assert not [one for one in threading.enumerate() if one.name.startswith(READER)]
