import re
from dataclasses import replace

import pytest

from vmloc_ros.causes import CAUSES, STATUSES, Level
from vmloc_ros.interface import DIAGNOSTIC_KEYS
from vmloc_ros.ros.diagnosis import diagnose
from vmloc_ros.ros.diagnosis.history import History
from vmloc_ros.ros.snapshot import (
    ClockHealth,
    LocalizationHealth,
    ModelHealth,
    PairingHealth,
    Snapshot,
    StageTimes,
    StreamHealth,
    TransformHealth,
)
from vmloc_ros.ros.worker import WorkerCounters

IMAGE = "sensor_msgs/msg/Image"
WELL = Snapshot(
    model=ModelHealth(
        state="active",
        bundle="bundle",
        digest="0123abcd",
        device="cpu",
        modalities=("rgb", "depth"),
        trained_on="kitchen",
    ),
    active_s=10.0,
    clock=ClockHealth(uses_sim_time=True, ticks=True, publishers=1, age_s=0.02),
    streams={
        name: StreamHealth(
            topic=topic, message_type=IMAGE, publishers=1, received=300, silent_s=0.01, rate_hz=30.0
        )
        for name, topic in (("rgb", "/camera/image"), ("depth", "/depth/image"))
    },
    pairing=PairingHealth(slop_s=0.015, matched=300, gap_p95_s=0.002),
    worker=WorkerCounters(offered=300, delivered=295, dropped=5),
    stages={
        "sensor_age": StageTimes(mean=20.0, median=20.0, p95=25.0, max=30.0),
        "decode": StageTimes(mean=3.0, median=3.0, p95=4.0, max=5.0),
        "inference": StageTimes(mean=40.0, median=40.0, p95=50.0, max=60.0),
    },
    localization=LocalizationHealth(
        expected=("rgb", "depth"),
        present=("rgb", "depth"),
        expert_share={"rgb": 0.5, "depth": 0.4, "prior": 0.1},
        novelty={"rgb": 0.4, "depth": 0.3},
        position_sigma_m=0.05,
        rotation_sigma_deg=1.5,
        published=290,
        rejected={"novel": 2},
        fix_age_s=0.1,
    ),
    transforms=TransformHealth(mode="map_to_odom", extrinsic="tf", broadcasts=200),
)


def stream(name="depth", **changes):
    return {"streams": WELL.streams | {name: replace(WELL.streams[name], **changes)}}


def silent(**changes):
    return stream(silent_s=1.5, **changes)


def every_stream(**changes):
    return {"streams": {name: replace(one, **changes) for name, one in WELL.streams.items()}}


def part(name, **changes):
    return {name: replace(getattr(WELL, name), **changes)}


def rejections(reason, count=100, detail="1.8 times the limit", **changes):
    return part(
        "localization",
        published=290,
        rejected={reason: count},
        last_rejection=(reason, detail),
        **changes,
    )


