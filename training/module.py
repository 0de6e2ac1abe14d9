"""A network as a Lightning module: one step, one validation, the optimiser."""

from collections.abc import Callable
from typing import Any

import lightning as L
import torch
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR

from training.augmentation import Augmentation
from training.cache import Batch, newest_frames
from training.modality_dropout import drop_modalities, expected_masks
from training.objective import Objective, Step
from vmloc_ros.config import TrainConfig
from vmloc_ros.errors import VmlocError
from vmloc_ros.model.fusion import Posterior
from vmloc_ros.model.rotation import quat_from_rotation_vector, rotation_angle
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import PoseNormalizer
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.sensor_rig import SensorRig

SHOWN = ("loss", "val_distance_m", "val_angle_deg")
"""What fits beside a progress bar; the logs hold everything."""
SHORTEST_CYCLE = 4
"""Steps below which a learning rate has no time to rise and fall."""


class VMLocModule(L.LightningModule):
    """Fits a `VMLoc`.

    All noise of a step is drawn after seeding with (seed, step), so that a resumed training repeats
    the unbroken one, and several processes, see `frame_noise`, one.
    """

    def __init__(
        self,
        config: TrainConfig,
        network: VMLoc,
        augmentation: Augmentation,
        rig: SensorRig,
        normalizer: PoseNormalizer,
        names: tuple[str, ...],
    ) -> None:
        super().__init__()
        self.config = config
        self.network = network
        self.objective = Objective(config, rig.camera, normalizer)
        self.augmentation: Callable[[Batch], Batch] = augmentation
        self._preprocessor = Preprocessor(config.preprocessing, config.model.modalities, rig)
        self._position_scale_m = normalizer.position_scale
        self._names = names
        self._distances_m: list[Tensor] = []
        self._angles_deg: list[Tensor] = []

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Seed the noise of this step."""
        torch.manual_seed((1_000_003 * self.config.seed + 7_919 * self.global_step) % 2**31)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of a batch.

        Raises:
            VmlocError: the loss is not finite; the frames of the batch are named.
        """
        step = self.step(batch, self._done())
        if not torch.isfinite(step.loss):
            raise VmlocError(f"the loss is not finite in the batch of {self._frames(batch)}")
        figures = step.figures | self.objective.scales()
        self._log_epoch(loss=step.loss.detach(), **figures)
        return step.loss

    def step(self, batch: Batch, done: float = 0.0) -> Step:
        """Return the loss of a batch, with the noise of training; `done` as for `Objective`."""
        batch = self.augmentation(batch)
        posterior, weights = self._posterior(batch)
        step: Step = self.objective(self.network, posterior, batch, done, weights)
        return step

    def _posterior(self, batch: Batch) -> tuple[Posterior, Tensor | None]:
        """Encode with the sensors that each frame keeps (Eq. 18), or every choice and its weight.

        Features are one answer to what is there, so that each choice would be a pass of its own.
        """
        inputs, config = self._preprocessor.encode(batch), self.config.objective
        if config.modality_dropout == "drawn" or not self.network.config.fuses_experts:
            present = drop_modalities(batch["present"], config.keep_all)
            return self.network.encode(inputs, present), None
        choices, weights = expected_masks(batch["present"], config.keep_all)
        experts = self.network.experts(inputs, batch["present"])
        return self.network.fuse(experts, choices), weights

    def _done(self) -> float:
        """Return the share of the training that is done."""
        return self.global_step / max(1.0, float(self.trainer.estimated_stepping_batches))

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log errors of the posterior mean's pose on held-out frames, and the experts' shares."""
        posterior = self.network.encode(self._preprocessor.encode(batch), batch["present"])
        pose = self.network.decode_newest(posterior.mean)
        newest = newest_frames(len(batch["index"]), self.config.model.memory_frames)
        batch = {name: values[newest] for name, values in batch.items()}
        distance_m = (pose[:, :3] - batch["position"]).norm(dim=1) * self._position_scale_m
        quat = quat_from_rotation_vector(2.0 * pose[:, 3:])
        self._distances_m.append(distance_m)
        self._angles_deg.append(torch.rad2deg(rotation_angle(quat, batch["quat"])))
        if posterior.expert_share is not None:
            shares = posterior.expert_share.mean(0)
            names = (*self.config.model.modalities, "prior")
            self._log_epoch(**{f"share_{name}": shares[i] for i, name in enumerate(names)})

    def on_validation_epoch_end(self) -> None:
        """Log the medians over all held-out frames."""
        self._log_epoch(
            val_distance_m=torch.cat(self._distances_m).median(),
            val_angle_deg=torch.cat(self._angles_deg).median(),
        )
        self._distances_m.clear()
        self._angles_deg.clear()

    def _log_epoch(self, **values: Tensor) -> None:
        for name, value in values.items():
            self.log(
                name, value, on_step=False, on_epoch=True, prog_bar=name in SHOWN, sync_dist=True
            )

    def _frames(self, batch: Batch) -> str:
        return ", ".join(self._names[index] for index in batch["index"].tolist())

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip by norm: Lightning refuses it for fused optimisers, needlessly without scaling."""
        if gradient_clip_val:
            torch.nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)

    def configure_optimizers(self) -> Any:
        """AdamW without decay of vectors; the loss scales have their own learning rate."""
        config, steps = self.config.optimizer, int(self.trainer.estimated_stepping_batches)
        scales = list(self.objective.parameters())
        groups = [
            *_decay_groups(self.network, config.weight_decay, config.learning_rate),
            {
                "params": scales,
                "weight_decay": 0.0,
                "lr": self.config.objective.scale_learning_rate,
            },
        ]
        optimizer = torch.optim.AdamW(groups, fused=True)
        if config.schedule == "constant" or steps < SHORTEST_CYCLE:
            return optimizer
        schedule = OneCycleLR(
            optimizer,
            max_lr=[float(group["lr"]) for group in groups],
            total_steps=steps,
            pct_start=max(config.warmup_fraction, 2.0 / steps),
            cycle_momentum=False,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _decay_groups(network: VMLoc, weight_decay: float, lr: float) -> list[dict[str, Any]]:
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay, "lr": lr},
        {"params": vectors, "weight_decay": 0.0, "lr": lr},
    ]
