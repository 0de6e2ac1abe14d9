import torch

from vmloc_ros.model.fusion import product_of_experts

BOTH = torch.tensor([[True, True]])


def test_two_experts_and_the_prior_add_their_precisions() -> None:
    # precisions 1 (prior), 4 and 5 → variance 1/10; mean (4·1 + 5·2) / 10
    means = torch.tensor([[[1.0], [2.0]]])
    variances = torch.tensor([[[0.25], [0.2]]])
    joint = product_of_experts(means, variances, BOTH)
    torch.testing.assert_close(joint.variance, torch.tensor([[0.1]]))
    torch.testing.assert_close(joint.mean, torch.tensor([[1.4]]))
    torch.testing.assert_close(joint.expert_share, torch.tensor([[0.4, 0.5, 0.1]]))


def test_a_dropped_expert_leaves_the_other_posterior_unchanged() -> None:
    means, variances = torch.randn(3, 2, 8), torch.rand(3, 2, 8) + 0.1
    only_first = torch.tensor([[True, False]] * 3)
    dropped = product_of_experts(means, variances, only_first)
    alone = product_of_experts(means[:, :1], variances[:, :1], only_first[:, :1])
    torch.testing.assert_close(dropped.mean, alone.mean)
    torch.testing.assert_close(dropped.variance, alone.variance)


def test_with_nothing_present_the_posterior_is_the_prior() -> None:
    joint = product_of_experts(
        torch.randn(1, 2, 4), torch.rand(1, 2, 4), torch.tensor([[False, False]])
    )
    torch.testing.assert_close(joint.mean, torch.zeros(1, 4))
    torch.testing.assert_close(joint.variance, torch.ones(1, 4))


def test_what_an_absent_sensor_says_never_leaks_not_even_nan() -> None:
    means = torch.tensor([[[0.5], [float("nan")]]], requires_grad=True)
    variances = torch.tensor([[[1.0], [float("nan")]]], requires_grad=True)
    joint = product_of_experts(means, variances, torch.tensor([[True, False]]))
    (joint.mean.sum() + joint.variance.sum()).backward()
    torch.testing.assert_close(joint.mean.detach(), torch.tensor([[0.25]]))
    assert means.grad is not None and means.grad[0, 1].item() == 0.0


def test_presence_is_a_matter_of_each_frame() -> None:
    means, variances = torch.ones(2, 2, 1), torch.ones(2, 2, 1)
    joint = product_of_experts(means, variances, torch.tensor([[True, True], [True, False]]))
    torch.testing.assert_close(joint.variance[:, 0], torch.tensor([1 / 3, 1 / 2]))


def test_samples_have_the_mean_and_the_variance_of_the_posterior() -> None:
    joint = product_of_experts(torch.tensor([[[2.0], [0.0]]]), torch.tensor([[[0.5], [1.0]]]), BOTH)
    z = joint.sample(200_000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(z.mean(0), joint.mean, atol=5e-3, rtol=0.0)
    torch.testing.assert_close(z.var(0), joint.variance, atol=5e-3, rtol=0.0)
