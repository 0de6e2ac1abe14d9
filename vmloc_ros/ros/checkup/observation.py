"""What the doctor heard: plain values, without ROS."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vmloc_ros.ros.checkup.requirements import Wanted


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publisher of a topic."""

    node: str
    """Full name."""
    message_type: str
    reliability: str
    """As ROS names it, such as "BEST_EFFORT"."""
    conflict: str = ""
    """Why its quality of service does not fit what the node asks for, empty where it does."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message when it arrived."""

    steady_s: float
    """By the steady clock."""
    stamp_ns: int
    """Of its header; 0 where it has none."""
    wall_ns: int
    """By the machine's clock."""
    sim_ns: int | None = None
    """By /clock, where it is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One message, looked into."""

    frame_id: str = ""
    what: str = ""
    """Size and encoding, such as "640×480 rgb8"."""
    size: tuple[int, int] | None = None
    """Width and height of the picture, or of the one that a camera_info belongs to."""
    problem: str = ""
    """Why it cannot be used."""
    empty: str = ""
    """What it lacks though it is well formed, such as "no pixel holds a depth"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """One topic over the listening time."""

    wanted: Wanted
    """With the full name of the topic."""
    publishers: tuple[Publisher, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    sample: Sample | None = None
    """The last message, None where none came."""

    @property
    def stamps_ns(self) -> tuple[int, ...]:
        """The stamps that are set, in the order of their arrival."""
        return tuple(arrival.stamp_ns for arrival in self.arrivals if arrival.stamp_ns > 0)

    @property
    def rate_hz(self) -> float | None:
        """Messages per second; None before two came."""
        if len(self.arrivals) < 2:
            return None
        span_s = self.arrivals[-1].steady_s - self.arrivals[0].steady_s
        return (len(self.arrivals) - 1) / span_s if span_s > 0.0 else None


@dataclass(frozen=True, slots=True)
class Status:
    """One status of /diagnostics."""

    name: str
    node: str
    """Full name of the node that reports (its hardware_id)."""
    level: int
    """0 OK, 1 WARN, 2 ERROR, 3 STALE."""
    message: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Who is there."""

    nodes: tuple[str, ...] = ()
    """Full names of the other nodes."""
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Types of every topic that somebody publishes."""
    clock_publishers: int = 0
    clock_ticks: int = 0
    """Messages on /clock while listening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAnswers:
    """What the running node says of itself."""

    name: str
    """Full name."""
    state: str = ""
    """Label of the lifecycle state; empty where it did not answer."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Empty where it did not answer."""
    served: Mapping[str, str] = field(default_factory=dict)
    """Full names of the topics that it subscribes to, by stream; empty while it is not active."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """Whether tf knows the way between camera and body."""

    is_installed: bool
    """tf2_ros is there."""
    is_known: bool = False
    reason: str = ""
    """Why it is not known, in the words of tf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Everything that was heard."""

    listened_s: float
    graph: Graph
    hearings: tuple[Hearing, ...]
    statuses: tuple[Status, ...] = ()
    """The last of each name."""
    bundle_frame: str = ""
    """Optical frame of the bundle, empty where none is known."""
    transform: Transform = Transform(is_installed=False)

    @property
    def camera_frame(self) -> str:
        """The frame_id of the first camera, that of the bundle where none was heard.

        A lidar's does not count: whose pose the bundle gives, its messages do not say.
        """
        heard = [one for one in self.hearings if one.sample and one.wanted.stream != "lidar"]
        frames = (one.sample.frame_id for one in heard if one.sample)
        return next(filter(None, frames), self.bundle_frame)

    def with_transform(self, transform: Transform) -> "Observation":
        """Return a copy with what tf says."""
        return replace(self, transform=transform)
