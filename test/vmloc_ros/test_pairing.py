import random
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmloc_ros.pairing import FramePairer

MS = 1_000_000
START_MS = 1_000
"""A stamp of 0 means that there is none."""

PROPERTY = settings(max_examples=300, derandomize=True, deadline=None)


def play(pairer, arrivals):
    """Feed (stream, milliseconds); return the sets as milliseconds by stream."""
    sets = (pairer.add(stream, at * MS, at) for stream, at in arrivals)
    return [found for found in sets if found is not None]


def pairer(*streams, slop_ms=20, queue=10):
    return FramePairer(streams or ("rgb", "depth"), slop_ms * MS, queue)


def test_two_messages_within_the_slop_are_a_pair_whichever_comes_first():
    assert play(pairer(), [("rgb", 100), ("depth", 110)]) == [{"rgb": 100, "depth": 110}]
    assert play(pairer(), [("depth", 110), ("rgb", 100)]) == [{"rgb": 100, "depth": 110}]


@pytest.mark.parametrize(("depth_ms", "pairs"), [(80, 1), (79, 0), (120, 1), (121, 0)])
def test_a_difference_of_exactly_the_slop_still_is_a_pair(depth_ms, pairs):
    assert len(play(pairer(), [("rgb", 100), ("depth", depth_ms)])) == pairs


def test_of_several_candidates_the_nearest_to_the_reference_is_taken():
    arrivals = [("depth", 95), ("depth", 103), ("depth", 110), ("rgb", 100)]
    assert play(pairer(), arrivals) == [{"rgb": 100, "depth": 103}]


def test_a_late_message_goes_to_the_nearest_reference():
    arrivals = [("rgb", 90), ("rgb", 104), ("rgb", 115), ("depth", 102)]
    assert play(pairer(), arrivals) == [{"rgb": 104, "depth": 102}]


def test_three_streams_are_matched_to_the_first_of_them():
    found = play(
        pairer("rgb", "depth", "lidar"),
        [("rgb", 100), ("depth", 85), ("lidar", 115), ("depth", 185), ("rgb", 200), ("lidar", 221)],
    )
    # depth and lidar are 30 ms apart, both within 20 ms of the image; the second lidar is not.
    assert found == [{"rgb": 100, "depth": 85, "lidar": 115}]


def test_a_single_stream_passes_straight_through():
    assert play(pairer("rgb"), [("rgb", 100), ("rgb", 133)]) == [{"rgb": 100}, {"rgb": 133}]


def stamps(period_ms, count, jitter, kept):
    """Regular stamps, moved by up to 15 ms, some of them missing."""
    return [START_MS + index * period_ms + jitter[index] for index in range(count) if kept[index]]


def interleaved(stamps_by_stream, seed):
    """Any order of arrival that keeps the order within each stream."""
    streams = [name for name, values in stamps_by_stream.items() for _ in values]
    random.Random(seed).shuffle(streams)
    values = {name: iter(values) for name, values in stamps_by_stream.items()}
    return [(name, next(values[name])) for name in streams]


def best_matches(stamps_by_stream, slop_ms):
    """For each reference the nearest message of every other stream, by brute force."""
    reference, *others = stamps_by_stream
    found = []
    for at in stamps_by_stream[reference]:
        one = {reference: at}
        for name in others:
            near = [x for x in stamps_by_stream[name] if abs(x - at) <= slop_ms]
            if near:
                one[name] = min(near, key=lambda x: abs(x - at))
        if len(one) == len(stamps_by_stream):
            found.append(one)
    return found


COUNT = 12
JITTER = st.lists(st.integers(-15, 15), min_size=COUNT, max_size=COUNT)
KEPT = st.lists(st.sampled_from([True, True, True, False]), min_size=COUNT, max_size=COUNT)


@PROPERTY
@given(
    streams=st.lists(st.tuples(st.sampled_from([100, 200]), JITTER, KEPT), min_size=2, max_size=3),
    seed=st.integers(0, 10**6),
)
def test_the_order_of_arrival_does_not_change_the_pairs(streams, seed):
    names = ("rgb", "depth", "lidar")
    by_stream = {
        name: stamps(period_ms, COUNT, jitter, kept)
        for name, (period_ms, jitter, kept) in zip(names, streams, strict=False)
    }
    # Stamps of one stream are 70 ms apart or more: the slop of 20 ms is below half of that.
    found = play(pairer(*by_stream, queue=COUNT), interleaved(by_stream, seed))
    assert found == best_matches(by_stream, slop_ms=20)


@PROPERTY
@given(
    arrivals=st.lists(
        st.tuples(st.sampled_from(["rgb", "depth"]), st.integers(-1, 4_000)), max_size=60
    ),
    queue=st.integers(1, 5),
)
def test_every_message_is_accounted_for_whatever_the_stamps(arrivals, queue):
    pairing = pairer(slop_ms=40, queue=queue)
    found = play(pairing, arrivals)
    counters = pairing.counters
    assert counters.matched == len(found)
    assert all(abs(one["rgb"] - one["depth"]) <= 40 for one in found)
    for stream in ("rgb", "depth"):
        sent = [at for name, at in arrivals if name == stream]
        assert counters.received[stream] == len(sent)
        assert counters.zero_stamp[stream] == sum(at <= 0 for at in sent)
        gone = counters.matched + counters.unmatched[stream] + counters.zero_stamp[stream]
        assert 0 <= len(sent) - gone <= queue


