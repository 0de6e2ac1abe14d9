import pytest

from vmloc_ros.config import NodeConfig
from vmloc_ros.ros.checkup.finding import Level
from vmloc_ros.ros.checkup.observation import Graph
from vmloc_ros.ros.checkup.stamps import count_pairs, judge_clock, judge_pairs, nearest_gap_s

STEPS_S = [0.1 * number for number in range(10)]
TICKING, SILENT = Graph(clock_publishers=1, clock_ticks=20), Graph()


def clock(heard, graph=SILENT, uses_sim_time=False):
    (found,) = judge_clock([heard], graph, "/vmloc", uses_sim_time, 1.0)
    return found


def pairs(rgb, depth, **settings):
    (found,) = judge_pairs([rgb, depth], NodeConfig(**settings))
    return found


def test_images_that_come_at_once_are_well(hearing):
    found = clock(hearing(age_s=0.02))
    assert found.level == Level.OK
    assert found.message == "stamps are 20 ms old by this machine's clock"


def test_old_stamps_are_a_skew_of_the_clocks(hearing):
    found = clock(hearing(age_s=3600.0))
    assert (found.level, found.cause) == (Level.WARN, "clock_skew")
    assert "3,600.0 s old" in found.message


def test_stamps_from_the_future_are_told_as_such(hearing):
    assert "2.0 s ahead" in clock(hearing(age_s=-2.0)).message


def test_old_stamps_that_fit_the_clock_of_a_bag_ask_for_use_sim_time(hearing):
    found = clock(hearing(age_s=1e6, sim_age_s=0.01), TICKING)
    assert found.level == Level.WARN
    assert found.mend == "start the node with use_sim_time:=true"


def test_stamps_that_fit_the_machine_ask_for_no_sim_time(hearing):
    found = clock(hearing(age_s=0.01, sim_age_s=-1e6), TICKING, uses_sim_time=True)
    assert found.mend == "start the node with use_sim_time:=false"


def test_stamps_that_fit_the_clock_that_the_node_uses_are_well(hearing):
    found = clock(hearing(age_s=1e6, sim_age_s=0.01), TICKING, uses_sim_time=True)
    assert found.level == Level.OK
    assert found.message == "stamps are 10 ms old by /clock"


@pytest.mark.parametrize(("publishers", "cause"), [(0, "no_clock"), (2, "clock_silent")])
def test_simulated_time_without_a_clock_is_an_error(hearing, publishers, cause):
    found = clock(hearing(), Graph(clock_publishers=publishers), uses_sim_time=True)
    assert (found.level, found.cause) == (Level.ERROR, cause)


def test_without_a_stamp_nothing_is_said_of_the_clock(hearing):
    assert list(judge_clock([hearing(stamps_s=())], SILENT, "/vmloc", False, 1.0)) == []


def test_streams_in_step_make_a_pair_of_every_message(hearing):
    found = pairs(hearing(stamps_s=STEPS_S), hearing("depth", stamps_s=STEPS_S))
    assert found.level == Level.OK
    assert found.message.startswith("10 pairs of 10 and 10 messages; nearest stamps 0.0 ms apart")


def test_streams_out_of_step_name_the_gap_and_a_slop_that_would_do(hearing):
    late = [at_s + 0.04 for at_s in STEPS_S]
    found = pairs(hearing(stamps_s=STEPS_S), hearing("depth", stamps_s=late))
    assert (found.level, found.cause) == (Level.ERROR, "no_overlap")
    assert "nearest gap 0.040 s, sync_slop_s is 0.015 s" in found.message
    assert found.mend.endswith("or set sync: approximate and sync_slop_s: 0.041")


def test_streams_of_two_clocks_are_not_told_to_raise_the_slop(hearing):
    other = [at_s + 100.0 for at_s in STEPS_S]
    found = pairs(hearing(stamps_s=STEPS_S), hearing("depth", stamps_s=other))
    assert found.cause == "no_overlap"
    assert "different clocks" in found.mend
    assert "sync_slop_s" not in found.mend


def test_exact_pairing_takes_equal_stamps_only(hearing):
    late = [at_s + 0.001 for at_s in STEPS_S]
    rgb, depth = hearing(stamps_s=STEPS_S), hearing("depth", stamps_s=late)
    assert pairs(rgb, depth, sync="exact").cause == "no_overlap"
    assert pairs(rgb, depth).level == Level.OK


def test_a_stream_that_mostly_lacks_partners_warns(hearing):
    mixed = [at_s + (0.0 if number < 3 else 0.05) for number, at_s in enumerate(STEPS_S)]
    found = pairs(hearing(stamps_s=STEPS_S), hearing("depth", stamps_s=mixed))
    assert (found.level, found.cause) == (Level.WARN, "unmatched")


def test_a_sweep_is_paired_with_the_nearest_image_as_the_node_does(hearing):
    camera = hearing(stamps_s=[0.034 * number for number in range(60)])
    sweeps = hearing("lidar", stamps_s=[0.102 * number + 0.017 for number in range(19)])
    found = pairs(camera, sweeps)
    assert found.level == Level.OK
    assert found.message.startswith("16 pairs of 60 and 19 messages")  # once the rates are known


def test_a_lidar_cannot_be_triggered_so_its_clock_is_looked_at(hearing):
    late = [at_s + 0.2 for at_s in STEPS_S]
    found = pairs(hearing(stamps_s=STEPS_S[:2]), hearing("lidar", stamps_s=late))
    assert found.cause == "no_overlap"
    assert found.mend.startswith("let camera and lidar stamp by one clock")


def test_the_stream_that_is_farthest_off_gives_the_gap(hearing):
    streams = [hearing(stamps_s=STEPS_S), hearing("depth", stamps_s=STEPS_S)]
    streams.append(hearing("lidar", stamps_s=[at_s + 100.0 for at_s in STEPS_S]))
    (found,) = judge_pairs(streams, NodeConfig())
    assert "nearest gap 99.100 s" in found.message


def test_one_stream_alone_makes_no_pairs_to_judge(hearing):
    assert list(judge_pairs([hearing(), hearing("camera_info")], NodeConfig())) == []
    assert list(judge_pairs([hearing(), hearing("depth", stamps_s=())], NodeConfig())) == []


def test_pairs_are_counted_by_the_rule_of_the_node(hearing):
    fast = [0.05 * number for number in range(20)]
    streams = [hearing(stamps_s=fast), hearing("depth", stamps_s=STEPS_S)]
    assert count_pairs(streams, 15_000_000, 10) == 10


def test_the_nearest_gap_is_found_in_either_direction():
    assert nearest_gap_s([1_000_000_000, 5_000_000_000], [4_900_000_000]) == pytest.approx(0.1)
