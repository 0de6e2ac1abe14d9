"""The mathematics of the objective, against hand-computed and independently derived values."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from training.bounds import _GradientGate, importance_weighted_bound
from training.geometric_loss import GeometricLoss
from training.modality_dropout import drop_modalities, expected_masks
from vmloc_ros.config import ObjectiveConfig
from vmloc_ros.model.fusion import Posterior


def objective(**values: object) -> ObjectiveConfig:
    return ObjectiveConfig.model_validate(values)


def gaussian(mean: Tensor, log_sigma: Tensor) -> Posterior:
    return Posterior(mean, torch.exp(2.0 * log_sigma), torch.zeros(1))


def test_the_geometric_loss_weighs_mean_absolute_errors_by_learned_scales() -> None:
    loss = GeometricLoss(math.log(2.0), 0.0)
    pose = torch.tensor([[3.0, 0.0, 0.0, 0.3, 0.0, 0.0]])
    # mean |Δt| = 1 → 1 / 2 + log 2; mean |Δr| = 0.1 → 0.1 + 0
    expected = 0.5 + math.log(2.0) + 0.1
    assert loss(pose, torch.zeros(1, 6)).item() == pytest.approx(expected)


def test_either_logarithm_of_a_rotation_is_its_target() -> None:
    loss = GeometricLoss(0.0, 0.0, either_branch=True)
    # A turn of 178° about z has the half angle 89°; the answer is one of 182°, not of −178°.
    target = torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0, math.radians(-89.0)]])
    answer = torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0, math.radians(89.0)]])
    assert loss(answer, target).item() == pytest.approx(math.radians(2.0) / 3.0, abs=1e-6)
    without = GeometricLoss(0.0, 0.0)
    assert without(answer, target).item() == pytest.approx(math.radians(178.0) / 3.0, abs=1e-6)


def test_a_target_without_rotation_has_one_branch_near_by() -> None:
    loss = GeometricLoss(0.0, 0.0, either_branch=True)
    answer = torch.tensor([[0.0, 0.0, 0.0, 0.3, 0.0, 0.0]])
    assert loss(answer, torch.zeros(1, 6)).item() == pytest.approx(0.1)


def test_the_best_scale_is_the_log_of_the_mean_absolute_error() -> None:
    loss = GeometricLoss(math.log(0.05), math.log(0.02))
    pose = torch.tensor([[0.05, 0.05, 0.05, 0.02, 0.02, 0.02]])
    loss(pose, torch.zeros(1, 6)).sum().backward()
    assert loss.position_log_scale.grad is not None
    assert loss.position_log_scale.grad.item() == pytest.approx(0.0, abs=1e-6)
    assert loss.rotation_log_scale.grad.item() == pytest.approx(0.0, abs=1e-6)


class Toy:
    """A linear decoder y = W z with learned W, on B = 3 frames of D = 4 latents."""

    def __init__(self) -> None:
        torch.manual_seed(3)
        self.mean = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
        self.log_sigma = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
        self.weight = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
        self.target = torch.randn(3, 6, dtype=torch.float64)

    def decode(self, z: Tensor) -> Tensor:
        return z @ self.weight

    def loss(self, pose: Tensor, target: Tensor) -> Tensor:
        return (pose - target).abs().mean(-1)

    def sample(self, count: int, seed: int) -> Tensor:
        noise = torch.randn(count, 3, 4, generator=torch.Generator().manual_seed(seed))
        return self.mean + torch.exp(self.log_sigma) * noise

    def log_weights(self, z: Tensor, lam: float, frozen: bool) -> Tensor:
        mean, sigma = self.mean, torch.exp(self.log_sigma)
        if frozen:
            mean, sigma = mean.detach(), sigma.detach()
        prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(-1)
        posterior = torch.distributions.Normal(mean, sigma).log_prob(z).sum(-1)
        return -self.loss(self.decode(z), self.target) + lam * (prior - posterior)


@pytest.mark.parametrize("kind", ["paper", "lambda_corrected"])
@pytest.mark.parametrize("lam", [1.0, 0.3, 1e-6])
def test_one_backward_pass_equals_the_two_explicit_ones(kind: str, lam: float) -> None:
    toy, config = Toy(), objective(samples=5, prior_weight=lam, dreg=kind)
    bound = importance_weighted_bound(
        gaussian(toy.mean, toy.log_sigma), toy.decode, toy.loss, toy.target, config,
        torch.Generator().manual_seed(7),
    )  # fmt: skip
    bound.loss.backward()

    z = toy.sample(5, seed=7)
    log_weight = toy.log_weights(z, lam, frozen=True)
    w = torch.softmax(log_weight.detach(), dim=0)
    factor = w**2 if kind == "paper" else (1 - lam) * w + lam * w**2
    decoder = torch.autograd.grad(-(w * log_weight).sum(0).mean(), toy.weight, retain_graph=True)
    encoder = torch.autograd.grad(-(factor * log_weight).sum(0).mean(), (toy.mean, toy.log_sigma))
    torch.testing.assert_close(toy.weight.grad, decoder[0], rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(toy.mean.grad, encoder[0], rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(toy.log_sigma.grad, encoder[1], rtol=1e-6, atol=1e-9)


def test_the_gate_scales_the_gradient_exactly_once() -> None:
    gate, z = _GradientGate(), torch.ones(2, requires_grad=True)
    out = gate.pass_through(z)
    gate.factor = torch.tensor([2.0, 3.0])
    (out * 5.0).sum().backward()
    torch.testing.assert_close(z.grad, torch.tensor([10.0, 15.0]))
    assert gate.passes == 1


def test_no_gradient_reaches_the_encoders_through_the_density_of_q() -> None:
    """With a decoder that ignores z, log w moves with z through p and q alone, not through μ, σ."""
    mean = torch.tensor([[0.7]], requires_grad=True)
    log_sigma = torch.tensor([[-0.4]], requires_grad=True)
    config = objective(samples=1, prior_weight=1.0, dreg="paper")
    bound = importance_weighted_bound(
        gaussian(mean, log_sigma),
        lambda z: torch.zeros(1, 1, 6) * z.sum(),
        lambda pose, target: pose.sum(-1),
        torch.zeros(1, 6),
        config,
        torch.Generator().manual_seed(1),
    )
    bound.loss.backward()
    eps = torch.randn(1, 1, 1, generator=torch.Generator().manual_seed(1)).item()
    sigma = math.exp(-0.4)
    z = 0.7 + sigma * eps
    d_log_w = -z + eps / sigma  # ∂/∂z [log p(z) − log q(z)] with frozen μ, σ
    assert mean.grad is not None and log_sigma.grad is not None
    assert mean.grad.item() == pytest.approx(-d_log_w, rel=1e-5)
    assert log_sigma.grad.item() == pytest.approx(-d_log_w * sigma * eps, rel=1e-5)


def scalar_toy(kind: str, lam: float, draws: int) -> tuple[float, float]:
    """Gradient of the bound, not the loss: L_p = 2 |1.3 − sin 2z|, q = N(0.4, e^−0.3), K = 5."""
    mean = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    log_sigma = torch.tensor(-0.3, dtype=torch.float64, requires_grad=True)
    posterior = gaussian(mean.expand(draws, 1), log_sigma.expand(draws, 1))
    config = objective(samples=5, prior_weight=lam, dreg=kind)
    bound = importance_weighted_bound(
        posterior,
        lambda z: torch.sin(2.0 * z),
        lambda pose, target: 2.0 * (target - pose).abs().sum(-1),
        torch.full((draws, 1), 1.3, dtype=torch.float64),
        config,
        torch.Generator().manual_seed(11),
    )
    bound.loss.backward()
    assert mean.grad is not None and log_sigma.grad is not None
    return -mean.grad.item(), -log_sigma.grad.item()


def total_derivative(lam: float, draws: int) -> tuple[float, float]:
    """Reference: automatic differentiation of log 1/K Σ w through everything."""
    mean = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    log_sigma = torch.tensor(-0.3, dtype=torch.float64, requires_grad=True)
    noise = torch.randn(5, draws, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    z = mean + torch.exp(log_sigma) * noise
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(z)
    q = torch.distributions.Normal(mean, torch.exp(log_sigma)).log_prob(z)
    log_weight = -2.0 * (1.3 - torch.sin(2.0 * z)).abs() + lam * (prior - q)
    torch.logsumexp(log_weight, dim=0).mean().backward()
    assert mean.grad is not None and log_sigma.grad is not None
    return mean.grad.item(), log_sigma.grad.item()


# Monte-Carlo values of 1.5 million draws, for λ = 1, 0.3 and 1e-6.
TOTAL = {1.0: (0.034, 0.046), 0.3: (0.423, -0.446), 1e-6: (0.606, -0.659)}
PAPER = {1.0: (0.033, 0.045), 0.3: (0.129, -0.130), 1e-6: (0.149, -0.159)}


@pytest.mark.parametrize("lam", [1.0, 0.3, 1e-6])
def test_the_corrected_estimator_is_unbiased_for_every_weight_of_the_prior(lam: float) -> None:
    assert scalar_toy("lambda_corrected", lam, 400_000) == pytest.approx(TOTAL[lam], abs=0.006)
    assert total_derivative(lam, 400_000) == pytest.approx(TOTAL[lam], abs=0.006)


@pytest.mark.parametrize("lam", [1.0, 0.3, 1e-6])
def test_the_printed_estimator_is_unbiased_for_weight_one_only(lam: float) -> None:
    gradient = scalar_toy("paper", lam, 400_000)
    assert gradient == pytest.approx(PAPER[lam], abs=0.006)
    assert (gradient == pytest.approx(TOTAL[lam], abs=0.006)) == (lam == 1.0)


def bound_value(samples: int) -> float:
    posterior = gaussian(torch.full((200_000, 1), 0.4), torch.full((200_000, 1), -0.3))
    config = objective(samples=samples, prior_weight=1.0)
    decode: Callable[[Tensor], Tensor] = lambda z: torch.sin(2.0 * z)  # noqa: E731
    return importance_weighted_bound(
        posterior,
        decode,
        lambda pose, target: 2.0 * (target - pose).abs().sum(-1),
        torch.full((200_000, 1), 1.3),
        config,
        torch.Generator().manual_seed(2),
    ).value.item()


def test_the_bound_grows_with_the_number_of_samples_and_stays_below_the_evidence() -> None:
    bounds = [bound_value(samples) for samples in (1, 2, 5, 20)]
    z = torch.linspace(-8.0, 8.0, 200_001, dtype=torch.float64)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).exp()
    evidence = torch.trapezoid(prior * torch.exp(-2.0 * (1.3 - torch.sin(2 * z)).abs()), z).log()
    assert bounds == sorted(bounds)
    assert bounds[0] + 0.05 < bounds[-1] < evidence.item()


def test_equal_weights_count_as_all_samples() -> None:
    posterior = gaussian(torch.zeros(2, 3), torch.zeros(2, 3))
    bound = importance_weighted_bound(
        posterior,
        lambda z: torch.zeros(*z.shape[:2], 6),
        lambda pose, target: pose.sum(-1),
        torch.zeros(2, 6),
        objective(samples=10, prior_weight=0.0),
    )
    assert bound.effective_samples.item() == pytest.approx(10.0)


def test_modalities_are_dropped_with_the_probabilities_of_the_paper() -> None:
    recorded = torch.ones(100_000, 2, dtype=torch.bool)
    kept = drop_modalities(recorded, 0.6, torch.Generator().manual_seed(0))
    assert kept.all(1).float().mean().item() == pytest.approx(0.6, abs=0.01)
    assert (kept[:, 0] & ~kept[:, 1]).float().mean().item() == pytest.approx(0.2, abs=0.01)


def test_the_expected_choices_are_those_that_are_drawn_with_their_frequencies() -> None:
    recorded = torch.tensor([[True, True, True], [True, False, True], [False, True, False]])
    masks, probability = expected_masks(recorded, 0.6)
    assert masks.shape == (12, 3)
    assert probability.view(4, 3).sum(0).tolist() == pytest.approx([1.0, 1.0, 1.0])
    draws = recorded.repeat(20_000, 1)
    kept = drop_modalities(draws, 0.6, torch.Generator().manual_seed(0)).view(-1, 3, 3)
    for frame in range(3):
        expected: dict[tuple[bool, ...], float] = {}
        for mask, p in zip(masks[frame::3].tolist(), probability[frame::3].tolist(), strict=True):
            expected[tuple(mask)] = expected.get(tuple(mask), 0.0) + p
        for choice, p in expected.items():
            found = (kept[:, frame] == torch.tensor(choice)).all(1).float().mean().item()
            assert found == pytest.approx(p, abs=0.015)


def test_of_one_modality_there_is_one_choice() -> None:
    masks, probability = expected_masks(torch.ones(5, 1, dtype=torch.bool), 0.6)
    assert masks.tolist() == [[True]] * 5
    assert probability.tolist() == [1.0] * 5


def test_frames_count_by_their_weights() -> None:
    toy = Toy()
    posterior = gaussian(toy.mean, toy.log_sigma)

    def loss(rows: list[int], weights: Tensor | None) -> float:
        kept = Posterior(posterior.mean[rows], posterior.variance[rows], torch.zeros(1))  # type: ignore[index]
        torch.manual_seed(0)
        return importance_weighted_bound(
            kept,
            lambda z: (toy.mean[rows] + 0.0 * z) @ toy.weight,  # whatever the noise
            toy.loss,
            toy.target[rows],
            objective(samples=4, prior_weight=0.0),
            weights=weights,
        ).loss.item()

    weighted = loss([0, 1, 2], torch.tensor([1.0, 0.0, 3.0]))
    assert weighted == pytest.approx(loss([0, 2, 2, 2], None))


def test_a_frame_never_keeps_what_it_does_not_have_and_never_loses_all() -> None:
    recorded = torch.tensor([[True, False], [False, True]] * 500)
    kept = drop_modalities(recorded, 0.6, torch.Generator().manual_seed(0))
    torch.testing.assert_close(kept, recorded)
