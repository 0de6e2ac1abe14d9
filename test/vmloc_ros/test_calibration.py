"""Disagreement, growth and covariance, computed by hand."""

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vmloc_ros.calibration import Calibration, key, subsets
from vmloc_ros.config import parse_config
from vmloc_ros.errors import ConfigError
from vmloc_ros.pose import Pose

SENSORS = ("rgb", "depth")
CONTENT: dict[str, Any] = {
    "sigma": {
        "rgb": (0.3, 0.3, 0.3, 0.03, 0.03, 0.03),
        "depth": (0.4, 0.4, 0.4, 0.04, 0.04, 0.04),
        "rgb+depth": (0.1, 0.2, 0.3, 0.01, 0.02, 0.03),
    },
    "agreement": {"rgb+depth": {"median": 0.5, "limit": 4.0}},
    "novelty_limit": {"rgb": 10.0, "depth": 20.0},
}


def calibration(**changes: Any) -> Calibration:
    return parse_config(CONTENT | changes, Calibration, "test")


def pose(x: float = 0.0, y: float = 0.0, turn: tuple[float, float, float] = (0, 0, 0)) -> Pose:
    return Pose(np.array([x, y, 0.0]), Rotation.from_rotvec(turn).as_quat())


def test_the_sets_of_modalities_are_listed_small_ones_first() -> None:
    assert [key(present) for present in subsets(SENSORS)] == ["rgb", "depth", "rgb+depth"]
    assert subsets(("rgb",)) == [("rgb",)]


def test_disagreement_is_the_distance_in_units_of_both_experts_sigma() -> None:
    # hypot(0.3, 0.4) = 0.5 m: 3 m are 6 of them, on one of six axes.
    apart = {"rgb": pose(x=1.0), "depth": pose(x=-2.0)}
    assert calibration().disagreement(apart) == pytest.approx(6.0 / np.sqrt(6.0))


def test_disagreement_counts_rotations_about_the_axes_of_map() -> None:
    # 0.05 rad is hypot(0.03, 0.04): one σ along x, two about z.
    apart = {"rgb": pose(), "depth": pose(x=0.5, turn=(0.0, 0.0, 0.1))}
    assert calibration().disagreement(apart) == pytest.approx(np.sqrt((1.0 + 4.0) / 6.0))


def test_disagreement_does_not_depend_on_who_is_asked_first() -> None:
    here, there = pose(), pose(x=0.2, y=-0.1, turn=(0.1, -0.2, 0.3))
    forth = calibration().disagreement({"rgb": here, "depth": there})
    back = calibration().disagreement({"rgb": there, "depth": here})
    assert forth == pytest.approx(back)
    assert forth > 0.0


def test_of_three_experts_the_two_that_are_farthest_apart_count() -> None:
    sigma = dict.fromkeys(("rgb", "depth", "lidar"), (1.0,) * 6)
    poses = {"rgb": pose(x=0.0), "depth": pose(x=1.0), "lidar": pose(x=-2.0)}
    found = calibration(sigma=sigma).disagreement(poses)
    assert found == pytest.approx(3.0 / np.sqrt(2.0) / np.sqrt(6.0))


def test_one_expert_agrees_with_itself() -> None:
    assert calibration().disagreement({"depth": pose(x=7.0)}) == 0.0


def test_disagreement_of_independent_errors_as_large_as_sigma_is_about_one() -> None:
    rng = np.random.default_rng(0)
    sigma = calibration().sigma
    found = []
    for _ in range(400):
        errors = {name: rng.normal(size=6) * sigma[name] for name in SENSORS}
        poses = {
            name: Pose(error[:3], Rotation.from_rotvec(error[3:]).as_quat())
            for name, error in errors.items()
        }
        found.append(calibration().disagreement(poses))
    assert np.mean(found) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("disagreement", "growth"), [(0.0, 1.0), (0.5, 1.0), (1.0, 2.0), (5, 10)])
def test_sigma_grows_with_the_disagreement_beyond_its_median(
    disagreement: float, growth: float
) -> None:
    assert calibration().growth(SENSORS, disagreement) == growth
    expected = growth * np.array([0.1, 0.2, 0.3, 0.01, 0.02, 0.03])
    covariance = calibration().covariance(SENSORS, disagreement)
    np.testing.assert_allclose(covariance, np.diag(expected**2))
    assert np.linalg.eigvalsh(covariance).min() > 0.0


def test_a_single_expert_has_its_own_sigma_and_no_growth() -> None:
    np.testing.assert_allclose(
        np.diag(calibration().covariance(("depth",), 0.0)), [0.16] * 3 + [0.0016] * 3
    )
    assert calibration().growth(("depth",), 9.0) == 1.0


def test_only_several_experts_have_a_limit_of_disagreement() -> None:
    assert calibration().disagreement_limit(SENSORS) == 4.0
    assert calibration().disagreement_limit(("rgb",)) is None


def test_a_complete_calibration_has_no_problem() -> None:
    assert calibration().problem(SENSORS, experts=True) is None
    assert calibration().problem(("depth",), experts=True) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"sigma": {"rgb": (1.0,) * 6}}, "sigma needs six positive numbers for depth"),
        (
            {"sigma": CONTENT["sigma"] | {"rgb+depth": (0.1, 0.1, 0.0, 0.1, 0.1, 0.1)}},
            "sigma needs six positive numbers for rgb+depth",
        ),
        ({"agreement": {}}, "agreement is missing for rgb+depth"),
        ({"novelty_limit": {"rgb": 1.0}}, "novelty_limit needs a positive number for depth"),
        (
            {"novelty_limit": {"rgb": -1.0, "depth": 1.0}},
            "novelty_limit needs a positive number for rgb",
        ),
    ],
)
def test_what_a_calibration_lacks_is_named(changes: dict[str, Any], problem: str) -> None:
    assert calibration(**changes).problem(SENSORS, experts=True) == problem


def test_sensors_that_have_no_say_of_their_own_need_not_agree() -> None:
    assert calibration(agreement={}).problem(SENSORS, experts=False) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"sigma": {"rgb": (float("nan"),) * 6}},
        {"novelty_limit": {"rgb": float("inf")}},
        {"agreement": {"rgb+depth": {"median": 0.0, "limit": 1.0}}},
        {"agreement": {"rgb+depth": {"median": 1.0, "limit": float("nan")}}},
    ],
)
def test_numbers_that_mean_nothing_are_refused(changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(ConfigError, match=name):
        calibration(**changes)
