"""`PooledErrors`: the errors of some frames of a condition, in a few numbers."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from training.consistency import AXES
from training.robustness.outcome import Outcome
from vmloc_ros.pose import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledErrors:
    """Errors of a number of estimates; NaN where there are none."""

    estimates: int
    median_translation_m: float = math.nan
    median_rotation_deg: float = math.nan
    mean_translation_m: float = math.nan
    mean_rotation_deg: float = math.nan
    coverage_1_sigma: float = math.nan
    """Share of the errors within 1σ, over the six axes of all estimates; 0.68 for a Gaussian."""
    coverage_2_sigma: float = math.nan
    """Within 2σ; 0.95 for a Gaussian."""
    translation_ratio: float = math.nan
    """The median beside that of the same frames when they are clean; 1: nothing is lost."""
    rotation_ratio: float = math.nan

    @classmethod
    def of(cls, outcomes: Mapping[int, Outcome], clean: Mapping[int, Outcome]) -> "PooledErrors":
        """Pool estimates.

        Args:
            outcomes: by the number of the frame, all of them answered.
            clean: the same of clean frames. Frames that are in one of the two alone take no part
                in the ratios.
        """
        if not outcomes:
            return cls(estimates=0)
        pooled, errors = list(outcomes.values()), _errors(outcomes.values())
        median_m, median_deg = np.median(errors, axis=0).tolist()
        mean_m, mean_deg = np.mean(errors, axis=0).tolist()
        ratio_m, ratio_deg = _ratios(outcomes, clean)
        return cls(
            estimates=len(pooled),
            median_translation_m=median_m,
            median_rotation_deg=median_deg,
            mean_translation_m=mean_m,
            mean_rotation_deg=mean_deg,
            coverage_1_sigma=_coverage([one.within_1_sigma for one in pooled]),
            coverage_2_sigma=_coverage([one.within_2_sigma for one in pooled]),
            translation_ratio=ratio_m,
            rotation_ratio=ratio_deg,
        )


def _errors(outcomes: Collection[Outcome]) -> Array:
    """Return metres and degrees (N, 2)."""
    return np.array([(one.translation_m, one.rotation_deg) for one in outcomes])


def _coverage(within: list[int]) -> float:
    return sum(within) / (len(AXES) * len(within))


def _ratios(outcomes: Mapping[int, Outcome], clean: Mapping[int, Outcome]) -> tuple[float, float]:
    """Return the medians of the frames that both have, divided; NaN where that says nothing."""
    both = [frame for frame in outcomes if frame in clean]
    if not both:
        return math.nan, math.nan
    here = np.median(_errors([outcomes[frame] for frame in both]), axis=0)
    there = np.median(_errors([clean[frame] for frame in both]), axis=0)
    ratio_m, ratio_deg = np.divide(here, there, out=np.full(2, np.nan), where=there > 0.0).tolist()
    return ratio_m, ratio_deg
