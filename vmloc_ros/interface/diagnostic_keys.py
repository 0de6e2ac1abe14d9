"""`DiagnosticKey`: a number or word in a status of `/diagnostics`."""

from dataclasses import dataclass

from vmloc_ros.causes import STATUSES, Status


@dataclass(frozen=True, slots=True)
class DiagnosticKey:
    """A key. `<sensor>`, `<stage>`, `<reason>` and `<expert>` stand for one name each."""

    status: Status | None
    """None: of every status."""
    key: str
    meaning: str


COMMON = {
    "causes": "Keys of all causes that were found, the worst first.",
    "also": "Messages of the causes other than the worst, which is the status's own message.",
}

INPUT = {
    "use_sim_time": "Whether the node's time comes from /clock.",
    "clock_publishers": "Publishers of /clock, with `use_sim_time`.",
    "<sensor>.topic": "Full name, after remapping.",
    "<sensor>.type": "Type that the node reads.",
    "<sensor>.rate_hz": "Rate of the last messages; 0 when silent.",
    "<sensor>.silent_s": "Time since the last message, or since the activation.",
    "<sensor>.publishers": "Publishers of that type now.",
    "<sensor>.incompatible": "Publishers now whose QoS offers less than the node asks for.",
    "<sensor>.received": "Messages.",
    "<sensor>.lost": "Messages that DDS reported as lost.",
    "<sensor>.zero_stamp": "Messages refused for lack of a stamp.",
    "<sensor>.out_of_order": "Messages not newer than their predecessor.",
    "<sensor>.undecodable": "Messages that could not be decoded.",
    "<sensor>.failed": "Messages that ended in an unexpected error before that.",
}

SYNC = {
    "pairs": "Sets of messages of all sensors.",
    "pair_rate_hz": "The same per second, lately.",
    "slop_s": "`sync_slop_s`, 0 with `sync: exact`.",
    "gap_p95_s": "95th percentile of the differences between the cameras of the last pairs.",
    "sweep_reach_s": "How far a lidar's sweep may be from its image: half the period of the faster "
    "of the two, as measured.",
    "sweep_gap_p95_s": "95th percentile of the differences between image and sweep of the last "
    "pairs.",
    "nearest_gap_s": "Smallest difference among the messages that found no partner lately.",
    "image_age_s": "Age of the newest image at its arrival, by the node's clock.",
    "image_age_limit_s": "`clock_skew_s`.",
    "resets": "Times that the stamps ran back.",
    "clock_jumps": "Times that the ROS clock jumped.",
    "<sensor>.unmatched": "Messages let go without a partner.",
    "<sensor>.partial": "Messages localised without the sensors that were missing.",
}

INFERENCE = {
    "offered": "Pairs handed to the worker.",
    "delivered": "Pairs with an estimate.",
    "dropped": "Pairs that gave way to a newer one.",
    "dropped_rate_hz": "The same per second, lately.",
    "skipped": "Pairs that could not be served, for a known reason.",
    "failed": "Pairs that ended in an unexpected error.",
    "<stage>_mean_ms": "Mean time of a stage over the last frames. Stages: `sensor_age` (from the "
    "stamp to the arrival), `queue`, `decode`, `preprocess`, `inference`, `publish`.",
    "<stage>_median_ms": "Median of the same.",
    "<stage>_p95_ms": "95th percentile of the same.",
    "<stage>_max_ms": "Largest of the same.",
}

LOCALIZATION = {
    "fusion_mode": "Sensors of the last published pose, as `rgb+depth`.",
    "pose_rate_hz": "Published poses per second, lately.",
    "fix_age_s": "Time since the last published pose.",
    "fix_timeout_s": "Age from which the robot counts as lost.",
    "position_sigma_m": "σ of the last published position, m.",
    "rotation_sigma_deg": "σ of the last published rotation, degrees.",
    "published": "Published poses.",
    "rejected": "Estimates that were refused.",
    "rejected.<reason>": "The same by reason.",
    "consecutive_rejected": "Estimates refused since the last published pose.",
    "last_rejection": "Reason and numbers, where the last estimate was refused.",
    "share.<expert>": "Share of a sensor, or of the prior, in the last published pose.",
    "novelty.<sensor>": "How unlike the training images the last image was; 1 is the limit.",
    "dropped.<sensor>": "Why the sensor had no part in the last estimate.",
}

TF = {
    "mode": "`tf_mode`.",
    "extrinsic": "Where the extrinsic comes from: `parameter`, `tf`, or `camera` where the "
    "camera's own pose is published.",
    "missing": "Why there is no extrinsic.",
    "odometry_missing": "Why there is no odometry.",
    "lidar_motion_missing": "Why the last sweep was not brought to its image.",
    "conflict": "Who else publishes the transform.",
    "broadcasts": "Transforms broadcast.",
}

MODEL = {
    "state": "State of the lifecycle.",
    "bundle": "Folder of the model.",
    "digest": "First digits of the SHA-256 of the weights.",
    "device": "Where the network runs.",
    "modalities": "Sensors of the model.",
    "trained_on": "Recording that it was trained on.",
    "failure": "Why the last transition or reload failed.",
}

_OF_STATUS: dict[Status | None, dict[str, str]] = {
    None: COMMON,
    "input": INPUT,
    "sync": SYNC,
    "inference": INFERENCE,
    "localization": LOCALIZATION,
    "tf": TF,
    "model": MODEL,
}

DIAGNOSTIC_KEYS = tuple(
    DiagnosticKey(status, key, meaning)
    for status in (None, *STATUSES)
    for key, meaning in _OF_STATUS[status].items()
)
"""Every key of every status. Counters are totals since the activation; an unknown value is -."""
