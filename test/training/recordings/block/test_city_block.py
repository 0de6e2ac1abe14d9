import numpy as np
import pytest

from training.recordings.block.block_size import SIZES
from training.recordings.block.city_block import CityBlock
from training.recordings.block.house import build_up
from training.recordings.surroundings import Surroundings

SIZE = SIZES["small"]


@pytest.fixture(scope="module")
def summer() -> CityBlock:
    return CityBlock(SIZE, "summer", seed=0)


@pytest.fixture(scope="module")
def winter() -> CityBlock:
    return CityBlock(SIZE, "winter", seed=0)


def test_houses_stand_off_the_pavement_and_clear_of_each_other() -> None:
    street = SIZES["full"].street()
    houses = list(build_up(street, np.random.default_rng(0)))
    assert len(houses) > 60
    assert len({house.name for house in houses}) == len(houses)
    footprints = [house.footprint() for house in houses]
    assert street.distance_to_m(np.concatenate(footprints)).min() >= 9.3
    for number, points in enumerate(footprints[1:], start=1):
        others = np.concatenate(footprints[:number])
        assert np.linalg.norm(points[:, None] - others, axis=2).min() > 1.0


def test_the_street_is_open_from_kerb_to_kerb_all_the_way_round(summer: CityBlock) -> None:
    street = summer.street
    along, left = np.meshgrid(np.arange(0.0, street.length_m), np.linspace(-3.2, 3.2, 9))
    xy = street.at(along.ravel(), left.ravel())
    origins = np.column_stack([xy, np.full(len(xy), 2.2)]).astype(np.float32)
    down = np.tile(np.array([0.0, 0.0, -1.0], np.float32), (len(xy), 1))
    hits = Surroundings([summer.triangles], summer.atlas).cast(origins, down)
    assert np.abs(hits.reach - 2.2).max() < 0.02


def test_winter_takes_the_leaves_and_leaves_everything_else(
    summer: CityBlock, winter: CityBlock
) -> None:
    places = [(s.foot, s.yaw_deg) for s in winter.solids]
    bare = [(s.foot, s.yaw_deg) for s in summer.solids if s.texture != "leaves"]
    assert places == bare
    assert len(bare) < len(summer.solids)


def test_another_seed_is_another_block(summer: CityBlock) -> None:
    other = CityBlock(SIZE, "summer", seed=1)
    assert [s.foot for s in other.solids] != [s.foot for s in summer.solids]


def test_street_lamps_hang_over_the_parked_cars(summer: CityBlock) -> None:
    lamps = summer.lamps_at.astype(np.float64)
    assert len(lamps) >= 2
    np.testing.assert_allclose(summer.street.distance_to_m(lamps[:, :2]), 3.7, atol=0.05)
    np.testing.assert_allclose(lamps[:, 2], 6.07, atol=0.01)
    # Each shines from just below the lamp's box.
    up = np.tile(np.array([0.0, 0.0, 0.3], np.float32), (len(lamps), 1))
    world = Surroundings([summer.triangles], summer.atlas)
    assert world.blocked(summer.lamps_at, up).all()
