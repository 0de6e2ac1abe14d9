"""What can be wrong with the stamps of the messages."""

from vmloc_ros.causes.cause import Cause, Level
from vmloc_ros.causes.thresholds import (
    FEWEST_MESSAGES,
    FORGIVEN_UNMATCHED,
    UNMATCHED_SHARE,
    WIDE_GAP_SHARE,
)

SYNC = (
    Cause(
        key="no_overlap",
        status="sync",
        level=Level.ERROR,
        message="stamps of {streams} never meet: nearest gap {gap}, sync_slop_s is {slop_s:.3f} s",
        when=f"All streams arrive, at least {FEWEST_MESSAGES} messages of each lately, and no two "
        "of them made a pair.",
        why="Either the two drivers stamp by different clocks (gap of seconds and more: one uses "
        "the time since boot, a device clock or another computer's), or the cameras are triggered "
        "out of step (gap of part of a period, larger than `sync_slop_s`), or `sync: exact` is "
        "set and the stamps are not equal.",
        mend="- Compare `ros2 topic echo --once --field header.stamp` of both topics.\n"
        "- Gap of seconds: mend the clocks. `chronyc tracking` on both computers; let the driver "
        "use the system's time (RealSense: `global_time_enabled`).\n"
        "- Gap of milliseconds: set `sync_slop_s` a little above the gap, below half the period "
        "of the slower camera, or switch on the driver's own synchronisation (RealSense: "
        "`enable_sync`).\n"
        "- A lidar: its rate does not matter, a sweep goes to the nearest image. A gap of seconds "
        "is one of clocks (Ouster: `timestamp_mode` TIME_FROM_PTP_1588 with PTP on the computer, "
        "else TIME_FROM_ROS_TIME); with `sync: exact` nothing fits.",
    ),
    Cause(
        key="unmatched",
        status="sync",
        level=Level.WARN,
        message="{topic}: {percent:.0f} % of the messages lately found no partner",
        when=f"Pairs are made, and of every stream more than {UNMATCHED_SHARE * 100:.0f} % of "
        f"the messages lately were let go without a partner, {FORGIVEN_UNMATCHED} aside. The "
        "stream with the fewest is named; that the faster one of two streams leaves some, as a "
        "camera beside a slower lidar does, is no fault.",
        why="The streams are not in step: gaps around `sync_slop_s`, messages lost in one of the "
        "streams, or one that arrives so late that its partners have left the queue.",
        mend="- `gap_p95_s` and `nearest_gap_s` of the status say how far the stamps are apart: "
        "raise `sync_slop_s`, below half the period of the slower camera.\n"
        "- `ros2 topic delay` on both topics: does one lag by more than `sync_queue` messages? "
        "Raise `sync_queue`. A lidar lags by a whole turn, and longer where its driver is slow.\n"
        "- See [messages_lost](#messages_lost).",
    ),
    Cause(
        key="wide_gaps",
        status="sync",
        level=Level.WARN,
        message="stamps within the pairs differ by {gap_p95_s:.3f} s (95th percentile), "
        "close to sync_slop_s {slop_s:.3f} s",
        when=f"The 95th percentile of the gaps between cameras is above {WIDE_GAP_SHARE:g} × "
        "`sync_slop_s`. That of a lidar, which turns at its own pace, is no fault.",
        why="The cameras are not triggered together. The robot moves between the two exposures, "
        "and the next pairs may miss the limit altogether.",
        mend="Switch on hardware or driver synchronisation. Where there is none and the robot is "
        "slow, raise `sync_slop_s`, below half the period of the slower camera: at 1 m/s a gap of "
        "15 ms is 1.5 cm.",
    ),
    Cause(
        key="clock_skew",
        status="sync",
        level=Level.WARN,
        message="images arrive with an age of {age_s:.2f} s by the node's clock, "
        "more than clock_skew_s {limit_s:.2f} s off",
        when="The age of the newest image at its arrival is beyond ± `clock_skew_s`.",
        why="A bag is played and the node does not use its clock (the age is that of the bag); "
        "camera and node run on computers whose clocks differ (a negative age is an image from "
        "the future); or the images really are that late. Poses carry the image's stamp, so tf "
        "and every filter behind will misplace them.",
        mend="- Bag: play with `--clock` and start the node with `use_sim_time:=true`.\n"
        "- Two computers: `chronyc tracking` on both; the offset belongs below a millisecond.\n"
        "- `ros2 topic delay /camera/image` on the camera's computer: large there too? The "
        "driver's buffers or its clock.",
    ),
    Cause(
        key="time_jumped",
        status="sync",
        level=Level.OK,
        message="time jumped lately ({jumps} ×): what was remembered is forgotten",
        when="Lately the stamps ran back by more than a second, or the ROS clock jumped.",
        why="A bag began anew (`--loop`), or a simulation was reset. The node forgets the messages "
        "that wait, the last pose and its gate, and starts over: no fault.",
        mend="Nothing, unless it happens on a robot: then something sets the clock. "
        "`journalctl -u chrony -u systemd-timesyncd` tells.",
    ),
)
