"""A bag that is played round after round, with the time on /clock."""

import itertools

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")
pytest.importorskip("rosbags", reason="rosbags is not installed")

FRAMES, ROUNDS = 20, 2
SHARE = 0.98


def rounds(stamps_ns):
    """Split stamps where they run back."""
    parts = [[]]
    for before, now in itertools.pairwise([0, *stamps_ns]):
        if now < before:
            parts.append([])
        parts[-1].append(now)
    return parts


def test_each_round_of_a_bag_gets_as_many_poses_as_the_first(
    peer, health, start, start_node, wait, make_bag
):
    peer.listen_to_path()
    node = start_node(use_sim_time="true")
    wait(peer.is_matched)
    player = start("player", make_bag(FRAMES), "--loop")
    wait(lambda: len(rounds(peer.stamps_ns())) > ROUNDS)
    wait(lambda: "time_jumped" in health.causes("sync"))
    health.forget()
    # Just after a jump nothing has been paired yet, and no image has an age.
    wait(lambda: health.values("sync").get("image_age_s", "-") != "-")
    values, stages = health.values("sync"), health.values("inference")
    dropped = int(stages["dropped"])
    assert player.stop() == 0
    first, *others, _ = rounds(peer.stamps_ns())

    # What a busy machine had to drop it has counted; a clock that jumps costs nothing beside.
    assert len(first) >= FRAMES - dropped
    for other in others:
        assert len(other) >= SHARE * len(first) - dropped
    assert int(values["resets"]) >= len(others)
    assert int(values["clock_jumps"]) >= len(others)
    assert max(len(path.poses) for path in peer.paths) <= FRAMES  # begun anew each time
    # The images are as old by the bag's clock as they were when they were recorded.
    assert abs(float(values["image_age_s"])) < 1.0
    assert float(stages["sensor_age_max_ms"]) < 1000.0
    assert health.causes("tf") == []
    assert node.log.count("what was known before is forgotten") >= len(others)
    assert "Traceback" not in node.log
