import numpy as np
import pytest

from training.recordings.block.illumination import Illumination
from training.recordings.block.light import LIGHTS, Light
from training.recordings.solid import box
from training.recordings.surroundings import Surroundings
from training.recordings.texture_atlas import TextureAtlas
from training.recordings.triangles import Floats, Triangles
from training.recordings.walk import looking
from vmloc_ros.pose import Pose

WHITE, BLACK = np.full((1, 1, 3), 255, np.uint8), np.zeros((1, 1, 3), np.uint8)
ATLAS = TextureAtlas({"plain": WHITE, "sign": WHITE})
GLOW = TextureAtlas({"plain": BLACK, "sign": WHITE})
AT = np.array([[0.0, 0.0, 1.6]])
LOOKING_EAST = Pose(AT[0], looking(AT, np.array([[1.0, 0.0, 1.6]]))[0].as_quat())

GROUND = box((0.0, 0.0, -1.0), (400.0, 400.0, 1.0), "plain")
ROOF = box((12.0, -60.0, 10.0), (4.0, 60.0, 0.2), "plain")
"""Above the ground at x 10 … 14, y −90 … −30 m, where it shades what is north of it."""
SIGN = box((20.0, 6.0, 0.0), (0.2, 1.0, 1.0), "sign")
SOUTHERN_SUN = (-90.0, 45.0)


def light(name: str, **changes: object) -> Light:
    known = {field: getattr(LIGHTS[name], field) for field in Light.__slots__}
    return Light(**(known | changes))


def seen(
    hour: Light, *targets: tuple[float, float, float], lamps_at: Floats | None = None
) -> Floats:
    """The mean light (N,) from where rays towards targets meet the ground, the roof or the sign."""
    world = Surroundings([Triangles([GROUND, ROOF, SIGN], ATLAS)], ATLAS)
    lamps = np.empty((0, 3), np.float32) if lamps_at is None else lamps_at
    illumination = Illumination(hour, lamps, GLOW, np.random.default_rng(0))
    directions = (np.array(targets) - AT).astype(np.float32)
    hits = world.cast(AT[0].astype(np.float32), directions)
    assert hits.found.all()
    sample_m = np.full(len(targets), 0.01, np.float32)
    return illumination.seen(world, hits, directions, sample_m, LOOKING_EAST).mean(axis=1)


def test_what_keeps_the_sun_off_casts_a_shadow() -> None:
    azimuth_deg, elevation_deg = SOUTHERN_SUN
    hour = light("day", azimuth_deg=azimuth_deg, elevation_deg=elevation_deg)
    # At 45° the shadow of an edge 10 m up falls 10 m to the north of it.
    shaded, before, beside = seen(hour, (12.0, -21.0, 0.0), (12.0, -19.0, 0.0), (8.0, -21.0, 0.0))
    assert before == pytest.approx(beside, rel=0.05)
    assert shaded < 0.7 * before


def test_a_street_lamp_lights_what_is_near_it_at_night_and_nothing_by_day() -> None:
    lamp = np.array([[15.0, 12.0, 6.0]], np.float32)
    spots = [(15.0, 12.0, 0.0), (15.0, 40.0, 0.0)]
    near, far = seen(LIGHTS["night"], *spots, lamps_at=lamp) - seen(LIGHTS["night"], *spots)
    assert near > 20.0 * far > 0.0
    day = light("day")
    np.testing.assert_array_equal(seen(day, *spots, lamps_at=lamp), seen(day, *spots))


def test_headlights_light_the_road_ahead_and_not_the_one_behind() -> None:
    ahead, aside, behind = seen(
        LIGHTS["night"], (12.0, 0.0, 0.0), (2.0, 12.0, 0.0), (-12.0, 0.0, 0.0)
    )
    assert ahead > 3.0 * aside
    assert aside == pytest.approx(behind, abs=0.001)


def test_signs_shine_when_it_is_dark() -> None:
    sign, road = (19.9, 6.0, 0.5), (-20.0, 0.0, 0.0)
    by_night, dark = seen(LIGHTS["night"], sign, road)
    by_dusk, _ = seen(LIGHTS["dusk"], sign, road)
    assert by_night > 0.9 > 0.05 > dark
    assert by_dusk > 0.6


def test_the_sky_is_bright_by_day_and_dark_at_night() -> None:
    up = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.3]], np.float32)
    day, dusk, night = (
        Illumination(LIGHTS[name], np.empty((0, 3), np.float32), GLOW, np.random.default_rng(0))
        .sky(up)
        .mean()
        for name in ("day", "dusk", "night")
    )
    assert day > 0.4 > 0.35 > dusk > 0.08 > 0.02 > night > 0.0


def test_another_day_has_another_sun_and_the_same_lamps() -> None:
    one, other = (LIGHTS["dusk"].varied(np.random.default_rng(seed)) for seed in (1, 2))
    assert one.sun != other.sun and one.azimuth_deg != other.azimuth_deg
    assert one.lamps == other.lamps == LIGHTS["dusk"].lamps
    assert max(one.sun) <= max(LIGHTS["dusk"].sun)
