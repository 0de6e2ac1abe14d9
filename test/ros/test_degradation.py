from vmloc_ros.ros.degradation import Degradation

ALL = frozenset({"rgb", "depth"})
ANY = (frozenset({"rgb"}), frozenset({"depth"}), ALL)


def degradation(*streams, timeout_s=0.45, on_missing="degrade", subsets=ANY):
    return Degradation(streams or ("rgb", "depth"), timeout_s, on_missing, subsets)


def regular(stream, rate_hz, start_s, end_s):
    count = round((end_s - start_s) * rate_hz)
    return [(start_s + index / rate_hz, stream) for index in range(count)]


def play(degradation, *streams):
    """Feed arrivals in the order of time; return (time, missing streams) of each change."""
    arrivals = sorted(arrival for stream in streams for arrival in stream)
    return [
        (round(now_s, 3), set(degradation.missing))
        for now_s, stream in arrivals
        if degradation.arrive(stream, now_s)
    ]


def test_a_stream_is_missing_once_the_others_came_for_the_timeout_without_it():
    one = degradation()
    changes = play(one, regular("rgb", 10, 0.0, 2.0), regular("depth", 10, 0.01, 1.0))
    # Its last message was at 0.91: the image of 1.0 is the first without it, that of 1.5 too many.
    assert changes == [(1.5, {"depth"})]
    assert one.expected == {"rgb"}


def test_the_first_message_of_a_stream_that_returns_makes_it_expected_again():
    one = degradation()
    depth = regular("depth", 10, 0.01, 1.0) + regular("depth", 10, 3.01, 5.0)
    changes = play(one, regular("rgb", 10, 0.0, 5.0), depth)
    assert changes == [(1.5, {"depth"}), (3.01, set())]
    assert one.expected == ALL


def test_a_stream_that_never_came_is_missing_after_the_timeout_too():
    one = degradation()
    assert play(one, regular("depth", 10, 60.0, 61.0)) == [(60.5, {"rgb"})]
    assert one.expected == {"depth"}


def test_a_pause_of_all_streams_makes_none_of_them_missing():
    one = degradation()
    rgb = regular("rgb", 30, 0.0, 1.0) + regular("rgb", 30, 60.0, 62.0)
    depth = regular("depth", 30, 0.0, 1.0) + regular("depth", 30, 60.2, 62.0)
    assert play(one, rgb, depth) == []


def test_streams_that_are_all_slower_than_the_timeout_go_on_together():
    one = degradation()
    assert play(one, regular("rgb", 0.5, 0.0, 60.0), regular("depth", 0.5, 0.3, 60.0)) == []


def test_a_stream_that_is_slower_than_the_timeout_stays_missing_and_does_not_flap():
    one = degradation()
    changes = play(one, regular("rgb", 30, 0.0, 60.0), regular("depth", 1, 0.01, 60.0))
    # It is welcome at once when it returns for the first time, and then no more.
    assert [missing for _, missing in changes] == [{"depth"}, set(), {"depth"}]
    assert changes[-1][0] < 2.0


def test_a_slow_stream_is_expected_where_the_timeout_allows_for_it():
    one = degradation(timeout_s=2.0)
    assert play(one, regular("rgb", 30, 0.0, 60.0), regular("depth", 1, 0.01, 60.0)) == []


def test_a_period_that_wavers_about_the_timeout_changes_little():
    one = degradation()
    depth = [(0.47 * index + 0.05 * (index * 7 % 5), "depth") for index in range(120)]
    changes = play(one, regular("rgb", 30, 0.0, 60.0), depth)
    assert len(changes) <= 3


def test_a_stream_that_lost_trust_is_expected_again_once_it_comes_steadily():
    one = degradation()
    seldom = [(float(second), "depth") for second in range(10)]
    play(one, regular("rgb", 30, 0.0, 10.0), seldom)
    assert one.missing == {"depth"}
    changes = play(one, regular("rgb", 10, 10.0, 12.0), regular("depth", 10, 10.01, 12.0))
    assert changes == [(10.41, set())]  # with its fifth message in a row


def test_a_short_outage_after_a_steady_return_is_forgiven_at_once():
    one = degradation()
    depth = [*regular("depth", 10, 0.01, 1.0), *regular("depth", 10, 2.01, 3.0), (4.01, "depth")]
    changes = play(one, regular("rgb", 10, 0.0, 4.3), depth)
    assert changes == [(1.5, {"depth"}), (2.01, set()), (3.5, {"depth"}), (4.01, set())]


def test_a_timeout_that_is_set_holds_from_the_next_message():
    one = degradation(timeout_s=5.0)
    rgb = regular("rgb", 10, 0.0, 2.0)
    assert play(one, rgb) == []
    one.timeout_s = 1.0
    assert play(one, [(2.1, "rgb")]) == [(2.1, {"depth"})]


def test_with_stop_all_streams_stay_expected_and_the_reason_is_given():
    one = degradation(on_missing="stop")
    play(one, regular("rgb", 10, 0.0, 1.0))
    assert one.missing == {"depth"}
    assert one.expected == ALL
    assert one.obstacle == "on_missing_modality is stop"


def test_what_the_bundle_cannot_do_without_stays_expected():
    one = degradation(subsets=[ALL, frozenset({"rgb"})])
    play(one, regular("depth", 10, 0.0, 1.0))
    assert one.missing == {"rgb"}
    assert one.expected == ALL
    assert one.obstacle == "the bundle has no calibration for depth alone"
    play(one, regular("rgb", 10, 1.0, 3.0))
    assert (one.expected, one.obstacle) == ({"rgb"}, "")


def test_when_the_last_steady_stream_leaves_one_that_comes_and_goes_is_taken():
    one = degradation()
    play(one, regular("rgb", 30, 0.0, 5.0), regular("depth", 1, 0.01, 5.0))
    assert one.missing == {"depth"}
    play(one, regular("depth", 1, 5.01, 8.0))  # too few to be trusted by itself
    assert one.missing == {"rgb"}
    assert one.expected == {"depth"}


def test_of_three_streams_the_two_that_come_go_on():
    subsets = [frozenset({"rgb", "lidar"}), frozenset({"rgb", "depth", "lidar"})]
    one = degradation("rgb", "depth", "lidar", subsets=subsets)
    play(one, regular("rgb", 30, 0.0, 2.0), regular("lidar", 10, 0.0, 2.0))
    assert one.expected == {"rgb", "lidar"}


def test_a_lidar_at_five_hertz_is_not_missing_where_a_sweep_is_lost_beside_a_fast_camera():
    subsets = [frozenset({"rgb"}), frozenset({"rgb", "lidar"})]
    one = degradation("rgb", "lidar", timeout_s=0.5, subsets=subsets)
    lidar = [arrival for i, arrival in enumerate(regular("lidar", 5, 0.05, 20.0)) if i % 7]
    assert play(one, regular("rgb", 30, 0.0, 20.0), lidar) == []


def test_a_single_stream_is_never_missing():
    one = degradation("rgb", subsets=[frozenset({"rgb"})])
    assert play(one, [(0.0, "rgb"), (100.0, "rgb"), (100.1, "rgb")]) == []
    assert one.expected == {"rgb"}
