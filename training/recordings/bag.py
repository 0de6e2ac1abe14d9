"""`BagRecording`: a rosbag read frame by frame, with the decoders and the pairing of the node."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training.recordings.bag_file import BagFile
from training.recordings.camera_poses import CameraPoses
from training.recordings.frame_reader import FrameReader
from training.recordings.lidar_options import LidarOptions
from training.recordings.motion_topic import find_motion_topic
from training.recordings.recording import LabelledFrame, Split
from training.recordings.rig import Rig, read_rig
from training.recordings.scene_files import sequence_name
from training.recordings.topics import Topics, describe
from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import MessageError, RecordingError
from vmloc_ros.frame import Frame
from vmloc_ros.messages import stamp_ns
from vmloc_ros.messages.header import frame_id
from vmloc_ros.pairing import FramePairer, PairingCounters

logger = logging.getLogger(__name__)

MODALITIES = ("rgb", "depth", "lidar")
SLOP_NS = round(NodeConfig().sync_slop_s * 1e9)
QUEUE = NodeConfig().sync_queue
SEQUENCE_GAP_NS = 1_000_000_000
"""A longer pause between two frames starts a new sequence."""


def is_bag(path: Path) -> bool:
    """Say whether `path` is a rosbag2 folder, or an .mcap, .db3 or .bag file."""
    if path.is_dir():
        return (path / "metadata.yaml").is_file()
    return path.is_file() and path.suffix in (".mcap", ".db3", ".bag")


class BagRecording:
    """A bag with the messages that the node subscribes to, and the camera's poses.

    Opening it looks at the topics only. Each pass over the frames reads the file twice: poses,
    intrinsics and static transforms first, then the sensors, a frame at a time. The first
    calibrated `camera_info` counts for the whole bag.

    Args:
        path: rosbag2 folder, or an .mcap, .db3 or (ROS 1) .bag file.
        topics: their names; by default those of `Topics`, or what takes their place.
        slop_ns: largest difference of stamps within a frame, as `sync_slop_s` of the node; a sweep
            of the lidar goes to the image nearest to it, see `vmloc_ros.pairing.sweeps`.
        modalities: the sensors to pair; a slow one that is not needed would thin out the frames.
        lidar: how its clouds are read.

    Raises:
        RecordingError: the bag cannot be read, or has no camera; its topics are listed.
    """

    def __init__(
        self,
        path: Path,
        topics: Topics | None = None,
        slop_ns: int = SLOP_NS,
        modalities: Sequence[str] = MODALITIES,
        lidar: LidarOptions | None = None,
    ) -> None:
        self._path = path
        self._slop_ns = slop_ns
        with BagFile(path) as bag:
            self._types, self._counts = bag.types(), bag.counts()
        self._topics = (topics or Topics()).resolve(self._types, str(path))
        by_stream = {
            "rgb": self._topics.image,
            "depth": self._topics.depth,
            "lidar": self._topics.points,
        }
        self._streams = {
            stream: topic for stream, topic in by_stream.items() if topic and stream in modalities
        }
        if not self._streams:
            raise RecordingError(
                f"{path}: has no {' or '.join(modalities)}; {describe(self._types)}"
            )
        self._lidar = lidar or LidarOptions()
        self._motion = ""
        if "lidar" in self._streams:
            truth = self._topics.ground_truth
            self._motion = find_motion_topic(self._lidar, self._types, truth, str(path))
        self.without_pose = 0
        """Frames that the last pass left out for want of ground truth."""

    @property
    def path(self) -> Path:
        """The bag."""
        return self._path

    @property
    def splits(self) -> tuple[str, ...]:
        """A bag is one whole."""
        return ()

    @property
    def topics(self) -> Topics:
        """The topics that are read; empty names where the bag has none."""
        return self._topics

    def count(self, split: Split = "all") -> int:
        """Return the number of messages of the rarest sensor: there cannot be more frames."""
        self._check_split(split)
        return min(self._counts[topic] for topic in self._streams.values())

    def frames(self, split: Split = "all") -> Iterator[LabelledFrame]:
        """Read the frames that have a pose, interpolated at the frame's stamp.

        Raises:
            RecordingError: damaged, no ground truth, or no frame at all; the reason is named.
        """
        self._check_split(split)
        if not self._topics.ground_truth:
            raise RecordingError(
                f"{self._path}: no ground truth: expected geometry_msgs/msg/PoseStamped on "
                f"{Topics().ground_truth}; {describe(self._types)}"
            )
        return self._labelled_frames()

    def unlabelled_frames(self) -> Iterator[Frame]:
        """Read all frames; no ground truth is needed.

        Raises:
            RecordingError: damaged, or no frame at all; the reason is named.
        """
        with BagFile(self._path) as bag:
            rig = read_rig(bag, self._topics, self._path, self._motion, self._lidar.T_camera_lidar)
            reader = self._reader(rig)
            for messages in self._sets(bag, reader):
                yield self._decode(messages, reader)

    def _labelled_frames(self) -> Iterator[LabelledFrame]:
        self.without_pose, yielded, sequence, previous_ns = 0, 0, 0, 0
        with BagFile(self._path) as bag:
            rig = read_rig(bag, self._topics, self._path, self._motion, self._lidar.T_camera_lidar)
            reader = self._reader(rig)
            for messages in self._sets(bag, reader):
                at_ns = stamp_ns(messages[self._reference])
                camera_frame = frame_id(messages[self._reference])
                pose = rig.poses.at(at_ns, camera_frame)
                if pose is None:
                    self._check_connected(rig.poses, camera_frame)
                    self.without_pose += 1
                    continue
                sequence += yielded == 0 or not 0 < at_ns - previous_ns <= SEQUENCE_GAP_NS
                frame = self._decode(messages, reader)
                yield LabelledFrame(self._name(at_ns), sequence_name(sequence), frame, pose)
                previous_ns, yielded = at_ns, yielded + 1
            self._report_missing_poses(yielded, rig.poses)

    @property
    def _reference(self) -> str:
        return next(iter(self._streams))

    def _name(self, at_ns: int) -> str:
        return f"{self._streams[self._reference]} at {at_ns}"

    def _check_split(self, split: Split) -> None:
        if split != "all":
            raise RecordingError(
                f"{self._path}: a bag has no split {split!r}; use 'all', or turn the bag into a "
                "scene with splits: vmloc extract"
            )

    def _reader(self, rig: Rig) -> FrameReader:
        if "lidar" in self._streams:
            told_by = self._motion or "nothing"
            logger.info("%s: the lidar's motion is told by %s", self._path, told_by)
        return FrameReader(rig, self._lidar)

    def _sets(self, bag: BagFile, reader: FrameReader) -> Iterator[dict[str, Any]]:
        """Yield the messages that were taken together, by stream; the reader takes all sweeps."""
        streams = {topic: stream for stream, topic in self._streams.items()}
        pairer: FramePairer[Any] = FramePairer(tuple(self._streams), self._slop_ns, QUEUE)
        for topic, msg in bag.messages(streams):
            if streams[topic] == "lidar":
                reader.add_cloud(msg)
            messages = pairer.add(streams[topic], _stamp_or_zero(msg), msg)
            if messages is not None:
                yield messages
        self._report_unmatched(pairer.counters)

    def _decode(self, messages: dict[str, Any], reader: FrameReader) -> Frame:
        try:
            return reader.read(messages)
        except MessageError as err:
            at_ns = stamp_ns(messages[self._reference])
            raise RecordingError(f"{self._path}: {self._name(at_ns)}: {err}") from err

    def _report_unmatched(self, counters: PairingCounters) -> None:
        what = ", ".join(
            f"{counters.received[stream]} messages on {topic} "
            f"({counters.zero_stamp[stream]} with a zero stamp)"
            for stream, topic in self._streams.items()
        )
        if counters.matched == 0:
            raise RecordingError(
                f"{self._path}: no two stamps within {self._slop_ns / 1e6:g} ms of each other: "
                f"{what}; a larger sync slop or other topics may help"
            )
        # Of sensors with several rates the slowest decides: the rest of the others is no loss.
        if min(counters.received.values()) != counters.matched:
            logger.warning("%s: %d frames from %s", self._path, counters.matched, what)

    def _check_connected(self, camera_poses: CameraPoses, camera_frame: str) -> None:
        gap = camera_poses.gap(camera_frame)
        if gap:
            raise RecordingError(f"{self._path}: {self._topics.ground_truth}: {gap}")

    def _report_missing_poses(self, yielded: int, camera_poses: CameraPoses) -> None:
        if yielded == 0:
            raise RecordingError(
                f"{self._path}: none of {self.without_pose} frames lies within the ground truth "
                f"({self._topics.ground_truth} has {camera_poses})"
            )
        if self.without_pose:
            logger.warning(
                "%s: %d of %d frames left out: no ground truth within their time",
                self._path,
                self.without_pose,
                self.without_pose + yielded,
            )


def _stamp_or_zero(msg: Any) -> int:
    try:
        return stamp_ns(msg)
    except MessageError:
        return 0  # refused and counted by the pairer
