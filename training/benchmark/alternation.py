"""`Alternation`: our training and the yardstick in turns, within one run."""

from collections.abc import Callable
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback

from training.benchmark.published_recipe import PublishedRecipe
from training.benchmark.stage_times import StageTimes


class Alternation(Callback):
    """After so many steps of the training the yardstick makes as many; a first round warms up.

    Args:
        ours: times of the training.
        yardstick: its times.
        make_yardstick: makes it when our first round is over, so that ours has the memory alone.
        steps: of a round.
    """

    def __init__(
        self,
        ours: StageTimes,
        yardstick: StageTimes,
        make_yardstick: Callable[[], PublishedRecipe],
        steps: int,
    ) -> None:
        self.peak_bytes: int | None = None
        self.flop = 0
        self._ours, self._theirs = ours, yardstick
        self._make_yardstick = make_yardstick
        self._recipe: PublishedRecipe | None = None
        self._steps, self._done = steps, 0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin the first step."""
        self._ours.start_step()

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """End a step and begin the next; in between perhaps let the yardstick work."""
        self._ours.finish_step()
        self._done += 1
        if self._done % self._steps == 0:
            self._let_the_yardstick_work(pl_module.device)
        self._ours.start_step()

    def _let_the_yardstick_work(self, device: torch.device) -> None:
        warm_up = self._recipe is None
        if self._recipe is None:
            if device.type == "cuda":
                self.peak_bytes = torch.cuda.max_memory_allocated(device)
            self._recipe = self._make_yardstick()
            self.flop = self._recipe.count_flop()
        for _ in range(self._steps):
            self._theirs.start_step()
            with torch.autocast(device.type, enabled=False):
                self._recipe.step(self._theirs)
            self._theirs.finish_step()
        if warm_up:
            self._ours.forget()
            self._theirs.forget()
