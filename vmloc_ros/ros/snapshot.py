"""What the node knows of itself at one moment. The diagnosis reads this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmloc_ros.ros.worker import WorkerCounters


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamHealth:
    """One input, since the node became active."""

    topic: str
    """Full name."""
    message_type: str
    """What the node subscribes to, as "sensor_msgs/msg/Image"."""
    publishers: int
    """Publishers of that type at this moment."""
    other_types: tuple[str, ...] = ()
    """Types of the publishers that offer something else on the topic."""
    incompatible: int = 0
    """Publishers at this moment whose QoS offers less than is asked for: not received."""
    lost: int = 0
    """Messages that the transport reported as lost."""
    crashed: int = 0
    """Messages lost to an exception that nobody expected."""
    received: int = 0
    unmatched: int = 0
    """Let go without a partner."""
    partial: int = 0
    """Went into a set without the streams that were missing."""
    missing: bool = False
    """The other streams have been coming without it for `modality_timeout_s`."""
    zero_stamp: int = 0
    """Refused: their driver sets no time."""
    out_of_order: int = 0
    silent_s: float = 0.0
    """Since the last message, or since the activation where none came, by the steady clock."""
    rate_hz: float | None = None
    """Over the last messages; None before two of them."""
    undecodable: int = 0
    """Messages that could not be decoded."""
    decode_error: str = ""
    """Why the last one could not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingHealth:
    """How the streams fit together."""

    slop_s: float
    matched: int = 0
    resets: int = 0
    """Jumps back in time."""
    gap_p95_s: float | None = None
    """95th percentile of the differences of stamps between the cameras of the last pairs."""
    sweep_reach_s: float | None = None
    """How far a sweep may be from its image, by the rates as they are; None without a lidar."""
    sweep_gap_p95_s: float | None = None
    """95th percentile of the differences between image and sweep of the last pairs."""
    nearest_gap_s: float | None = None
    """Smallest difference of stamps among the messages that found no partner lately."""
    obstacle: str = ""
    """Why the missing streams are waited for all the same; empty where none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockHealth:
    """The node's clock against the stamps."""

    uses_sim_time: bool = False
    ticks: bool = True
    """False while use_sim_time is set and the time stands still."""
    publishers: int = 0
    """Publishers of /clock."""
    age_s: float | None = None
    """Age of the newest image when it arrived; negative: from the future."""
    limit_s: float = 1.0
    """`clock_skew_s`."""
    jumps: int = 0
    """Jumps of the ROS clock that cleared the node's memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """Durations of one stage over the last window, milliseconds."""

    mean: float
    median: float
    p95: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalizationHealth:
    """What became of the estimates."""

    expected: tuple[str, ...]
    """Modalities of the model."""
    present: tuple[str, ...] = ()
    """Those that took part in the last published pose."""
    dropped: Mapping[str, str] = field(default_factory=dict)
    """Those that did not take part in the last estimate, and why."""
    expert_share: Mapping[str, float] = field(default_factory=dict)
    """Share of each expert in the last published pose, the prior's included."""
    novelty: Mapping[str, float] = field(default_factory=dict)
    """Distance of the last image of each modality to the training images, 1 is the limit."""
    position_sigma_m: float | None = None
    rotation_sigma_deg: float | None = None
    published: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Estimates that were not published, by reason."""
    consecutive_rejected: int = 0
    last_rejection: tuple[str, str] | None = None
    """Reason and detail, of the last estimate where it was rejected."""
    fix_age_s: float | None = None
    """Time since the last published pose, by the steady clock; None before the first."""
    fix_timeout_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformHealth:
    """Extrinsic, odometry and the broadcast."""

    mode: str = "none"
    extrinsic: str = ""
    """Where the extrinsic comes from: "parameter", "tf" or "camera" (base_frame is empty)."""
    missing: str = ""
    """Why there is no extrinsic yet; names both frames."""
    odometry_missing: str = ""
    """Why there is no odometry at the image's stamp, where it was asked for."""
    lidar_motion_missing: str = ""
    """Why the last cloud was not brought to its image, where its points have times or it is one of
    several."""
    conflict: str = ""
    """Who else owns the transform that would be broadcast."""
    broadcasts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHealth:
    """The node's life and its model."""

    state: str
    """Label of the lifecycle state."""
    failure: str = ""
    """Why the last transition (or reload) failed; empty after a success."""
    bundle: str = ""
    digest: str = ""
    """First digits of the SHA-256 of the weights."""
    device: str = ""
    modalities: tuple[str, ...] = ()
    trained_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything at one moment. What only an active node has is None or empty before."""

    model: ModelHealth
    active_s: float = 0.0
    """Since the activation, by the steady clock; 0 before."""
    clock: ClockHealth = field(default_factory=ClockHealth)
    streams: Mapping[str, StreamHealth] = field(default_factory=dict)
    """By modality."""
    pairing: PairingHealth | None = None
    worker: WorkerCounters | None = None
    worker_error: str = ""
    """Why the last frame that was not served could not be."""
    stages: Mapping[str, StageTimes] = field(default_factory=dict)
    """By stage: sensor_age, queue, decode, preprocess, inference, publish."""
    localization: LocalizationHealth | None = None
    transforms: TransformHealth | None = None
