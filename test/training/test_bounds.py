"""The evidence lower bound; the importance-weighted one is in test_objective."""

import math

import pytest
import torch

from training.bounds import evidence_lower_bound
from vmloc_ros.model.fusion import Posterior


def test_the_evidence_bound_adds_the_divergence_from_the_prior() -> None:
    mean, variance = torch.tensor([[1.0, 0.0]]), torch.tensor([[4.0, 1.0]])
    # KL of N(1, 4): (1 + 4 − 1 − log 4) / 2; of N(0, 1): 0.
    divergence = 0.5 * (4.0 - math.log(4.0))
    posterior = Posterior(mean, variance, torch.zeros(1))
    loss = evidence_lower_bound(
        posterior,
        decode=lambda z: z.new_zeros(*z.shape[:-1], 6),
        loss=lambda pose, target: pose.new_full(pose.shape[:-1], 7.0),
        target=torch.zeros(1, 6),
        prior_weight=0.1,
    )
    assert loss.item() == pytest.approx(7.0 + 0.1 * divergence)


def test_frames_of_the_evidence_bound_count_by_their_weights() -> None:
    loss = evidence_lower_bound(
        Posterior(torch.zeros(2, 3), torch.ones(2, 3), torch.zeros(1)),
        decode=lambda z: z,
        loss=lambda pose, target: target[:, 0].expand(pose.shape[:-1]),
        target=torch.tensor([[4.0], [8.0]]),
        prior_weight=1.0,
        weights=torch.tensor([3.0, 1.0]),
    )
    assert loss.item() == pytest.approx(5.0)


def test_the_evidence_bound_reaches_mean_and_variance() -> None:
    mean = torch.zeros(3, 6, requires_grad=True)
    variance = torch.full((3, 6), 0.5, requires_grad=True)
    torch.manual_seed(0)
    evidence_lower_bound(
        Posterior(mean, variance, torch.zeros(1)),
        decode=lambda z: z,
        loss=lambda pose, target: (pose - target).square().mean(-1),
        target=torch.ones(3, 6),
        prior_weight=1e-6,
    ).backward()
    assert mean.grad is not None
    assert mean.grad.abs().min() > 0.0
    assert variance.grad is not None
    assert variance.grad.abs().min() > 0.0
