"""`write_bag`: a recording as a rosbag2 that the node, `ros2 bag play` and `BagRecording` read."""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from training.recordings.frame_messages import FrameMessages
from training.recordings.recording import LabelledFrame, Recording, Split
from training.recordings.scene_files import SWEEPS_FILE, read_sweeps
from training.recordings.topics import Topics
from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Pose

BAG_VERSION: Literal[8] = 8
"""Metadata that ROS 2 Humble, Iron and Jazzy read; Humble fails on version 9."""
LIDAR_FRAME = "lidar"
MAP_FRAME = NodeConfig().map_frame

_FOREVER = QosTime(9_223_372_036, 854_775_807)
"""RMW_DURATION_INFINITE"""


def write_bag(
    recording: Recording, path: Path, split: Split = "all", with_points: bool = True
) -> int:
    """Write a split as a rosbag2 folder (mcap); stamps and log times are those of the frames.

    Args:
        recording: what is written.
        path: new folder.
        split: of the recording.
        with_points: whether the lidar's clouds are written.

    Returns:
        The number of frames.

    Raises:
        RecordingError: `path` exists or cannot be written, the recording cannot be read, two of
            its sequences overlap in time, or see `check_sweeps`. Nothing is left of a bag that was
            not completed.
    """
    if with_points:
        check_sweeps(recording.path)
    if path.exists():
        raise RecordingError(f"{path}: exists already; name a new bag")
    if path.suffix == ".bag":
        raise RecordingError(f"{path}: .bag stands for ROS 1; name the folder without it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as scratch:
            partial = Path(scratch) / path.name
            with Writer(partial, version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP) as writer:
                count = _write_frames(_Bag(writer, with_points), recording.frames(split))
            if count == 0:
                raise RecordingError(f"{recording.path}: the split {split!r} has no frames")
            partial.replace(path)
    except OSError as err:
        raise RecordingError(f"{path}: cannot write the bag ({err.strerror or err})") from err
    return count


def check_sweeps(recording: Path) -> None:
    """Refuse a scene whose clouds are made of several sweeps: those who read a bag do that.

    Raises:
        RecordingError: they would be put together twice.
    """
    if (sweeps := read_sweeps(recording)) > 1:
        raise RecordingError(
            f"{recording}: its clouds are made of {sweeps} sweeps ({SWEEPS_FILE}), and node and "
            "evaluation would put those of a bag together once more: use the bag that the scene "
            "was extracted from, extract it with --sweeps 1, or leave the lidar out (--no-lidar)"
        )


def _write_frames(bag: "_Bag", frames: Iterable[LabelledFrame]) -> int:
    count = 0
    for labelled in frames:
        bag.add(labelled)
        count += 1
    bag.check_overlaps()
    return count


class _Bag:
    """Writes frames as messages. The index of the mcap puts them in the order of their stamps."""

    def __init__(self, writer: Writer, with_points: bool) -> None:
        self._writer = writer
        self._with_points = with_points
        self._store = get_typestore(Stores.ROS2_JAZZY)
        self._connections: dict[str, Connection] = {}
        self._spans_ns: dict[str, tuple[int, int]] = {}
        self._has_transform = False

    def add(self, labelled: LabelledFrame) -> None:
        """Write the messages of a frame and its pose."""
        frame, topics = labelled.frame, Topics()
        at_ns, camera_frame = frame.stamp_ns, frame.camera_frame
        make = FrameMessages(self._store, at_ns)
        self._extend_span(labelled)
        if frame.T_camera_lidar is not None and not self._has_transform:
            T_camera_lidar = Pose.from_matrix(frame.T_camera_lidar)
            msg = make.transform(T_camera_lidar, camera_frame, LIDAR_FRAME)
            self._write(topics.tf_static, at_ns, msg)
            self._has_transform = True
        pose = make.pose(labelled.T_map_camera, MAP_FRAME)
        self._write(topics.ground_truth, at_ns, pose)
        if frame.camera is not None:
            self._write(topics.camera_info, at_ns, make.camera_info(frame.camera, camera_frame))
        if frame.rgb is not None:
            self._write(topics.image, at_ns, make.rgb(frame.rgb, camera_frame))
        if frame.depth_mm is not None:
            self._write(topics.depth, at_ns, make.depth(frame.depth_mm, camera_frame))
        if frame.points is not None and self._with_points:
            self._write(topics.points, at_ns, make.points(frame.points, LIDAR_FRAME))

    def check_overlaps(self) -> None:
        """Refuse sequences that would be interleaved by their stamps."""
        spans = sorted((*span, name) for name, span in self._spans_ns.items())
        for (_, end_ns, name), (start_ns, _, following) in pairwise(spans):
            if start_ns <= end_ns:
                raise RecordingError(
                    f"{name} and {following} overlap in time: a bag needs stamps that differ; "
                    "correct them in stamps.txt, or write one split"
                )

    def _extend_span(self, labelled: LabelledFrame) -> None:
        at_ns = labelled.frame.stamp_ns
        first_ns, _ = self._spans_ns.get(labelled.sequence, (at_ns, at_ns))
        self._spans_ns[labelled.sequence] = (first_ns, at_ns)

    def _write(self, topic: str, at_ns: int, msg: Any) -> None:
        kind = str(msg.__msgtype__)
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic,
                kind,
                typestore=self._store,
                offered_qos_profiles=[_qos(latched=topic == Topics().tf_static)],
            )
        self._writer.write(self._connections[topic], at_ns, self._store.serialize_cdr(msg, kind))


def _qos(latched: bool) -> Qos:
    """Reliable, because large best-effort messages get lost between processes."""
    return Qos(
        history=QosHistory.KEEP_LAST,
        depth=1 if latched else 10,
        reliability=QosReliability.RELIABLE,
        durability=QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        deadline=_FOREVER,
        lifespan=_FOREVER,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=_FOREVER,
        avoid_ros_namespace_conventions=False,
    )
