from vmloc_ros.ros.edge_watch import SILENCE_NS, EdgeWatch

S = 10**9


def test_our_own_transforms_come_back_and_are_not_taken_for_those_of_others():
    watch = EdgeWatch()
    watch.sent(100)
    watch.saw("map", 100, now_ns=1 * S)
    assert watch.other_parent(1 * S) == ""


def test_a_transform_that_we_did_not_send_is_somebody_elses_even_with_the_same_parent():
    watch = EdgeWatch()
    watch.sent(100)
    watch.saw("map", 101, now_ns=1 * S)
    assert watch.other_parent(1 * S) == "map"


def test_who_falls_silent_owns_the_frame_no_more():
    watch = EdgeWatch()
    watch.saw("world", 7, now_ns=1 * S)
    assert watch.other_parent(1 * S + SILENCE_NS) == "world"
    assert watch.other_parent(1 * S + SILENCE_NS + 1) == ""


def test_a_static_transform_holds_for_good():
    watch = EdgeWatch()
    watch.saw("world", 0, now_ns=1 * S, static=True)
    assert watch.other_parent(3600 * S) == "world"
