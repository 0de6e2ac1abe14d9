MS = 1_000_000

START_MS = 1_000
"""A stamp of 0 means that there is none."""


def test_the_gaps_tell_how_far_apart_the_stamps_of_the_pairs_are(play, pairer):
    pairing = pairer()
    assert (pairing.gaps.p95_ns, pairing.gaps.nearest_ns) == (None, None)
    for number, gap_ms in enumerate([1] * 18 + [7, 12], start=1):
        play(pairing, [("rgb", 100 * number), ("depth", 100 * number + gap_ms)])
    assert pairing.gaps.p95_ns == 7 * MS  # 19 of the 20 are no larger


def test_only_the_last_hundred_pairs_count_for_the_gaps(play, pairer):
    pairing = pairer()
    for number in range(1, 201):
        gap_ms = 15 if number <= 100 else 2
        play(pairing, [("rgb", 100 * number), ("depth", 100 * number + gap_ms)])
    assert pairing.gaps.p95_ns == 2 * MS


def test_streams_that_never_meet_tell_their_nearest_gap(play, pairer):
    pairing = pairer(slop_ms=15)
    rgb = [("rgb", START_MS + 1_000 * i) for i in range(20)]
    depth = [("depth", START_MS + 200 + 1_000 * i) for i in range(20)]
    assert play(pairing, sorted(rgb + depth, key=lambda arrival: arrival[1])) == []
    assert pairing.gaps.nearest_ns == 200 * MS
    assert pairing.gaps.p95_ns is None


def test_clocks_that_are_hours_apart_show_in_the_nearest_gap(play, pairer):
    pairing = pairer()
    hour_ms = 3_600_000
    for number in range(10):
        at = START_MS + 100 * number
        assert play(pairing, [("rgb", at), ("depth", at + hour_ms)]) == []
    # The newest of rgb waits beside the oldest of depth.
    assert pairing.gaps.nearest_ns == (hour_ms - 900) * MS


def test_in_a_set_of_three_the_farthest_stream_counts(play, pairer):
    pairing = pairer("rgb", "depth", "ir")
    play(pairing, [("rgb", 100), ("depth", 103), ("ir", 140)])
    assert pairing.gaps.nearest_ns == 40 * MS
    play(pairing, [("ir", 111)])
    assert pairing.gaps.p95_ns == 11 * MS
