import pytest
import torch

from training.relative_loss import RelativeLoss


def test_a_shift_common_to_a_clip_costs_nothing() -> None:
    target = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
    shift = torch.tensor([1.0, -2.0, 3.0, 0.1, 0.0, 0.0]).expand(3, 6)
    answer = target + torch.cat([shift, 2.0 * shift])  # two clips, each shifted as a whole
    assert RelativeLoss(0.0, 0.0, 3)(answer, target).item() == pytest.approx(0.0, abs=1e-6)


def test_neighbours_that_drift_apart_cost_their_mean_absolute_drift() -> None:
    drift = torch.zeros(3, 6)
    drift[:, 0] = torch.tensor([0.0, 3.0, 9.0])  # 3 and 6 between neighbours
    assert RelativeLoss(0.0, 0.0, 3)(drift, torch.zeros(3, 6)).item() == pytest.approx(
        (3.0 / 3.0 + 6.0 / 3.0) / 2.0
    )
