"""`find_motion_topic`: which topic of a bag tells how the lidar moved."""

import logging
from collections.abc import Mapping

from training.recordings.lidar_options import AUTO, NONE, TRUTH, LidarOptions
from training.recordings.topics import TRANSFORMS, describe
from training.recordings.truth_source import TruthSource
from vmloc_ros.errors import RecordingError

logger = logging.getLogger(__name__)

ODOMETRY = "nav_msgs/msg/Odometry"
IMU = "sensor_msgs/msg/Imu"


def find_motion_topic(options: LidarOptions, types: Mapping[str, str], truth: str, bag: str) -> str:
    """Return `TRUTH`, a topic, perhaps with `:FRAME`, or an empty text for none.

    Args:
        options: what is asked for.
        types: the message type of each topic in the bag.
        truth: the ground truth that is in use; empty for none.
        bag: named in errors.

    Raises:
        RecordingError: the topic that was named cannot be used, or several could be meant.
    """
    if options.motion == NONE:
        return ""
    if options.motion == TRUTH:
        return _truth(truth, bag)
    if options.motion != AUTO:
        return _named(options.motion, types, bag)
    found = _only(ODOMETRY, types, truth, bag)
    if not found and options.sweeps == 1:  # a gyroscope cannot put sweeps together
        found = _only(IMU, types, truth, bag)
    return found or (TRUTH if truth and options.may_use_truth else "")


def _truth(truth: str, bag: str) -> str:
    if not truth:
        raise RecordingError(f"{bag}: no ground truth that could tell of the lidar's motion")
    return TRUTH


def _named(motion: str, types: Mapping[str, str], bag: str) -> str:
    topic = TruthSource(motion).topic
    if types.get(topic) in (ODOMETRY, IMU, TRANSFORMS):
        return motion
    what = f"is {types[topic]}" if topic in types else "is not in the bag"
    raise RecordingError(
        f"{bag}: {topic} {what}; the lidar's motion is told by {ODOMETRY}, {IMU}, {TRANSFORMS}, "
        f"or by '{TRUTH}'; {describe(types)}"
    )


def _only(kind: str, types: Mapping[str, str], truth: str, bag: str) -> str:
    """Return the only topic of a type that is neither the truth nor an answer of the localizer."""
    taken = TruthSource(truth).topic
    candidates = [
        name
        for name, one in types.items()
        if one == kind and name != taken and not name.startswith("/vmloc/")
    ]
    if len(candidates) > 1:
        raise RecordingError(
            f"{bag}: which topic tells of the lidar's motion: {', '.join(sorted(candidates))}? "
            f"Name one of them, or '{NONE}'"
        )
    return candidates[0] if candidates else ""
