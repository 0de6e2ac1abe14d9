"""Which quantiles of errors σ is, and how it grows with remoteness."""

import numpy as np
import pytest

from training import calibration as measuring


@pytest.mark.parametrize(
    ("share", "frames", "expected"),
    [
        (0.9, 9, 1.0),  # ⌈9⌉ of 9: the worst of nine is exceeded by one further frame in ten
        (0.9, 10, 1.0),  # ⌈9.9⌉ of 10
        (0.5, 10, 0.6),  # ⌈5.5⌉ of 10
        (0.9545, 3, 1.0),  # ⌈3.8⌉ of 3: no more than the worst is known
        (0.9545, 10_000, 0.9546),
    ],
)
def test_quantiles_of_few_frames_are_taken_higher(
    share: float, frames: int, expected: float
) -> None:
    assert measuring._level(share, frames) == pytest.approx(expected)


def test_sigma_of_few_frames_holds_its_share_of_further_ones() -> None:
    rng, frames = np.random.default_rng(0), 22
    held = []
    for _ in range(300):
        known, further = rng.laplace(size=(frames, 6)), rng.laplace(size=(200, 6))
        _, sigma = measuring._likeliest(known, np.ones(frames), frames)
        held.append((np.abs(further) < 2.0 * np.array(sigma)).mean())
    assert np.mean(held) > 0.9545


@pytest.mark.parametrize("slope", [0.0, 1.0, 4.0])
def test_errors_that_grow_with_remoteness_show_by_how_much(slope: float) -> None:
    rng = np.random.default_rng(0)
    remoteness = rng.uniform(0.0, 4.0, 4000)
    errors = rng.laplace(size=(4000, 6)) * [0.1, 0.2, 0.3, 0.01, 0.02, 0.03]
    errors *= ((1.0 + slope * remoteness) / (1.0 + slope))[:, None]
    found, sigma = measuring._likeliest(errors, remoteness, len(errors))
    assert found == slope
    # A Laplacian of scale 1 stays within 1.148 with 68.27 %, and half of 3.09 with 95.45 %.
    expected = 1.545 * np.array([0.1, 0.2, 0.3, 0.01, 0.02, 0.03])
    np.testing.assert_allclose(sigma, expected, rtol=0.1)
