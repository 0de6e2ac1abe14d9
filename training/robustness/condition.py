"""`Condition`: what goes wrong in a pass over the frames."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.corruptions.corruption import Corruption
from training.corruptions.delay import Delay
from training.corruptions.sensor_data import data_of
from vmloc_ros.frame import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Corruptions that befall every frame, under one name."""

    name: str
    family: str
    """Conditions of one family are shown together."""
    corruptions: tuple[Corruption, ...] = ()
    """One after the other."""
    delay: Delay | None = None
    """Before them."""
    needs: tuple[str, ...] = ()
    """The modalities that a frame must have: without them there is nothing to corrupt."""
    leaves: tuple[str, ...] = ()
    """Of these a frame must have one, lest nothing be left; empty: whatever it has."""

    def of(self, past: Sequence[Frame], seed: int) -> Frame | None:
        """Return the last frame as it is under this condition; None where it does not apply.

        Args:
            past: frames of one sequence, up to the one that is asked for.
            seed: of what is random.
        """
        frame = past[-1] if self.delay is None else self.delay(past)
        if frame is None or not self._applies_to(frame):
            return None
        for corruption in self.corruptions:
            frame = corruption(frame, seed)
        return frame

    def _applies_to(self, frame: Frame) -> bool:
        missing = any(data_of(frame, name) is None for name in self.needs)
        left = any(data_of(frame, name) is not None for name in self.leaves)
        return not missing and (left or not self.leaves)

    def to_json_dict(self) -> dict[str, Any]:
        """Return the corruptions with their parameters."""
        parts = [part for part in (self.delay, *self.corruptions) if part is not None]
        return {
            "family": self.family,
            "corruptions": [{"kind": type(part).__name__, **asdict(part)} for part in parts],
        }
