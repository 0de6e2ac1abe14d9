"""`TruthSource`: where the true poses of the camera come from, as a user names it."""

from dataclasses import dataclass
from pathlib import Path

TRAJECTORY_ENDINGS = (".tum", ".txt")


@dataclass(frozen=True, slots=True)
class TruthSource:
    """`FILE.tum`, or `TOPIC` of a bag, or `TOPIC:FRAME` for tf: the map's frame in it."""

    text: str

    @property
    def file(self) -> Path | None:
        """The TUM file, if it is one."""
        path = Path(self.text)
        return path if path.suffix in TRAJECTORY_ENDINGS or path.is_file() else None

    @property
    def topic(self) -> str:
        """The topic, if it is not a file."""
        return self.text.partition(":")[0]

    @property
    def frame(self) -> str:
        """The frame in which the poses are wanted; empty where none is named."""
        return self.text.partition(":")[2]

    @property
    def name(self) -> str:
        """How reports name it: a file without its folders."""
        return self.text if self.file is None else self.file.name
