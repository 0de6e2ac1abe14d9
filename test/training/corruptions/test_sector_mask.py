from dataclasses import replace

import numpy as np
import pytest

from training.corruptions.sector_mask import SectorMask
from vmloc_ros.frame import Frame


def azimuths(frame: Frame) -> np.ndarray:
    return np.degrees(np.arctan2(frame.points[:, 1], frame.points[:, 0]))


def largest_gap(frame: Frame) -> float:
    """Return the widest angle without a return, all round, in degrees."""
    ordered = np.sort(azimuths(frame))
    return float(np.diff(np.append(ordered, ordered[0] + 360.0)).max())


@pytest.mark.parametrize("seed", range(5))
def test_a_full_turn_loses_one_sector_of_19_degrees(full_frame: Frame, seed: int) -> None:
    masked = SectorMask(360.0)(full_frame, seed)
    assert 720 - len(masked.points) in (38, 39)  # 19.2° at two returns a degree
    assert largest_gap(masked) == pytest.approx(19.5, abs=0.51)


@pytest.mark.parametrize("seed", range(20))
def test_a_narrow_view_loses_the_same_share_within_it(full_frame: Frame, seed: int) -> None:
    masked = SectorMask(90.0)(full_frame, seed)
    lost = np.setdiff1d(np.round(azimuths(full_frame), 1), np.round(azimuths(masked), 1))
    assert len(lost) in (9, 10)  # 4.8°
    assert lost.min() >= -45.0 and lost.max() <= 45.0


def test_every_elevation_of_the_sector_is_lost(full_frame: Frame) -> None:
    high = full_frame.points + np.float32([0.0, 0.0, 5.0, 0.0])
    both = replace(full_frame, points=np.concatenate([full_frame.points, high]))
    masked = SectorMask(360.0)(both, 0)
    assert np.sum(masked.points[:, 2] == 0.0) == np.sum(masked.points[:, 2] == 5.0) < 720


def test_returns_that_stay_are_unchanged_and_in_order(full_frame: Frame) -> None:
    before, after = full_frame.points.tolist(), SectorMask(360.0)(full_frame, 0).points.tolist()
    places = [before.index(point) for point in after]
    assert places == sorted(set(places))