FAULTS = {
    "no_publisher": (
        silent(publishers=0),
        "/depth/image has no publisher (sensor_msgs/msg/Image expected)",
    ),
    "wrong_type": (
        silent(publishers=0, other_types=("sensor_msgs/msg/CompressedImage",)),
        (
            "/depth/image is published as sensor_msgs/msg/CompressedImage, the node reads "
            "sensor_msgs/msg/Image"
        ),
    ),
    "mixed_types": (
        stream(other_types=("std_msgs/msg/String",)),
        "/depth/image is also published as std_msgs/msg/String, of which the node reads nothing",
    ),
    "incompatible_qos": (
        silent(incompatible=1),
        "/depth/image: the QoS of 1 publishers offers less than the node asks for",
    ),
    "publisher_unheard": (
        stream(incompatible=1, publishers=2),
        (
            "/depth/image: 1 of 2 publishers are not heard, their QoS offers less than the node "
            "asks for"
        ),
    ),
    "publisher_silent": (
        silent(),
        "/depth/image has been silent for 1.5 s, publishers: 1",
    ),
    "too_seldom": (
        stream(missing=True, rate_hz=1.0, silent_s=0.8),
        "/depth/image comes too seldom to make pairs: 1.0 Hz",
    ),
    "zero_stamps": (
        stream(zero_stamp=4),
        "/depth/image: 4 messages lately without a time stamp",
    ),
    "out_of_order": (
        stream(out_of_order=7, publishers=2),
        "/depth/image: 7 messages lately were not newer than the one before, publishers: 2",
    ),
    "messages_lost": (
        stream(lost=9),
        "/depth/image: the transport lost 9 messages lately",
    ),
    "undecodable": (
        stream(undecodable=3, decode_error="encoding 'yuv422' is not known"),
        "/depth/image: 3 messages lately cannot be decoded: encoding 'yuv422' is not known",
    ),
    "message_errors": (
        stream(crashed=2),
        "/depth/image: 2 messages lately ended in an unexpected error",
    ),
    "no_clock": (
        part("clock", ticks=False, publishers=0),
        "use_sim_time is set and /clock has no publisher",
    ),
    "clock_silent": (
        part("clock", ticks=False),
        "use_sim_time is set and the time of /clock stands still, publishers: 1",
    ),
    "no_overlap": (
        part("pairing", matched=0, nearest_gap_s=0.2),
        (
            "stamps of /camera/image and /depth/image never meet: nearest gap 0.200 s, "
            "sync_slop_s is 0.015 s"
        ),
    ),
    "unmatched": (
        every_stream(unmatched=75),
        "/camera/image: 25 % of the messages lately found no partner",
    ),
    "wide_gaps": (
        part("pairing", gap_p95_s=0.013),
        "stamps within the pairs differ by 0.013 s (95th percentile), close to sync_slop_s 0.015 s",
    ),
    "clock_skew": (
        part("clock", age_s=-2.0),
        (
            "images arrive with an age of -2.00 s by the node's clock, more than clock_skew_s "
            "1.00 s off"
        ),
    ),
    "time_jumped": (
        part("pairing", resets=1),
        "time jumped lately (1 ×): what was remembered is forgotten",
    ),
    "inference_errors": (
        part("worker", crashed=2) | {"worker_error": "RuntimeError: out of memory"},
        "2 frames lately ended in an unexpected error: RuntimeError: out of memory",
    ),
    "frames_skipped": (
        part("worker", rejected=2),
        "2 frames lately could not be localised",
    ),
    "backpressure": (
        part("worker", offered=300, delivered=100, dropped=200),
        "200 of 300 pairs lately gave way to newer ones, 100 were served",
    ),
    "slow": (
        {
            "stages": WELL.stages
            | {"inference": StageTimes(mean=600.0, median=600.0, p95=700.0, max=900.0)}
        },
        (
            "a pose takes 603 ms inside the node, allowed are 500 ms; longest stage: inference "
            "(600 ms)"
        ),
    ),
    "lost": (
        rejections("novel", fix_age_s=3.0),
        (
            "no pose for 3.0 s, fix_timeout_s is 1.0 s: the last estimate was refused, novel: 1.8 "
            "times the limit"
        ),
    ),
    "no_fix_yet": (
        part("localization", published=0, present=(), fix_age_s=None)
        | {"worker": WorkerCounters()},
        (
            "no pose in the 10 s since the activation: no pair of images came, see the statuses "
            "input and sync"
        ),
    ),
    "sensor_needed": (
        stream(missing=True) | part("pairing", obstacle="on_missing_modality is stop"),
        "no poses without depth: on_missing_modality is stop",
    ),
    "degraded": (
        part("localization", present=("rgb",), dropped={"depth": "silent for 0.7 s"}),
        "poses come from rgb alone, without depth (silent for 0.7 s)",
    ),
    "not_finite": (
        rejections("not_finite", detail=""),
        "26 % of the estimates lately are not finite",
    ),
    "novel": (
        rejections("novel"),
        "26 % of the estimates lately: the images are unlike the training's: 1.8 times the limit",
    ),
    "disagreement": (
        rejections("disagreement"),
        "26 % of the estimates lately: the sensors name different places: 1.8 times the limit",
    ),
    "outside_map": (
        rejections("outside_map"),
        "26 % of the estimates lately lie outside the map: 1.8 times the limit",
    ),
    "jump": (
        rejections("jump"),
        "26 % of the estimates lately contradict the odometry: 1.8 times the limit",
    ),
    "no_extrinsic": (
        part("transforms", missing="no transform from 'cam' to 'base_link'"),
        "the place of the camera on the robot is not known: no transform from 'cam' to 'base_link'",
    ),
    "no_odometry": (
        part("transforms", odometry_missing="/odom: no message"),
        "no odometry at the image's stamp: /odom: no message",
    ),
    "no_lidar_motion": (
        part("transforms", lidar_motion_missing="there is no odometry yet"),
        "the lidar's motion is not known, its points are taken as seen: there is no odometry yet",
    ),
    "tf_conflict": (
        part("transforms", conflict="odom already has the parent 'world'"),
        "map_to_odom is not broadcast: odom already has the parent 'world'",
    ),
    "no_broadcast": (
        part("localization", fix_age_s=3.0),
        "map_to_odom is not broadcast: the last pose is 3.0 s old",
    ),
    "configure_failed": (
        {"model": ModelHealth(state="unconfigured", failure="no such\nfolder")},
        "the node could not be configured: no such folder",
    ),
    "activate_failed": (
        {"model": ModelHealth(state="inactive", failure="no such topic")},
        "the node could not be activated: no such topic",
    ),
    "reload_failed": (
        part("model", failure="damaged"),
        "the new bundle was not taken over, the former one stays at work: damaged",
    ),
    "not_configured": (
        {"model": ModelHealth(state="unconfigured")},
        "the node is not configured: no model is loaded and nothing is localised",
    ),
    "inactive": (
        {"model": ModelHealth(state="inactive")},
        "the node is inactive: the model is loaded and nothing is localised",
    ),
    "finalized": (
        {"model": ModelHealth(state="finalized")},
        "the node is shut down and has to be started anew",
    ),
    "in_transition": (
        {"model": ModelHealth(state="configuring")},
        "the node is configuring",
    ),
}
"""What is changed in the healthy snapshot, and the message that is expected."""


