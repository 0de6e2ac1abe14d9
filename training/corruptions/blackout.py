"""`Blackout`: every sensor is covered."""

from dataclasses import dataclass

import numpy as np

from training.corruptions.sensor_data import data_of, with_data
from vmloc_ros.frame import Frame


@dataclass(frozen=True, slots=True)
class Blackout:
    """Makes images black and leaves depth and lidar without a return.

    A lidar goes on sending its points, at the origin, as many do where nothing comes back.
    """

    modalities: tuple[str, ...]

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with zeros in place of what it has of these modalities."""
        for modality in self.modalities:
            data = data_of(frame, modality)
            if data is not None:
                frame = with_data(frame, modality, np.zeros_like(data))
        return frame
