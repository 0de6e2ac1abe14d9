"""Batch statistics over processes, with threads in the place of processes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch
from torch import Tensor, nn

from training import shared_batch_norm
from training.shared_batch_norm import SharedBatchNorm, share_batch_statistics


def test_sharing_leaves_the_weights_and_their_names() -> None:
    network = nn.Sequential(nn.Conv2d(2, 3, 1), nn.Sequential(nn.BatchNorm2d(3)))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    x = torch.rand(4, 2, 5, 5)
    expected = network(x)
    network[1][0].load_state_dict({k[4:]: v for k, v in before.items() if k.startswith("1.0.")})
    share_batch_statistics(network, on_gpu=False)
    assert isinstance(network[1][0], SharedBatchNorm)
    assert list(network.state_dict()) == list(before)
    torch.testing.assert_close(network(x), expected)


def test_two_halves_of_a_batch_are_normalised_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    x, weight = torch.rand(6, 3, 4, 5) * 3.0, torch.rand(6, 3, 4, 5)
    plain, whole = nn.BatchNorm2d(3), x.clone().requires_grad_()
    expected = plain(whole)
    (expected * weight).sum().backward()

    monkeypatch.setattr(shared_batch_norm, "processes", lambda: (0, 2))
    monkeypatch.setattr(shared_batch_norm, "_average", _exchange())

    def half(rank: int) -> tuple[Tensor, SharedBatchNorm]:
        norm = SharedBatchNorm(3)
        return norm(both[rank::2]), norm

    both = x.clone().requires_grad_()
    with ThreadPoolExecutor(2) as pool:
        (first, norm), (second, _) = pool.map(half, (0, 1))
    ((first * weight[0::2]).sum() + (second * weight[1::2]).sum()).backward()
    torch.testing.assert_close(torch.stack([first, second], 1).flatten(0, 1), expected)
    torch.testing.assert_close(both.grad, whole.grad)
    torch.testing.assert_close(norm.running_mean, plain.running_mean)
    torch.testing.assert_close(norm.running_var, plain.running_var)


def _exchange():  # type: ignore[no-untyped-def]
    """Two threads meet and each gets the mean of their values."""
    barrier, given = Barrier(2), []

    def average(value: Tensor) -> Tensor:
        given.append(value)
        barrier.wait(10.0)
        mean = (given[-2] + given[-1]) / 2.0
        barrier.wait(10.0)
        return mean

    return average
