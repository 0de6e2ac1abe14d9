"""Distances to training images, by hand where there is one statistic."""

import numpy as np
import pytest
import torch
from torch import Tensor

from vmloc_ros.familiarity import SHRINKAGE, Familiarity
from vmloc_ros.model.backbones import appearance_length

APPEARANCE = appearance_length("resnet18")


def images(count: int, statistics: int = APPEARANCE, seed: int = 0) -> Tensor:
    """Correlated statistics of very different size, as those of a network are."""
    generator = torch.Generator().manual_seed(seed)
    causes = torch.randn(count, 8, generator=generator)
    mixing = torch.randn(8, statistics, generator=torch.Generator().manual_seed(99))
    noise = 0.1 * torch.randn(count, statistics, generator=generator)
    return (causes @ mixing + noise) * torch.logspace(-2, 2, statistics) + 5.0


def distances(known: Tensor, asked: Tensor) -> list[float]:
    return Familiarity({"rgb": known}).distance("rgb", asked).tolist()  # type: ignore[no-any-return]


def test_the_distance_along_one_statistic_is_in_units_of_its_spread() -> None:
    known = torch.tensor([[1.0], [3.0]])  # spread 1 about 2
    unit = np.sqrt(1.0 + SHRINKAGE)
    found = distances(known, torch.tensor([[3.0], [4.0], [-2.0], [2.0]]))
    assert found == pytest.approx(np.array([0.0, 1.0, 3.0, 1.0]) / unit, abs=1e-6)


def test_a_direction_in_which_training_images_do_not_spread_counts_more() -> None:
    along = torch.linspace(-1.0, 1.0, 101)
    known = torch.stack([along, along], dim=1)
    within, across = distances(known, torch.tensor([[1.5, 1.5], [0.5, -0.5]]))
    # Standardised variances 2 and 0, each with 0.1 of their mean: √(2.1 / 0.1) times as far. Both
    # steps are 0.5 √2 long.
    assert across / within == pytest.approx(np.sqrt(21.0), rel=1e-3)


def test_every_training_image_is_at_distance_zero() -> None:
    known = images(500)
    assert max(distances(known, known)) < 1e-3
    assert distances(known, known[7:8]) == pytest.approx([0.0], abs=1e-3)


def test_images_of_another_place_are_farther_than_new_ones_of_the_same() -> None:
    same, foreign = images(100, seed=1), images(100, seed=1).flip(dims=[1])
    assert min(distances(images(500), foreign)) > 3.0 * max(distances(images(500), same))


def test_the_farther_the_more_unlike() -> None:
    known = images(50)
    step = torch.linspace(0.0, 100.0, 20)[:, None] * known.std(dim=0)
    found = distances(known, known[:1] + step)
    assert np.all(np.diff(found)[5:] > 0.0)  # near the training images another one may be nearer


def test_the_units_of_a_statistic_do_not_matter() -> None:
    known, asked = images(100, 16), images(10, 16, seed=1)
    scale, shift = torch.ones(16), torch.zeros(16)
    scale[3], shift[3] = 20.0, -40.0
    found = distances(known * scale + shift, asked * scale + shift)
    assert found == pytest.approx(distances(known, asked), rel=0.02)


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_few_training_images_or_equal_ones_still_give_numbers(count: int) -> None:
    asked = torch.cat([images(4, seed=1), torch.zeros(1, APPEARANCE)])
    for known in (images(count), images(1).expand(count, -1), torch.zeros(count, APPEARANCE)):
        found = torch.tensor(distances(known, asked))
        assert found.isfinite().all()
        assert (found >= 0.0).all()
        assert distances(known, known[:1]) == pytest.approx([0.0], abs=1e-3)


def test_a_statistic_that_is_always_the_same_still_tells_another_place() -> None:
    known = images(100)
    known[:, 5] = 0.0  # a channel that nothing in the place excites
    usual = known[:1].clone()
    excited = usual.clone()
    excited[:, 5] = known.std(dim=0).mean()
    near, far = distances(known, torch.cat([usual, excited]))
    assert near < 1e-3
    assert 1.0 < far < float("inf")


def test_modalities_are_told_apart() -> None:
    familiarity = Familiarity({"rgb": images(20), "depth": images(20, seed=5)})
    assert float(familiarity.distance("depth", images(20, seed=5)[:1])) < 1e-3
    assert float(familiarity.distance("rgb", images(20, seed=5)[:1])) > 1.0


def test_what_is_no_number_is_at_no_distance() -> None:
    asked = images(2, seed=1)
    asked[0, 3] = float("nan")
    lost, kept = distances(images(20), asked)
    assert np.isnan(lost)
    assert np.isfinite(kept)


def test_half_precision_appearance_is_taken_as_it_is() -> None:
    known = images(20, 8)
    assert distances(known.half(), known.half()[:1]) == pytest.approx([0.0], abs=1e-3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_and_cpu_agree_on_distances() -> None:
    known, asked = images(50), images(5, seed=1)
    on_gpu = Familiarity({"rgb": known}).to(torch.device("cuda")).distance("rgb", asked.cuda())
    assert on_gpu.tolist() == pytest.approx(distances(known, asked), rel=1e-3)


def test_a_device_takes_everything_that_a_distance_needs() -> None:
    moved = Familiarity({"rgb": images(20)}).to(torch.device("meta"))
    assert moved.distance("rgb", torch.empty(3, APPEARANCE, device="meta")).shape == (3,)