def causes(now, before=None):
    return {key for report in diagnose(now, before) for key in report.causes}


def with_faults(*keys):
    return replace(WELL, **{name: value for key in keys for name, value in FAULTS[key][0].items()})


def test_every_cause_of_the_catalogue_can_be_raised():
    assert set(FAULTS) == set(CAUSES)


def test_a_healthy_node_has_six_good_reports():
    reports = diagnose(WELL)
    assert tuple(report.name for report in reports) == STATUSES
    assert {report.level for report in reports} == {Level.OK}
    assert [report.message for report in reports] == [
        "rgb 30.0 Hz, depth 30.0 Hz",
        "30.0 pairs/s",
        "43 ms a frame",
        "rgb+depth, 29.0 poses/s, σ 0.050 m 1.50°",
        "extrinsic from tf",
        "active, rgb+depth on cpu",
    ]
    assert causes(WELL) == set()


@pytest.mark.parametrize("key", FAULTS)
def test_a_fault_is_named_in_its_status_with_its_level(key):
    changes, message = FAULTS[key]
    by_name = {report.name: report for report in diagnose(replace(WELL, **changes))}
    report = by_name[CAUSES[key].status]
    assert {finding.message for finding in report.findings if finding.cause.key == key} == {message}
    assert report.level >= CAUSES[key].level
    assert key in report.values["causes"].split(", ")


@pytest.mark.parametrize("key", sorted(set(FAULTS) - {"lost"}))
def test_a_fault_raises_nothing_else_in_its_status(key):
    by_name = {report.name: report for report in diagnose(with_faults(key))}
    report = by_name[CAUSES[key].status]
    assert report.causes == (key,)
    assert (report.level, report.message) == (CAUSES[key].level, FAULTS[key][1])


@pytest.mark.parametrize("key", FAULTS)
def test_a_fault_that_is_over_is_not_named_any_more(key):
    broken = replace(with_faults(key), active_s=5.0)
    assert key in causes(broken)
    mended = replace(WELL, active_s=10.0, **counted_further(broken))
    assert causes(mended, before=broken) == set()


def counted_further(broken):
    """The counters of a broken node, after five seconds in which everything went well."""
    if broken.model.state != "active":
        return {}
    streams = {
        name: replace(
            WELL.streams[name],
            received=one.received + 150,
            unmatched=one.unmatched,
            zero_stamp=one.zero_stamp,
            out_of_order=one.out_of_order,
            lost=one.lost,
            undecodable=one.undecodable,
            crashed=one.crashed,
        )
        for name, one in broken.streams.items()
    }
    worker, pairing, poses = broken.worker, broken.pairing, broken.localization
    return {
        "streams": streams,
        "pairing": replace(WELL.pairing, matched=pairing.matched + 150, resets=pairing.resets),
        "worker": replace(worker, offered=worker.offered + 150, delivered=worker.delivered + 150),
        "localization": replace(
            WELL.localization, published=poses.published + 150, rejected=poses.rejected
        ),
    }


