"""What every recording offers, whatever its format."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, cast

from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Frame
from vmloc_ros.pose import Pose

Split = Literal["train", "test", "all"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFrame:
    """A frame and its ground truth."""

    name: str
    """Where the frame comes from, for messages: `seq-01/frame-000042`, or topic and stamp."""
    sequence: str
    """Frames of one sequence follow each other in time without a cut."""
    frame: Frame
    T_map_camera: Pose


class Recording(Protocol):
    """A sequence of labelled frames, read one by one in order."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def splits(self) -> tuple[str, ...]:
        """The named splits: ("train", "test"), or () where there is one whole."""

    def count(self, split: Split = "all") -> int:
        """Return how many frames `frames` yields at most."""

    def frames(self, split: Split = "all") -> Iterator[LabelledFrame]:
        """Read the frames of a split.

        Raises:
            RecordingError: a file is missing, damaged or unlike the others; it is named.
        """


def choose_split(name: str | None, recording: Recording, default: str = "test") -> Split:
    """Return the split of a name; without one, `default` where the recording has splits, else all.

    Raises:
        RecordingError: the recording has no such split.
    """
    chosen = (default if recording.splits else "all") if name is None else name
    for split in (*recording.splits, "all"):
        if chosen == split:
            return cast(Split, split)
    known = ", ".join((*recording.splits, "all"))
    raise RecordingError(f"{recording.path}: no split '{chosen}', it has: {known}")
