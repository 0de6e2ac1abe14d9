"""A camera and a lidar that nobody triggers together."""

import pytest

MS = 1_000_000

START_MS = 1_000
"""A stamp of 0 means that there is none."""
CAMERA_MS, LIDAR_MS = 34, 102
"""About 30 Hz and 10 Hz; half the camera's period is 17 ms."""


def stream(name, period_ms, count, phase_ms=0):
    return [(name, START_MS + phase_ms + index * period_ms) for index in range(count)]


def in_time(*streams):
    return sorted((arrival for one in streams for arrival in one), key=lambda arrival: arrival[1])


def gaps(found):
    return [one["lidar"] - one["rgb"] for one in found]


@pytest.mark.parametrize("phase_ms", [-16, 0, 9, 17])
def test_every_sweep_has_the_image_next_to_it_wherever_it_lies_between_two(play, pairer, phase_ms):
    camera, lidar = stream("rgb", CAMERA_MS, 31), stream("lidar", LIDAR_MS, 10, phase_ms)
    found = play(pairer("rgb", "lidar", slop_ms=17), in_time(camera, lidar))
    assert gaps(found) == [phase_ms] * 10


def test_a_slow_camera_is_given_the_sweep_next_to_each_image(play, pairer):
    camera, lidar = stream("rgb", 200, 20), stream("lidar", 100, 40, 40)
    found = play(pairer("rgb", "lidar", slop_ms=15), in_time(camera, lidar))
    # 40 ms is within half the lidar's period of 50 ms; before that is known it is too far.
    assert gaps(found) == [40] * 17
    assert [one["rgb"] for one in found] == [at for _, at in camera[3:]]


def test_before_the_periods_are_known_the_slop_decides(play, pairer):
    camera = stream("rgb", CAMERA_MS, 40)
    near, far = (
        play(pairer("rgb", "lidar", slop_ms=15), in_time(camera, stream("lidar", 102, 10, phase)))
        for phase in (15, 16)
    )
    assert gaps(near) == [15] * 10
    assert gaps(far) == [16] * 7  # the fourth sweep is the first with three differences behind it


def test_a_slop_of_zero_asks_for_equal_stamps_of_a_sweep_too(play, pairer):
    arrivals = in_time(stream("rgb", 50, 40), stream("lidar", 101, 20))
    found = play(pairer("rgb", "lidar", slop_ms=0), arrivals)
    assert [one["rgb"] for one in found] == [START_MS]


def test_a_large_slop_does_not_take_an_early_image_for_the_nearest(play, pairer):
    arrivals = in_time(stream("rgb", 10, 400), stream("lidar", 100, 40, 4))
    found = play(pairer("rgb", "lidar", slop_ms=60), arrivals)
    assert set(gaps(found[5:])) == {4}


def test_a_large_slop_lets_a_sweep_wait_for_an_image_after_a_lost_one(play, pairer):
    camera = stream("rgb", CAMERA_MS, 40)
    lost = [camera[27], camera[28]]  # 20 ms before and 14 ms after the tenth sweep
    lidar = stream("lidar", LIDAR_MS, 12, 20)
    arrivals = [arrival for arrival in in_time(camera, lidar) if arrival not in lost]
    assert gaps(play(pairer("rgb", "lidar", slop_ms=60), arrivals))[9] == -48
    assert gaps(play(pairer("rgb", "lidar", slop_ms=15), arrivals)) == [-14] * 11


def test_images_between_the_sweeps_are_let_go(play, pairer):
    pairing = pairer("rgb", "lidar")
    play(pairing, in_time(stream("rgb", CAMERA_MS, 31), stream("lidar", LIDAR_MS, 11)))
    assert pairing.counters.matched == 11
    assert pairing.counters.unmatched == {"rgb": 20, "lidar": 0}


def test_a_sweep_that_arrives_long_after_its_image_finds_it(play, pairer):
    camera = stream("rgb", CAMERA_MS, 40)
    lidar = stream("lidar", LIDAR_MS, 10, 5)
    late = sorted([*camera, *lidar], key=lambda one: one[1] + 200 * (one[0] == "lidar"))
    assert gaps(play(pairer("rgb", "lidar", queue=10), late)) == [5] * 10


def test_two_cameras_go_by_the_slop_and_the_sweep_by_the_periods(play, pairer):
    pairing = pairer("rgb", "depth", "lidar", slop_ms=15)
    camera, depth = stream("rgb", CAMERA_MS, 40), stream("depth", CAMERA_MS, 40, 6)
    found = play(pairing, in_time(camera, depth, stream("lidar", LIDAR_MS, 10, 17)))
    assert gaps(found) == [17] * 7
    assert {one["depth"] - one["rgb"] for one in found} == {6}
    assert (pairing.gaps.p95_ns, pairing.gaps.sweep_p95_ns) == (6 * MS, 17 * MS)


def test_a_sweep_waits_for_the_depth_of_its_image(play, pairer):
    arrivals = [("rgb", 1000), ("lidar", 1005), ("rgb", 1034), ("depth", 1000)]
    found = play(pairer("rgb", "depth", "lidar"), arrivals)
    assert found == [{"rgb": 1000, "depth": 1000, "lidar": 1005}]


def test_without_the_camera_a_sweep_passes_straight_through(play, pairer):
    pairing = pairer("rgb", "lidar")
    pairing.expect({"lidar"})
    assert play(pairing, [("lidar", 1000), ("lidar", 1100)]) == [{"lidar": 1000}, {"lidar": 1100}]


def test_how_far_a_sweep_may_lie_follows_the_faster_stream(play, pairer):
    pairing = pairer("rgb", "lidar", slop_ms=15)
    assert pairing.sweep_reach_ns == 15 * MS
    play(pairing, in_time(stream("rgb", CAMERA_MS, 12), stream("lidar", LIDAR_MS, 4)))
    assert pairing.sweep_reach_ns == 17 * MS
    assert pairer("rgb", "depth").sweep_reach_ns is None


def test_clocks_that_are_hours_apart_show_in_the_nearest_gap(play, pairer):
    pairing, hour_ms = pairer("rgb", "lidar"), 3_600_000
    arrivals = zip(stream("rgb", 100, 20), stream("lidar", 100, 20, hour_ms), strict=True)
    assert play(pairing, [one for both in arrivals for one in both]) == []
    # The newest image waits beside ten sweeps.
    assert pairing.gaps.nearest_ns == (hour_ms - 1_000) * MS
