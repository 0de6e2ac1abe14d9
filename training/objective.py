"""`Objective`: what a training step minimises, for every system."""

from dataclasses import dataclass, field

from torch import Tensor, nn

from training.bounds import evidence_lower_bound, importance_weighted_bound
from training.cache import Batch, pose_targets
from training.geometric_loss import GeometricLoss
from training.relative_loss import relative_loss
from training.reprojection import ReprojectionLoss
from vmloc_ros.config import TrainConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.frame import Camera
from vmloc_ros.model.fusion import Posterior
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import PoseNormalizer


@dataclass(frozen=True, slots=True)
class Step:
    """The loss of a batch."""

    loss: Tensor
    """()."""
    figures: dict[str, Tensor] = field(default_factory=dict)
    """() each, for the log."""


class Objective(nn.Module):
    """A bound of the likelihood for Gaussian experts, the geometric loss for features.

    Args:
        config: of the training.
        camera: intrinsics of the reduced images.
        normalizer: of the poses.

    Raises:
        ConfigError: the reprojection error is asked for and there are no intrinsics.
    """

    def __init__(
        self, config: TrainConfig, camera: Camera | None, normalizer: PoseNormalizer
    ) -> None:
        super().__init__()
        objective = config.objective
        self.config = objective
        self.geometric_loss = GeometricLoss(
            objective.initial_position_log_scale,
            objective.initial_rotation_log_scale,
            either_branch=config.model.rotation == "two_axes",
            as_quaternions=objective.rotation_error == "quaternion",
        )
        self._window_frames = config.clip[0]
        self._reproject: ReprojectionLoss | None = None
        if objective.reprojection_from < 1.0:
            if camera is None:
                raise ConfigError(
                    "objective.reprojection_from needs the camera's intrinsics, the same for all "
                    "frames: record camera_info (camera-intrinsics.txt in a scene), or set it to 1"
                )
            depth_max_m = config.preprocessing.depth_max_m
            self._reproject = ReprojectionLoss(camera, normalizer, depth_max_m)

    def forward(
        self,
        network: VMLoc,
        posterior: Posterior,
        batch: Batch,
        done: float = 0.0,
        weights: Tensor | None = None,
    ) -> Step:
        """Return the loss of B frames.

        Args:
            network: decodes.
            posterior: what its encoders say of the frames, or of S choices of experts, (S · B).
            batch: the frames.
            done: share of the training that is done.
            weights: of these rows (S · B,); only bounds have any.
        """
        target = pose_targets(batch)
        if weights is not None:
            target = target.repeat(len(weights) // len(target), 1)
        if self.config.kind == "importance_weighted":
            bound = importance_weighted_bound(
                posterior,
                network.decode,
                self.geometric_loss,
                target,
                self.config,
                weights=weights,
            )
            return Step(bound.loss, {"effective_samples": bound.effective_samples})
        if self.config.kind == "elbo":
            loss = evidence_lower_bound(
                posterior,
                network.decode,
                self.geometric_loss,
                target,
                self.config.prior_weight,
                weights,
            )
            return Step(loss)
        return Step(self._of_features(network, posterior.mean, target, batch, done))

    def scales(self) -> dict[str, Tensor]:
        """Return s_t and s_r, for the log."""
        return {
            "position_log_scale": self.geometric_loss.position_log_scale.detach(),
            "rotation_log_scale": self.geometric_loss.rotation_log_scale.detach(),
        }

    def _of_features(
        self, network: VMLoc, z: Tensor, target: Tensor, batch: Batch, done: float
    ) -> Tensor:
        if network.config.memory_frames > 1:
            z = z.unflatten(0, (self._window_frames, -1))
        pose = network.decode(z).reshape(-1, 6)
        if self._reproject is not None and done >= self.config.reprojection_from:
            by_points: Tensor = self._reproject(pose, target, batch["depth"])
            return by_points
        loss: Tensor = self.geometric_loss(pose, target).mean()
        if self.config.clip_frames > 1:
            relative = relative_loss(self.geometric_loss, pose, target, self.config.clip_frames)
            loss = loss + self.config.relative_weight * relative
        return loss
