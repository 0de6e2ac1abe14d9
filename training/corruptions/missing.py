"""`Missing`: a sensor says nothing (level 2 of the paper)."""

from dataclasses import dataclass

from training.corruptions.sensor_data import with_data
from vmloc_ros.frame import Frame


@dataclass(frozen=True, slots=True)
class Missing:
    """Takes the data of a modality away; the frame has another one."""

    modality: str

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame without it."""
        return with_data(frame, self.modality, None)
