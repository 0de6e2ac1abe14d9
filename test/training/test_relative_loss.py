import math

import numpy as np
import pytest
import torch

from training.cache import pose_targets
from training.geometric_loss import GeometricLoss
from training.objective import Objective
from training.relative_loss import relative_loss
from vmloc_ros.config import TrainConfig
from vmloc_ros.model.fusion import Posterior
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import PoseNormalizer

LOSS = GeometricLoss(0.0, 0.0)


def test_a_shift_common_to_a_clip_costs_nothing() -> None:
    target = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
    shift = torch.tensor([1.0, -2.0, 3.0, 0.1, 0.0, 0.0])
    # Two clips, each shifted as a whole: first, second and third frames of both.
    answer = target + torch.stack([shift, 2.0 * shift]).repeat(3, 1)
    assert relative_loss(LOSS, answer, target, 3).item() == pytest.approx(0.0, abs=1e-6)


def test_neighbours_that_drift_apart_cost_their_mean_absolute_drift() -> None:
    drift = torch.zeros(3, 6)
    drift[:, 0] = torch.tensor([0.0, 3.0, 9.0])  # 3 and 6 between neighbours
    assert relative_loss(LOSS, drift, torch.zeros(3, 6), 3).item() == pytest.approx(
        (3.0 / 3.0 + 6.0 / 3.0) / 2.0
    )


def test_it_is_weighted_with_the_scales_of_the_poses() -> None:
    answer = torch.tensor([[0.0, 0, 0, 0, 0, 0], [3.0, 0, 0, 0, 0, 0.3]])  # 1 and 0.1 on average
    loss = relative_loss(GeometricLoss(0.5, -3.0), answer, torch.zeros(2, 6), 2)
    expected = 1.0 * math.exp(-0.5) + 0.5 + 0.1 * math.exp(3.0) - 3.0
    assert loss.item() == pytest.approx(expected)


def test_the_objective_adds_it_by_its_weight() -> None:
    model = {"modalities": ["rgb"], "fusion": "concatenation", "latent_dim": 8, "head_hidden": 0}
    said = {"kind": "geometric", "clip_frames": 2, "relative_weight": 0.5}
    config = TrainConfig.model_validate({"model": model | {"attention": False}, "objective": said})
    network = VMLoc(config.model).eval()
    objective = Objective(config, None, PoseNormalizer(np.zeros(3), 1.0, np.eye(4)[3]))
    z, position = torch.randn(4, 8), torch.randn(4, 3)
    batch = {"position": position, "quat": torch.tensor([[0.0, 0.0, 0.0, 1.0]]).expand(4, 4)}
    loss = objective(network, Posterior(z, None, None), batch).loss
    target, loss_of_poses = pose_targets(batch), objective.geometric_loss
    pose = network.decode(z)
    absolute = loss_of_poses(pose, target).mean()
    relative = relative_loss(loss_of_poses, pose, target, 2)
    torch.testing.assert_close(loss, absolute + 0.5 * relative)
