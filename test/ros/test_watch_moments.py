from vmloc_ros.ros.watch_moments import Moments

MS_NS = 1_000_000
SECOND_NS = 1000 * MS_NS


def moments() -> Moments[str]:
    return Moments(("rgb", "depth", "pose"), slop_ns=15 * MS_NS)


def test_a_moment_is_complete_once_every_stream_that_speaks_has_spoken():
    watched = moments()
    watched.add("depth", 0, "d0")
    watched.add("pose", 0, "p0")
    assert watched.add("rgb", 100 * MS_NS, "r1") is None
    assert watched.add("depth", 110 * MS_NS, "d1") is None
    complete = watched.add("pose", 100 * MS_NS, "p1")
    assert complete == {"rgb": "r1", "depth": "d1", "pose": "p1"}


def test_a_pose_may_come_before_its_images():
    watched = moments()
    watched.add("rgb", 0, "r0")
    assert watched.add("pose", 100 * MS_NS, "p1") is None
    assert watched.add("rgb", 100 * MS_NS, "r1") == {"rgb": "r1", "pose": "p1"}


def test_a_stream_that_never_spoke_is_not_waited_for():
    assert moments().add("rgb", 0, "r0") == {"rgb": "r0"}


def test_a_stream_that_fell_silent_is_not_waited_for_after_a_second():
    watched = moments()
    watched.add("pose", 0, "p0")
    assert watched.add("rgb", SECOND_NS, "r1") is None
    assert watched.add("rgb", SECOND_NS + 1, "r2") == {"rgb": "r2"}


def test_the_nearest_message_within_the_slop_is_taken():
    watched = moments()
    for number, stamp_ms in enumerate((86, 94, 109)):
        watched.add("depth", stamp_ms * MS_NS, f"d{number}")
    complete = watched.add("rgb", 100 * MS_NS, "r")
    assert complete == {"rgb": "r", "depth": "d1"}


def test_beyond_the_slop_messages_do_not_belong_together():
    watched = moments()
    watched.add("depth", 84 * MS_NS, "d")
    assert watched.add("rgb", 100 * MS_NS, "r") is None


def test_a_bag_that_begins_anew_begins_anew():
    watched = moments()
    for stream in ("rgb", "depth", "pose"):
        watched.add(stream, 60 * SECOND_NS, stream)
    assert watched.add("rgb", 0, "again") == {"rgb": "again"}
