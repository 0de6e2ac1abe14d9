"""What both projections ask of a cloud."""

import torch
from torch import Tensor

from vmloc_ros.errors import MessageError


def check_cloud(points: Tensor) -> None:
    """Refuse what is no cloud: float32 (N, 4) x, y, z (m, lidar frame) and intensity.

    Raises:
        MessageError: another type or shape.
    """
    if points.dtype != torch.float32 or points.ndim != 2 or points.shape[1] != 4:
        raise MessageError(
            f"a cloud is float32 N × 4 (x, y, z, intensity), got {str(points.dtype)[6:]} "
            f"{' × '.join(map(str, points.shape))}"
        )