def test_a_stream_that_lags_behind_by_less_than_the_queue_loses_nothing():
    rgb = [("rgb", START_MS + 33 * i) for i in range(30)]
    depth = [("depth", at) for _, at in rgb]
    arrivals = rgb[:9]
    for image, late in zip(rgb[9:], depth, strict=False):
        arrivals += [image, late]
    arrivals += depth[21:]
    assert len(play(pairer(queue=10), arrivals)) == 30


def test_the_queue_is_bounded_and_the_oldest_give_way():
    pairing = pairer(queue=3)
    play(pairing, [("rgb", 100 * i) for i in range(1, 101)])
    assert pairing.counters.unmatched["rgb"] == 97
    assert play(pairing, [("depth", 9_700), ("depth", 9_800)]) == [{"rgb": 9_800, "depth": 9_800}]


def test_a_queue_of_one_does_not_keep_a_message_older_than_the_one_it_holds():
    assert play(pairer(queue=1), [("rgb", 200), ("rgb", 100), ("depth", 100)]) == []


def test_what_is_older_than_a_pair_is_let_go():
    class Message:
        pass

    pairing, old = pairer(), Message()
    held = weakref.ref(old)
    pairing.add("rgb", 100 * MS, old)
    del old
    assert held() is not None
    play(pairing, [("rgb", 200), ("depth", 200)])
    assert held() is None
    assert pairing.counters.unmatched == {"rgb": 1, "depth": 0}


def test_zero_stamps_are_refused_and_counted():
    pairing = pairer()
    assert play(pairing, [("rgb", 0), ("depth", 0), ("depth", 0), ("depth", -5)]) == []
    assert pairing.counters.zero_stamp == {"rgb": 1, "depth": 3}
    assert pairing.counters.received == {"rgb": 1, "depth": 3}


def test_a_duplicate_is_not_used_twice():
    pairing = pairer()
    arrivals = [("rgb", 100), ("rgb", 100), ("depth", 100), ("depth", 100), ("rgb", 100)]
    assert play(pairing, arrivals) == [{"rgb": 100, "depth": 100}]
    assert pairing.counters.out_of_order == {"rgb": 2, "depth": 1}
    assert pairing.counters.unmatched == {"rgb": 2, "depth": 1}


def test_messages_that_overtook_each_other_are_still_matched():
    pairing = pairer()
    arrivals = [("rgb", 133), ("rgb", 100), ("depth", 100), ("depth", 133)]
    assert play(pairing, arrivals) == [{"rgb": 100, "depth": 100}, {"rgb": 133, "depth": 133}]
    assert pairing.counters.out_of_order == {"rgb": 1, "depth": 0}
    assert pairing.counters.resets == 0


def one_pass(count=100):
    """A camera at 30 Hz and a lidar at 10 Hz, as they would arrive."""
    camera = [("rgb", START_MS + 33 * i) for i in range(3 * count)]
    lidar = [("lidar", START_MS + 99 * i + 4) for i in range(count)]
    return sorted(camera + lidar, key=lambda arrival: arrival[1])


def test_a_bag_that_loops_gives_as_many_pairs_in_each_pass():
    pairing = pairer("rgb", "lidar", slop_ms=15)
    passes = [len(play(pairing, one_pass())) for _ in range(3)]
    assert passes == [100, 100, 100]
    assert pairing.counters.resets == 2


def test_a_message_of_the_last_pass_that_arrives_after_the_loop_costs_no_pair():
    pairing = pairer("rgb", "lidar", slop_ms=15)
    first, second = one_pass(), one_pass()
    last = first.pop(max(i for i, (stream, _) in enumerate(first) if stream == "lidar"))
    assert len(play(pairing, first)) == 99
    assert second[1][0] == "lidar"
    assert len(play(pairing, [second[0], last, *second[1:]])) == 100


def test_one_stamp_far_in_the_future_does_not_stop_the_pairing():
    pairing = pairer()
    arrivals = [("rgb", 10**9), ("rgb", 100), ("depth", 100), ("rgb", 133), ("depth", 133)]
    assert play(pairing, arrivals) == [{"rgb": 100, "depth": 100}, {"rgb": 133, "depth": 133}]


def test_only_a_step_back_of_more_than_a_second_is_a_reset():
    pairing = pairer()
    play(pairing, [("rgb", 5_000), ("rgb", 4_000)])
    assert pairing.counters.resets == 0
    play(pairing, [("rgb", 3_999)])
    assert pairing.counters.resets == 1


def test_pairs_go_on_after_a_stream_was_silent():
    pairing = pairer()
    silent = [("rgb", START_MS + 33 * i) for i in range(200)]
    after = [(name, 9_000 + 33 * i) for i in range(5) for name in ("rgb", "depth")]
    assert len(play(pairing, silent + after)) == 5


def test_the_counters_are_a_copy_that_stands_still():
    pairing = pairer()
    before = pairing.counters
    play(pairing, [("rgb", 100), ("depth", 100)])
    assert (before.matched, before.received["rgb"]) == (0, 0)
    with pytest.raises(TypeError):
        before.received["rgb"] = 5
