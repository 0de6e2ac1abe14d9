"""`RelativeLoss`: how far apart the frames of a clip are (MapNet, Brahmbhatt et al. 2018)."""

from torch import Tensor, nn

from training.geometric_loss import GeometricLoss


class RelativeLoss(nn.Module):
    """Compares the differences of the poses of neighbouring frames, with scales of its own.

    As in MapNet a relative pose is the plain difference of the 6-vectors, and the scales start
    where those of the poses do.

    Args:
        position_log_scale: at the start.
        rotation_log_scale: at the start.
        frames: T, of a clip.
    """

    def __init__(self, position_log_scale: float, rotation_log_scale: float, frames: int) -> None:
        super().__init__()
        self._frames = frames
        self._loss = GeometricLoss(position_log_scale, rotation_log_scale)

    def forward(self, pose: Tensor, target: Tensor) -> Tensor:
        """Compare poses of clips (B · T, 6), frame after frame, with targets; returns ()."""
        said, true = (y.unflatten(0, (-1, self._frames)) for y in (pose, target))
        loss: Tensor = self._loss(said[:, 1:] - said[:, :-1], true[:, 1:] - true[:, :-1])
        return loss.mean()
