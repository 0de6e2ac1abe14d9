"""`relative_loss`: how far apart the frames of a clip are (MapNet, Brahmbhatt et al. 2018)."""

from torch import Tensor

from training.geometric_loss import GeometricLoss


def relative_loss(loss: GeometricLoss, pose: Tensor, target: Tensor, frames: int) -> Tensor:
    """Compare the differences of the poses of neighbouring frames (MapNet Eq. 2); returns ().

    A relative pose is the plain difference of the 6-vectors. It is weighted with the scales of the
    poses, as in the equation; the authors' code has scales of its own.

    Args:
        loss: of the poses.
        pose: of clips (T · B, 6), all first frames first.
        target: (T · B, 6).
        frames: T.
    """
    said, true = (y.unflatten(0, (frames, -1)).diff(dim=0) for y in (pose, target))
    error = (said - true).abs()
    return loss.weigh(error[..., :3].mean(-1), error[..., 3:].mean(-1)).mean()
