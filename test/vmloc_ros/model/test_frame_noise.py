"""Noise of frames that are spread over processes."""

import pytest
import torch
from torch import Tensor

from vmloc_ros.model import frame_noise
from vmloc_ros.model.frame_noise import FrameDropout, frame_rand, frame_randn

CPU = torch.device("cpu")


class Layout:
    """Stands for one of several processes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def process(self, rank: int, count: int) -> None:
        self._monkeypatch.setattr(frame_noise, "processes", lambda: (rank, count))
        torch.manual_seed(7)


@pytest.fixture
def layout(monkeypatch: pytest.MonkeyPatch) -> Layout:
    return Layout(monkeypatch)


@pytest.mark.parametrize("draw", [frame_rand, frame_randn])
def test_a_frame_has_the_noise_that_it_has_in_one_process(layout: Layout, draw) -> None:  # type: ignore[no-untyped-def]
    layout.process(0, 1)
    whole = draw(6, 2, 4, device=CPU)
    for rank in range(3):
        layout.process(rank, 3)
        torch.testing.assert_close(draw(2, 2, 4, device=CPU), whole[rank::3], rtol=0.0, atol=0.0)


def test_the_samples_of_a_frame_stay_its_own(layout: Layout) -> None:
    layout.process(0, 1)
    whole = frame_randn(5 * 6, 4, device=CPU).view(5, 6, 4)
    layout.process(1, 2)
    own = frame_randn(5 * 3, 4, device=CPU).view(5, 3, 4)
    torch.testing.assert_close(own, whole[:, 1::2], rtol=0.0, atol=0.0)


def test_dropout_of_two_processes_is_that_of_one(layout: Layout) -> None:
    dropout = FrameDropout(0.5)

    def masked(rank: int, count: int, x: Tensor) -> Tensor:
        layout.process(rank, count)
        return dropout(x)

    x = torch.rand(8, 16) + 1.0
    whole = masked(0, 1, x)
    assert 0 < int((whole == 0.0).sum()) < x.numel()
    for rank in range(2):
        torch.testing.assert_close(masked(rank, 2, x[rank::2]), whole[rank::2])
    torch.testing.assert_close(dropout.eval()(x), x)
