from fuzz_messages import fuzz

COUNT = 100_000
"""Some 15 s; `fuzz_messages.py` throws more."""


def test_hostile_messages_raise_nothing_but_errors_of_one_line():
    outcome = fuzz(COUNT, seed=1)
    assert outcome.decoded.total() + outcome.refused.total() == COUNT
    assert min(outcome.decoded.values()) > COUNT / 200  # the honest ones still pass
    assert outcome.refused.total() > COUNT / 4
