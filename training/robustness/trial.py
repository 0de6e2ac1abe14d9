"""`Trial`: a localizer under every condition, one frame after the other."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from training.recordings.recording import LabelledFrame
from training.robustness.catalogue import DELAYS
from training.robustness.condition import Condition
from training.robustness.outcome import Outcome
from vmloc_ros.errors import VmlocError
from vmloc_ros.frame import Frame
from vmloc_ros.pose import PoseEstimate

if TYPE_CHECKING:
    from vmloc_ros.localizer import Localizer

_log = logging.getLogger(__name__)


class Trial:
    """Asks a localizer about each n-th frame as it is under each condition.

    Args:
        localizer: is asked about one frame at a time, as by the robot.
        conditions: of different names.
        seed: of what is random.
        every: n; a delayed sensor shows what it saw frames earlier in the recording, not in the
            choice.
    """

    def __init__(
        self,
        localizer: "Localizer",
        conditions: Sequence[Condition],
        seed: int = 0,
        every: int = 1,
    ) -> None:
        self.outcomes: dict[str, dict[int, Outcome]] = {one.name: {} for one in conditions}
        """By the name of the condition and the number of the frame, where it applies."""
        self.failure = ""
        """Why the last frame that could not be localised could not."""
        self._localizer = localizer
        self._conditions = tuple(conditions)
        self._seed, self._every = seed, every
        self._windows = {one.name: localizer.new_window() for one in conditions}
        self._sequence, self._past = "", deque[Frame](maxlen=max(DELAYS) + 1)

    def run(self, frames: Iterable[LabelledFrame]) -> Iterator[int]:
        """Go through a recording; yields how many frames are done, after each.

        Each frame is decoded once. Those that cannot be localised are outcomes too.
        """
        for number, labelled in enumerate(frames):
            self._remember(labelled)
            if number % self._every == 0:
                self._ask(number, labelled)
            yield number + 1

    @property
    def answered(self) -> bool:
        """Whether the localizer answered at all, under whatever condition."""
        return any(one.answered for found in self.outcomes.values() for one in found.values())

    def _remember(self, labelled: LabelledFrame) -> None:
        if labelled.sequence != self._sequence:
            self._past.clear()
        self._sequence = labelled.sequence
        self._past.append(labelled.frame)

    def _ask(self, number: int, labelled: LabelledFrame) -> None:
        for condition in self._conditions:
            frame = condition.of(tuple(self._past), self._seed)
            if frame is not None:
                answer = self._localize(frame, condition.name, labelled.name)
                outcome = Outcome.of(answer, labelled.T_map_camera)
                self.outcomes[condition.name][number] = outcome

    def _localize(self, frame: Frame, condition: str, name: str) -> PoseEstimate | None:
        try:
            return self._localizer.localize(frame, self._windows[condition])
        except VmlocError as err:
            self.failure = str(err)
            _log.info("%s, %s: no pose: %s", name, condition, err)
            return None
