"""`PublishedRecipe`, the yardstick: training steps as the authors' published code makes them."""

from collections.abc import Iterator

import torch
from torch.utils.flop_counter import FlopCounterMode

from training.benchmark.loop_profiler import BACKWARD, FORWARD, LOADING, OPTIMIZER
from training.benchmark.plain_layout import lay_out_plainly
from training.benchmark.stage_times import StageTimes
from training.cache import Batch
from training.module import VMLocModule
from training.recordings.recording import Recording, Split
from vmloc_ros.frame import Frame
from vmloc_ros.preprocessing import Preprocessor

LEARNING_RATE = 5e-5


class PublishedRecipe:
    """Every image is read from the disk anew; 32 bits, contiguous, eager, unfused Adam.

    It makes the same network learn the same loss from as many frames with the same augmentation.
    What it reads is as warm in memory as on a second epoch, and no other process reads for it.

    Args:
        module: a copy to itself, on its device.
        recording: read in order, over and over.
        split: of it.
        labels: a batch on the CPU; of it all but the images is kept.
    """

    def __init__(
        self, module: VMLocModule, recording: Recording, split: Split, labels: Batch
    ) -> None:
        config = module.config
        self._module = module.train()
        self._names = config.cached
        self._preprocessor = Preprocessor(config.preprocessing, self._names)
        self._frames = _endless(recording, split)
        self._labels = labels
        self._optimizer = torch.optim.Adam(module.parameters(), LEARNING_RATE)
        lay_out_plainly(module.network)

    def step(self, times: StageTimes) -> None:
        """Load a batch and learn from it."""
        with times.stage(LOADING):
            batch = self._load()
        with times.stage(FORWARD):
            loss = self._module.step(batch).loss
        with times.stage(BACKWARD):
            self._optimizer.zero_grad()
            loss.backward()
        with times.stage(OPTIMIZER):
            self._optimizer.step()

    def count_flop(self) -> int:
        """Return the floating-point operations of a step: those of products of matrices."""
        batch = self._load()
        with FlopCounterMode(display=False) as counter:
            self._module.step(batch).loss.backward()
        self._optimizer.zero_grad()
        return int(counter.get_total_flops())

    def _load(self) -> Batch:
        """Read as many frames as the labels are of, and bring them to the device."""
        reduced = [
            self._preprocessor.reduce(next(self._frames)) for _ in range(len(self._labels["index"]))
        ]
        batch = dict(self._labels)
        for name in self._names:
            absent = self._labels[name][0]
            images = [torch.as_tensor(one.get(name, absent)) for one in reduced]
            batch[name] = torch.stack(images)
        return {name: values.to(self._module.device) for name, values in batch.items()}


def _endless(recording: Recording, split: Split) -> Iterator[Frame]:
    while True:
        for labelled in recording.frames(split):
            yield labelled.frame
