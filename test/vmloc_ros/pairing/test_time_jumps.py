import pytest

MS = 1_000_000

START_MS = 1_000
"""A stamp of 0 means that there is none."""


def one_pass(count=100):
    """A camera at 30 Hz and a lidar at 10 Hz, as they would arrive."""
    camera = [("rgb", START_MS + 33 * i) for i in range(3 * count)]
    lidar = [("lidar", START_MS + 99 * i + 4) for i in range(count)]
    return sorted(camera + lidar, key=lambda arrival: arrival[1])


def test_a_bag_that_loops_gives_as_many_pairs_in_each_pass(play, pairer):
    pairing = pairer("rgb", "lidar", slop_ms=15)
    passes = [len(play(pairing, one_pass())) for _ in range(3)]
    assert passes == [100, 100, 100]
    assert pairing.counters.resets == 2


def test_a_message_of_the_last_pass_that_arrives_after_the_loop_costs_no_pair(play, pairer):
    pairing = pairer("rgb", "lidar", slop_ms=15)
    first, second = one_pass(), one_pass()
    last = first.pop(max(i for i, (stream, _) in enumerate(first) if stream == "lidar"))
    assert len(play(pairing, first)) == 99
    assert second[1][0] == "lidar"
    assert len(play(pairing, [second[0], last, *second[1:]])) == 100


def test_one_stamp_far_in_the_future_does_not_stop_the_pairing(play, pairer):
    pairing = pairer()
    arrivals = [("rgb", 10**9), ("rgb", 100), ("depth", 100), ("rgb", 133), ("depth", 133)]
    assert play(pairing, arrivals) == [{"rgb": 100, "depth": 100}, {"rgb": 133, "depth": 133}]


def test_only_a_step_back_of_more_than_a_second_is_a_reset(play, pairer):
    pairing = pairer()
    play(pairing, [("rgb", 5_000), ("rgb", 4_000)])
    assert pairing.counters.resets == 0
    play(pairing, [("rgb", 3_999)])
    assert pairing.counters.resets == 1


def test_pairs_go_on_after_a_stream_was_silent(play, pairer):
    pairing = pairer()
    silent = [("rgb", START_MS + 33 * i) for i in range(200)]
    after = [(name, 9_000 + 33 * i) for i in range(5) for name in ("rgb", "depth")]
    assert len(play(pairing, silent + after)) == 5


@pytest.mark.parametrize("period_ms", [33, 99])
def test_a_second_pass_forms_as_many_pairs_at_equal_and_at_unequal_rates(play, pairer, period_ms):
    pairing = pairer("rgb", "depth", slop_ms=15)
    one = [("rgb", START_MS + 33 * i) for i in range(300)]
    one += [("depth", START_MS + period_ms * i + 4) for i in range(300 * 33 // period_ms)]
    one.sort(key=lambda arrival: arrival[1])
    passes = [len(play(pairing, one)) for _ in range(2)]
    assert passes == [300 * 33 // period_ms] * 2


def test_a_loop_of_less_than_a_second_pairs_again_after_a_reset(play, pairer):
    pairing = pairer()
    one = [(name, START_MS + 33 * i) for i in range(20) for name in ("rgb", "depth")]
    assert len(play(pairing, one)) == 20
    pairing.reset(START_MS * MS)
    assert len(play(pairing, one)) == 20
    assert pairing.counters.resets == 1


def test_a_reset_keeps_what_came_after_the_jump_and_is_not_counted_twice(play, pairer):
    pairing = pairer()
    play(pairing, [("rgb", 9_000), ("depth", 9_000), ("rgb", 100)])
    assert pairing.counters.resets == 1
    pairing.reset(120 * MS)
    assert play(pairing, [("depth", 100)]) == [{"rgb": 100, "depth": 100}]
    assert pairing.counters.resets == 1
