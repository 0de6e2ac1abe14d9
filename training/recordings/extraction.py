"""`extract`: a bag with ground truth as a scene folder that training reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.recordings.bag import BagRecording
from training.recordings.lidar_options import LidarOptions
from training.recordings.recording import LabelledFrame
from training.recordings.scene_writer import SceneWriter
from training.recordings.topics import Topics
from vmloc_ros.errors import RecordingError


@dataclass(frozen=True, slots=True)
class ExtractionSummary:
    """What an extraction wrote."""

    train_sequences: tuple[int, ...]
    test_sequences: tuple[int, ...]
    train_frames: int
    test_frames: int
    without_pose: int
    """Frames left out because the ground truth does not cover them."""

    def __str__(self) -> str:
        left_out = f", {self.without_pose} left out without a pose" if self.without_pose else ""
        return (
            f"{self.train_frames} frames in {len(self.train_sequences)} sequences to train, "
            f"{self.test_frames} in {len(self.test_sequences)} to test{left_out}"
        )


def extract(
    bag: Path,
    folder: Path,
    *,
    sequence_s: float = 10.0,
    test_every: int = 5,
    topics: Topics | None = None,
    lidar: LidarOptions | None = None,
) -> ExtractionSummary:
    """Write a bag's labelled frames as a scene in the 7-Scenes layout, stamps kept.

    Args:
        bag: what `BagRecording` reads.
        folder: new scene folder.
        sequence_s: a sequence ends after this time at the latest, or at a pause of more than 1 s.
        test_every: every n-th sequence goes to the test split. Of two or more sequences one at
            least is in each split.
        topics: names of the topics in the bag.
        lidar: how its clouds are read.

    Raises:
        RecordingError: the bag cannot be read, or the scene not written; nothing is left of it.
    """
    if not sequence_s > 0.0 or test_every < 1:
        raise RecordingError(
            f"a scene needs sequence_s > 0 and test_every ≥ 1, got {sequence_s:g} and {test_every}"
        )
    lidar = lidar or LidarOptions()
    recording = BagRecording(bag, topics, lidar=lidar)
    counts: dict[int, int] = {}
    with SceneWriter(folder, lidar.sweeps) as writer:
        for number, labelled in _numbered(recording.frames(), round(sequence_s * 1e9)):
            writer.write(number, labelled.frame, labelled.T_map_camera)
            counts[number] = counts.get(number, 0) + 1
        train, test = _split(len(counts), test_every)
        writer.finish(train, test)
    return ExtractionSummary(
        train_sequences=train,
        test_sequences=test,
        train_frames=sum(counts[number] for number in train),
        test_frames=sum(counts[number] for number in test),
        without_pose=recording.without_pose,
    )


def _numbered(
    frames: Iterator[LabelledFrame], longest_ns: int
) -> Iterator[tuple[int, LabelledFrame]]:
    """Number the sequences from 1, those of the bag cut further where they are too long."""
    number, sequence, start_ns = 0, "", 0
    for labelled in frames:
        at_ns = labelled.frame.stamp_ns
        if labelled.sequence != sequence or at_ns - start_ns >= longest_ns:
            number, sequence, start_ns = number + 1, labelled.sequence, at_ns
        yield number, labelled


def _split(count: int, test_every: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the numbers of the train and the test sequences."""
    numbers = range(1, count + 1)
    test = {number for number in numbers if number % test_every == 0}
    if len(test) == count:  # every one, or the only one: something must be left to train on
        test.discard(1)
    if not test and count > 1:
        test = {count}
    return tuple(n for n in numbers if n not in test), tuple(sorted(test))