def test_the_worst_cause_speaks_and_the_others_are_listed():
    now = replace(
        WELL,
        streams={
            "rgb": replace(WELL.streams["rgb"], lost=9),
            "depth": replace(WELL.streams["depth"], silent_s=1.5, publishers=0),
        },
    )
    report = diagnose(now)[0]
    assert report.level is Level.ERROR
    assert report.message.startswith("/depth/image has no publisher")
    assert report.causes == ("no_publisher", "messages_lost")
    assert report.values["causes"] == "no_publisher, messages_lost"
    assert report.values["also"] == "/camera/image: the transport lost 9 messages lately"


def test_two_topics_may_have_the_same_fault():
    now = replace(WELL, **every_stream(publishers=0, silent_s=2.0))
    report = diagnose(now)[0]
    assert report.causes == ("no_publisher", "no_publisher")
    assert report.values["causes"] == "no_publisher"
    assert [finding.subject for finding in report.findings] == ["/camera/image", "/depth/image"]


def test_a_stream_is_silent_after_one_second_and_not_before():
    waiting = {"received": 0, "rate_hz": None, "publishers": 0}
    assert causes(replace(WELL, **stream(silent_s=0.95, **waiting))) == set()
    assert causes(replace(WELL, **stream(silent_s=1.05, **waiting))) == {"no_publisher"}


@pytest.mark.parametrize(
    ("rate_hz", "silent_s", "expected"),
    [
        (1.0, 2.9, set()),
        (1.0, 3.1, {"publisher_silent"}),
        (0.01, 4.9, set()),
        (0.01, 5.1, {"publisher_silent"}),
    ],
)
def test_a_slow_sensor_has_three_periods_and_at_most_five_seconds(rate_hz, silent_s, expected):
    now = replace(WELL, **stream(rate_hz=rate_hz, silent_s=silent_s))
    assert causes(now) == expected


def test_streams_that_do_not_meet_are_not_blamed_on_their_stamps_while_one_is_silent():
    now = replace(with_faults("no_overlap"), **silent(publishers=0))
    assert causes(now) == {"no_publisher"}


def test_nobody_is_blamed_for_a_lack_of_pairs_in_the_first_second():
    assert causes(replace(with_faults("no_overlap"), active_s=0.9)) == set()


def test_messages_that_the_faster_stream_has_left_over_are_no_fault():
    assert causes(replace(WELL, **stream("rgb", received=600, unmatched=300))) == set()


def test_the_first_sweeps_of_a_lidar_whose_rate_is_not_known_yet_are_no_fault():
    started = every_stream(received=13, unmatched=3)
    assert causes(replace(WELL, active_s=1.3, **started)) == set()
    assert causes(replace(WELL, active_s=1.3, **every_stream(received=13, unmatched=6))) == {
        "unmatched"
    }


def test_a_model_of_one_sensor_needs_no_partners():
    now = replace(with_faults("no_overlap"), streams={"rgb": WELL.streams["rgb"]})
    assert causes(now) == set()


def test_a_clock_that_stands_still_is_not_called_skewed_too():
    now = replace(WELL, **part("clock", ticks=False, age_s=1.7e9))
    assert causes(now) == {"clock_silent"}


def test_a_message_that_cannot_be_decoded_is_told_once():
    now = replace(with_faults("undecodable"), **part("worker", rejected=3))
    assert causes(now) == {"undecodable"}


@pytest.mark.parametrize(("dropped", "expected"), [(145, set()), (155, {"backpressure"})])
def test_dropped_pairs_are_a_fault_once_they_are_more_than_those_served(dropped, expected):
    now = replace(WELL, worker=WorkerCounters(offered=300, delivered=150, dropped=dropped))
    assert causes(now) == expected


def test_a_few_dropped_pairs_at_the_start_are_no_fault():
    now = replace(WELL, worker=WorkerCounters(offered=16, delivered=1, dropped=15))
    assert causes(now) == set()


