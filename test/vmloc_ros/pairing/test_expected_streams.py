import weakref

MS = 1_000_000


def test_while_a_stream_is_not_expected_the_others_form_sets_without_replaying_old_messages(
    play, pairer
):
    pairing = pairer()
    assert play(pairing, [("rgb", 100), ("rgb", 133), ("rgb", 166)]) == []
    pairing.expect({"rgb"})
    assert play(pairing, [("rgb", 200), ("rgb", 233)]) == [{"rgb": 200}, {"rgb": 233}]
    counters = pairing.counters
    assert (counters.matched, counters.partial["rgb"], counters.unmatched["rgb"]) == (0, 2, 3)
    assert pairing.gaps.p95_ns is None


def test_a_stream_that_is_expected_again_is_waited_for(play, pairer):
    pairing = pairer()
    pairing.expect({"depth"})
    assert play(pairing, [("depth", 100), ("rgb", 100), ("depth", 133)]) == [
        {"depth": 100},
        {"depth": 133},
    ]
    assert pairing.counters.unmatched["rgb"] == 1  # nobody asked for it
    pairing.expect({"rgb", "depth"})
    # The image of 133 comes too late for its depth, which went alone.
    assert play(pairing, [("rgb", 133), ("depth", 166), ("rgb", 166)]) == [
        {"rgb": 166, "depth": 166}
    ]


def test_two_of_three_streams_are_still_matched_to_each_other(play, pairer):
    pairing = pairer("rgb", "depth", "ir")
    assert play(pairing, [("rgb", 100), ("depth", 101), ("ir", 150)]) == []
    pairing.expect({"depth", "ir"})
    assert play(pairing, [("depth", 200), ("rgb", 200), ("ir", 205)]) == [{"depth": 200, "ir": 205}]


def test_a_stream_that_is_not_expected_keeps_no_messages(pairer):
    class Message:
        pass

    pairing, old = pairer(), Message()
    held = weakref.ref(old)
    pairing.add("depth", 100 * MS, old)
    del old
    pairing.expect({"rgb"})
    assert held() is None
    assert pairing.counters.unmatched["depth"] == 1
