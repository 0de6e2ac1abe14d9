import pytest
import torch

from training.depth_flaws import DepthFlaws
from vmloc_ros.config import AugmentationConfig


def flaws(**strengths: float) -> DepthFlaws:
    torch.manual_seed(0)
    return DepthFlaws(AugmentationConfig(**strengths))


def wall(depth_mm: int, count: int = 64) -> torch.Tensor:
    return torch.full((count, 84, 112), depth_mm, dtype=torch.int32).to(torch.uint16)


def test_without_any_flaw_an_image_is_untouched() -> None:
    depth = wall(2000)
    assert flaws()(depth) is depth


@pytest.mark.parametrize("depth_mm", [1000, 3000])
def test_noise_grows_with_the_square_of_depth(depth_mm: int) -> None:
    noisy = flaws(depth_noise=0.002)(wall(depth_mm))
    # 2 mm at 1 m, 18 mm at 3 m.
    assert noisy.std() == pytest.approx(2.0 * (depth_mm / 1000.0) ** 2, rel=0.02)
    assert noisy.mean() == pytest.approx(depth_mm, abs=0.1)


def test_scale_is_one_number_for_an_image_within_its_bounds() -> None:
    factor = flaws(depth_scale=0.1)(wall(1000)) / 1000.0
    assert (factor.amax(dim=(1, 2)) == factor.amin(dim=(1, 2))).all()
    assert 0.9 <= factor.min() < 0.91 and 1.09 < factor.max() <= 1.1


def test_shares_of_holes_are_spread_up_to_the_largest() -> None:
    lost = (flaws(depth_holes=0.5)(wall(1000, 512)) == 0.0).float().mean(dim=(1, 2))
    assert lost.mean() == pytest.approx(0.25, abs=0.02)
    assert lost.min() < 0.05 and 0.45 < lost.max() < 0.65


def test_holes_are_patches() -> None:
    lost = flaws(depth_holes=0.5)(wall(1000)) == 0.0
    ends = lost[:, :, 1:] != lost[:, :, :-1]
    # Squares of 9 pixels: a side in 9 columns, where one of two neighbours is lost.
    share = lost.float().mean(dim=(1, 2))
    assert ends.float().mean() == pytest.approx(
        float((2.0 * share * (1.0 - share)).mean() / 9.0), rel=0.15
    )


def test_no_return_stays_no_return() -> None:
    depth = wall(1000)
    depth[:, 20:40] = 0
    flawed = flaws(depth_scale=0.1, depth_noise=0.01, depth_holes=0.2)(depth)
    assert not flawed[:, 20:40].any()
    assert flawed[:, :20].any() and flawed.min() == 0.0
