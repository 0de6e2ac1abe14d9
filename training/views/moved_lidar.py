"""Pictures of a lidar that is fixed to a camera, which moves."""

import torch
from torch import Tensor

from vmloc_ros.lidar.cylindrical import CylindricalProjection
from vmloc_ros.pose import Pose


def move_lidar(
    pictures: Tensor, T_new_old: Tensor, T_camera_lidar: Pose, cylinder: CylindricalProjection
) -> Tensor:
    """See cylindrical pictures (B, r, c, 3) from a rig whose camera moved by T_new_old (B, 4, 4).

    Where the camera only turns, the lidar goes round with it, so that it also moves. A return
    stands for the middle of its column; what was hidden stays hidden.
    """
    to_camera, to_lidar = (
        torch.tensor(T.matrix(), dtype=torch.float32, device=pictures.device)
        for T in (T_camera_lidar, T_camera_lidar.inverse())
    )
    points, valid = cylinder.points_of(pictures)  # (B, N, 4), (B, N)
    motion = to_lidar @ T_new_old @ to_camera  # (B, 4, 4)
    moved = points[..., :3] @ motion[:, :3, :3].transpose(1, 2) + motion[:, None, :3, 3]
    return cylinder.project(torch.cat([moved, points[..., 3:]], dim=-1), valid)
