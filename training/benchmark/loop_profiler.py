"""`LoopProfiler`: the stages of a training step, as Lightning's loop goes through them."""

from lightning.pytorch.profilers import Profiler

from training.benchmark.stage_times import StageTimes

LOADING, AUGMENTATION, FORWARD, BACKWARD, OPTIMIZER = STAGES = (
    "loading",
    "augmentation",
    "encode, forward, loss",
    "backward",
    "optimiser",
)
_STAGE_OF = {
    "[_TrainingEpochLoop].train_dataloader_next": LOADING,
    "[Strategy].batch_to_device": LOADING,
    "[Strategy].training_step": FORWARD,
    "[Strategy].backward": BACKWARD,
    "[LightningModule].optimizer_step": OPTIMIZER,
}
_WITHIN = {FORWARD: OPTIMIZER, BACKWARD: OPTIMIZER}
"""Lightning's optimiser calls back for the loss and its gradient."""


class LoopProfiler(Profiler):
    """Tells the times of Lightning's actions to `StageTimes`."""

    def __init__(self, times: StageTimes) -> None:
        super().__init__()
        self._times = times
        self._started: dict[str, float] = {}

    def start(self, action_name: str) -> None:
        """Begin an action of Lightning."""
        if _kind(action_name) in _STAGE_OF:
            self._started[action_name] = self._times.now()

    def stop(self, action_name: str) -> None:
        """End an action, unless its beginning was not of interest."""
        started = self._started.pop(action_name, None)
        if started is None:
            return
        stage, duration_s = _STAGE_OF[_kind(action_name)], self._times.now() - started
        self._times.add(stage, duration_s)
        if stage in _WITHIN:
            self._times.add(_WITHIN[stage], -duration_s)


def _kind(action_name: str) -> str:
    """Return an action without the name of the class: `[Strategy].backward`."""
    owner, _, action = action_name.rpartition(".")
    return f"{owner.partition(']')[0]}].{action}"