@pytest.mark.parametrize(("count", "expected"), [(70, set()), (75, {"novel"})])
def test_refused_estimates_are_a_fault_from_a_fifth_of_all(count, expected):
    assert causes(replace(WELL, **rejections("novel", count))) == expected  # beside 290 published


def test_nobody_is_blamed_for_the_lack_of_a_pose_in_the_first_two_seconds():
    first = part("localization", published=0, present=(), fix_age_s=None)
    assert causes(replace(WELL, active_s=1.9, **first)) == set()
    assert causes(replace(WELL, active_s=2.1, **first)) == {"no_fix_yet", "no_broadcast"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (FAULTS["no_extrinsic"][0], "the place of the camera is not known (no transform from"),
        ({"worker": WorkerCounters(offered=9, rejected=9)}, "no frame could be localised"),
        ({}, "the next one is under way"),
    ],
)
def test_a_lost_robot_says_what_it_lacks(changes, reason):
    now = replace(WELL, **part("localization", fix_age_s=3.0), **changes)
    assert f"fix_timeout_s is 1.0 s: {reason}" in diagnose(now)[3].message


def test_an_absent_sensor_is_named_even_if_nobody_says_why():
    now = replace(WELL, **part("localization", present=("rgb",)))
    assert diagnose(now)[3].message == "poses come from rgb alone, without depth (absent)"


@pytest.mark.parametrize("state", ["unconfigured", "inactive", "deactivating"])
def test_of_a_node_that_is_not_active_only_the_model_says_something(state):
    reports = diagnose(Snapshot(model=ModelHealth(state=state)))
    assert [report.level for report in reports[:-1]] == [Level.STALE] * 5
    assert {report.message for report in reports[:-1]} == {f"the node is {state}"}
    assert reports[-1].level is not Level.STALE


def test_what_was_counted_is_named_for_five_seconds_and_no_longer():
    history = History()
    named = []
    for tick in range(48):
        now_s = 0.25 * tick
        # Three messages without a stamp within the first two seconds.
        now = replace(WELL, active_s=now_s, **stream(zero_stamp=min(tick // 2, 3)))
        named.append("zero_stamps" in causes(now, history.add(100.0 + now_s, now)))
    assert named == [False] * 2 + [True] * 24 + [False] * 22  # 6.5 s is 5 s after the last at 1.5 s


def test_a_new_activation_is_not_compared_with_the_one_before():
    history = History()
    for tick in range(24):
        history.add(0.25 * tick, replace(WELL, active_s=0.25 * tick))
    anew = replace(with_faults("zero_stamps"), active_s=0.1)
    assert history.add(6.0, anew) is None
    assert "zero_stamps" in causes(anew)


def test_a_counter_that_began_anew_counts_from_zero():
    before = replace(WELL, **stream(zero_stamp=100))
    now = replace(WELL, **stream(zero_stamp=4))
    assert "4 messages" in diagnose(now, before)[0].message


def test_rates_are_those_of_the_last_seconds():
    before = replace(WELL, active_s=5.0)
    now = replace(
        WELL,
        active_s=10.0,
        **part("pairing", matched=400),
        **part("worker", offered=350, dropped=10),
        **part("localization", published=340),
    )
    values = {
        key: value for report in diagnose(now, before) for key, value in report.values.items()
    }
    assert values["pair_rate_hz"] == "20.0"
    assert values["dropped_rate_hz"] == "1.0"
    assert values["pose_rate_hz"] == "10.0"


def test_a_silent_stream_shows_no_rate():
    assert diagnose(with_faults("publisher_silent"))[0].values["depth.rate_hz"] == "0.0"


def test_every_key_that_is_reported_is_documented_and_the_other_way_round():
    now = replace(WELL, **rejections("jump", dropped={"depth": "novel"}))
    unused = set(DIAGNOSTIC_KEYS)
    for report in diagnose(now):
        for key in report.values:
            fitting = [one for one in DIAGNOSTIC_KEYS if fits(one, report.name, key)]
            assert fitting, f"{report.name}: {key} is not documented"
            unused -= set(fitting)
    assert unused == set()


def fits(documented, status, key):
    """Whether a key is one of those documented: <sensor> and its like stand for a name."""
    form = re.sub(r"<\w+>", "[a-z_]+", re.escape(documented.key))
    return documented.status in (None, status) and re.fullmatch(form, key) is not None
