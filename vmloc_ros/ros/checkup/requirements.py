"""`Requirements`: what the node needs to hear, from its options, parameters and bundle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vmloc_ros.config import NodeConfig
from vmloc_ros.ros.checkup.model_bundle import ModelBundle

CAMERA_INFO = "camera_info"
DEFAULT_SENSORS = ("rgb", "depth")
IMAGE, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
RAW_TYPES: Mapping[str, str] = {
    "rgb": IMAGE,
    "depth": IMAGE,
    "lidar": "sensor_msgs/msg/PointCloud2",
    CAMERA_INFO: "sensor_msgs/msg/CameraInfo",
}
RAW_TOPICS: Mapping[str, str] = {
    "rgb": "camera/image",
    "depth": "depth/image",
    "lidar": "lidar/points",
}
OPTIONS: Mapping[str, str] = {
    "rgb": "--image",
    "depth": "--depth",
    "lidar": "--points",
    CAMERA_INFO: "--camera-info",
}
"""The option that names the topic of a stream."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic that is to be heard."""

    stream: str
    """rgb, depth, lidar or camera_info."""
    topic: str
    """Full name."""
    message_type: str

    @property
    def option(self) -> str:
        """The option of the command line that names it."""
        return OPTIONS[self.stream]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What the node works with."""

    config: NodeConfig
    is_decided: bool = True
    """The parameters are somebody's choice, not the defaults."""
    uses_sim_time: bool = False
    camera_frame: str = ""
    """Optical frame of the bundle; empty where no bundle is known."""
    wanted: tuple[Wanted, ...] = ()


def wanted_topics(
    bundle: ModelBundle | None,
    config: NodeConfig,
    named: Mapping[str, str],
    served: Mapping[str, str],
    resolve: Callable[[str], str],
) -> tuple[Wanted, ...]:
    """Return the topics of the node's streams, and of the calibration of its camera.

    A transport is appended to the name of the raw topic after it is resolved, as the node does; the
    calibration is beside the first camera, as image_transport has it.

    Args:
        bundle: says which sensors the model was trained on; None: colour and depth.
        config: its transports give the type, and the suffix where a name lacks it.
        named: topics of the command line by stream; an empty name leaves the stream out.
        served: full names of the topics that the running node subscribes to, by stream.
        resolve: gives the full name of a topic.
    """
    sensors = bundle.sensors if bundle else DEFAULT_SENSORS
    wanted = []
    for stream in (stream for stream in RAW_TOPICS if stream in sensors):
        raw = named.get(stream, RAW_TOPICS[stream])
        transport = _transport(stream, config)
        topic = _with_transport(resolve(raw), transport) if raw else ""
        if stream in served and stream not in named:
            topic = served[stream]
        kind = COMPRESSED if transport else RAW_TYPES[stream]
        wanted += [Wanted(stream, topic, kind)] if topic else []
    info = named.get(CAMERA_INFO, _camera_info_beside(wanted))
    if info:
        wanted.append(Wanted(CAMERA_INFO, resolve(info), RAW_TYPES[CAMERA_INFO]))
    return tuple(wanted)


def _transport(stream: str, config: NodeConfig) -> str:
    """Return the transport of a stream, empty for raw messages."""
    transports = {"rgb": config.image_transport, "depth": config.depth_transport}
    transport = transports.get(stream, "raw")
    return "" if transport == "raw" else transport


def _with_transport(topic: str, transport: str) -> str:
    return topic if not transport or topic.endswith(f"/{transport}") else f"{topic}/{transport}"


def _camera_info_beside(wanted: list[Wanted]) -> str:
    """Return the topic that image_transport gives the calibration of the first camera."""
    for want in wanted:
        if want.stream != "lidar":
            base = want.topic.removesuffix("/compressed").removesuffix("/compressedDepth")
            return f"{base.rpartition('/')[0]}/{CAMERA_INFO}"
    return ""
