import weakref

import pytest

MS = 1_000_000

START_MS = 1_000
"""A stamp of 0 means that there is none."""


def test_two_messages_within_the_slop_are_a_pair_whichever_comes_first(play, pairer):
    assert play(pairer(), [("rgb", 100), ("depth", 110)]) == [{"rgb": 100, "depth": 110}]
    assert play(pairer(), [("depth", 110), ("rgb", 100)]) == [{"rgb": 100, "depth": 110}]


@pytest.mark.parametrize(("depth_ms", "pairs"), [(80, 1), (79, 0), (120, 1), (121, 0)])
def test_a_difference_of_exactly_the_slop_still_is_a_pair(play, pairer, depth_ms, pairs):
    assert len(play(pairer(), [("rgb", 100), ("depth", depth_ms)])) == pairs


def test_of_several_candidates_the_nearest_to_the_reference_is_taken(play, pairer):
    arrivals = [("depth", 95), ("depth", 103), ("depth", 110), ("rgb", 100)]
    assert play(pairer(), arrivals) == [{"rgb": 100, "depth": 103}]


def test_a_late_message_goes_to_the_nearest_reference(play, pairer):
    arrivals = [("rgb", 90), ("rgb", 104), ("rgb", 115), ("depth", 102)]
    assert play(pairer(), arrivals) == [{"rgb": 104, "depth": 102}]


def test_three_streams_are_matched_to_the_first_of_them(play, pairer):
    found = play(
        pairer("rgb", "depth", "ir"),
        [("rgb", 100), ("depth", 85), ("ir", 115), ("depth", 185), ("rgb", 200), ("ir", 221)],
    )
    # depth and ir are 30 ms apart, both within 20 ms of the image; the second ir is not.
    assert found == [{"rgb": 100, "depth": 85, "ir": 115}]


def test_a_single_stream_passes_straight_through(play, pairer):
    assert play(pairer("rgb"), [("rgb", 100), ("rgb", 133)]) == [{"rgb": 100}, {"rgb": 133}]


def test_a_stream_that_lags_behind_by_less_than_the_queue_loses_nothing(play, pairer):
    rgb = [("rgb", START_MS + 33 * i) for i in range(30)]
    depth = [("depth", at) for _, at in rgb]
    arrivals = rgb[:9]
    for image, late in zip(rgb[9:], depth, strict=False):
        arrivals += [image, late]
    arrivals += depth[21:]
    assert len(play(pairer(queue=10), arrivals)) == 30


def test_the_queue_is_bounded_and_the_oldest_give_way(play, pairer):
    pairing = pairer(queue=3)
    play(pairing, [("rgb", 100 * i) for i in range(1, 101)])
    assert pairing.counters.unmatched["rgb"] == 97
    assert play(pairing, [("depth", 9_700), ("depth", 9_800)]) == [{"rgb": 9_800, "depth": 9_800}]


def test_a_queue_of_one_does_not_keep_a_message_older_than_the_one_it_holds(play, pairer):
    assert play(pairer(queue=1), [("rgb", 200), ("rgb", 100), ("depth", 100)]) == []


def test_what_is_older_than_a_pair_is_let_go(play, pairer):
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


def test_zero_stamps_are_refused_and_counted(play, pairer):
    pairing = pairer()
    assert play(pairing, [("rgb", 0), ("depth", 0), ("depth", 0), ("depth", -5)]) == []
    assert pairing.counters.zero_stamp == {"rgb": 1, "depth": 3}
    assert pairing.counters.received == {"rgb": 1, "depth": 3}


def test_a_duplicate_is_not_used_twice(play, pairer):
    pairing = pairer()
    arrivals = [("rgb", 100), ("rgb", 100), ("depth", 100), ("depth", 100), ("rgb", 100)]
    assert play(pairing, arrivals) == [{"rgb": 100, "depth": 100}]
    assert pairing.counters.out_of_order == {"rgb": 2, "depth": 1}
    assert pairing.counters.unmatched == {"rgb": 2, "depth": 1}


def test_messages_that_overtook_each_other_are_still_matched(play, pairer):
    pairing = pairer()
    arrivals = [("rgb", 133), ("rgb", 100), ("depth", 100), ("depth", 133)]
    assert play(pairing, arrivals) == [{"rgb": 100, "depth": 100}, {"rgb": 133, "depth": 133}]
    assert pairing.counters.out_of_order == {"rgb": 1, "depth": 0}
    assert pairing.counters.resets == 0


def test_the_counters_are_a_copy_that_stands_still(play, pairer):
    pairing = pairer()
    before = pairing.counters
    play(pairing, [("rgb", 100), ("depth", 100)])
    assert (before.matched, before.received["rgb"]) == (0, 0)
    with pytest.raises(TypeError):
        before.received["rgb"] = 5


def test_without_slop_only_equal_stamps_are_a_pair(play, pairer):
    arrivals = [("rgb", 100), ("depth", 101), ("rgb", 133), ("depth", 133)]
    assert play(pairer(slop_ms=0), arrivals) == [{"rgb": 133, "depth": 133}]
