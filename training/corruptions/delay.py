"""`Delay`: a sensor whose data are late."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.corruptions.sensor_data import data_of, with_data
from vmloc_ros.frame import Frame


@dataclass(frozen=True, slots=True)
class Delay:
    """Pairs a frame with what one sensor saw some frames earlier, as a wrong clock would.

    Not a `Corruption`: it needs the frames before.
    """

    modality: str
    frames: int

    def __call__(self, past: Sequence[Frame]) -> Frame | None:
        """Return the last of these frames of one sequence with older data of the modality.

        None where the sequence has not gone on for long enough, or one of the two lacks it.
        """
        if len(past) <= self.frames:
            return None
        now, data = past[-1], data_of(past[-1 - self.frames], self.modality)
        if data is None or data_of(now, self.modality) is None:
            return None
        return with_data(now, self.modality, data)
