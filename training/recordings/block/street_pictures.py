"""What streets, gardens, cars and people look like: pictures drawn from random numbers.

Every picture is (H, W, 3) uint8, RGB; sides are powers of two, as `TextureAtlas` needs. Those of
the ground and of plants change with the season.
"""

from typing import Literal

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.recordings.brush import Picture, clear_colour, grain, noise, tint
from training.recordings.procedural_textures import leaves, plaster, poster, wood

Season = Literal["summer", "winter"]
SEASONS: tuple[Season, ...] = ("summer", "winter")

PAINTS, CLOTHES, SIGNS, PATCHES = 8, 10, 8, 6
"""How many there are of each."""
SNOW = (222, 228, 236)
WITHERED = np.array([1.3, 0.9, 0.9])
"""What winter makes of the colours of a lawn."""
ASPHALT_SIZE = (2048, 512)
ASPHALT_LENGTH_M = 28.0
"""The carriageway's picture repeats after this; it spans both lanes."""

HEADLAMP, TAILLAMP, STREET_LAMP = (255, 246, 224), (230, 20, 12), (255, 206, 130)


def draw_street_pictures(rng: Generator, season: Season) -> dict[str, Picture]:
    """Draw all pictures of a street by name, except its facades."""
    pictures = {
        "asphalt": asphalt(rng),
        "cobbles": cobbles(rng, (120, 114, 108), 16),
        "pavement": cobbles(rng, (160, 156, 148), 32),
        "kerb": plaster(rng, (150, 148, 142)),
        "zebra": zebra(rng),
        "bark": wood(rng, (104, 84, 66)),
        "bench": wood(rng, (140, 96, 58)),
        "metal": plaster(rng, (92, 98, 100)),
        "glass": plaster(rng, (44, 54, 64)),
        "tyre": plaster(rng, (28, 28, 30)),
        "skin": plaster(rng, (196, 150, 124)),
        "hair": plaster(rng, (70, 52, 40)),
        "post_box": plaster(rng, (186, 32, 30)),
        **dict.fromkeys(("headlamp", "headlamp_off"), plaster(rng, (226, 226, 220))),
        **dict.fromkeys(("taillamp", "taillamp_off"), plaster(rng, (140, 18, 16))),
        "street_lamp": plaster(rng, (200, 198, 188)),
    }
    for index in range(PAINTS):
        pictures[f"paint_{index}"] = plaster(rng, _paint(rng))
    for index in range(CLOTHES):
        pictures[f"cloth_{index}"] = plaster(rng, clear_colour(rng))
    for index in range(SIGNS):
        pictures[f"sign_{index}"] = poster(rng)
    for index in range(PATCHES):
        pictures[f"patch_{index}"] = plaster(rng, _grey(rng))
    # Last: what is drawn before is the same in all seasons.
    return pictures | _of_season(rng, season)


def draw_street_glow() -> dict[str, Picture]:
    """Draw what shines at night, of the names of `draw_street_pictures`."""
    colours = {"headlamp": HEADLAMP, "taillamp": TAILLAMP, "street_lamp": STREET_LAMP}
    return {name: np.full((1, 1, 3), colour, np.uint8) for name, colour in colours.items()}


def _of_season(rng: Generator, season: Season) -> dict[str, Picture]:
    foliage, lawn = leaves(rng), grass(rng)
    dry = tint((96, 82, 60), noise(rng, (256, 256), (64, 64)) + 0.4)
    tiles, slate = roof(rng, (158, 84, 62)), roof(rng, (96, 98, 108))
    if season == "summer":
        return {"leaves": foliage, "hedge": foliage, "grass": lawn, "tiles": tiles, "slate": slate}
    return {
        "leaves": foliage,
        "hedge": _snowed(rng, dry, 0.35),
        "grass": _snowed(rng, (lawn * WITHERED).clip(0, 255), 0.75),
        "tiles": _snowed(rng, tiles, 0.8),
        "slate": _snowed(rng, slate, 0.8),
    }


def _snowed(rng: Generator, picture: NDArray[np.generic], cover: float) -> Picture:
    """Lay snow on a share of a picture."""
    height, width = picture.shape[:2]
    drift = noise(rng, (height, width), (9, 9)) + 0.3 * noise(rng, (height, width), (60, 60))
    snow = (6.0 * (drift - np.quantile(drift, 1.0 - cover))).clip(0.0, 1.0)[..., None]
    mixed = picture * (1.0 - snow) + np.array(SNOW) * snow
    return np.asarray(mixed.clip(0, 255), np.uint8)


def asphalt(rng: Generator) -> Picture:
    """Two lanes: a broken line in the middle, solid ones at the edges, tracks and cracks."""
    height, width = ASPHALT_SIZE
    tone = (
        0.8 + 0.25 * noise(rng, ASPHALT_SIZE, (40, 6)) + 0.2 * noise(rng, ASPHALT_SIZE, (700, 180))
    )
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)
    tracks = 0.12 * np.exp(-np.square((np.abs(np.abs(x) - 0.5) - 0.22) / 0.07))
    picture = tint((92, 92, 94), tone - tracks)
    for _ in range(14):
        steps = rng.normal((0, 24), (16, 8), (24, 2)).cumsum(axis=0)
        crack = (steps + rng.integers((width, height))).astype(np.int32)
        cv2.polylines(picture, [crack], False, (58, 58, 60), 2)
    for left in (8, width - 20):
        picture[:, left : left + 10] = (212, 210, 200)
    for top in range(0, height, 512):
        picture[top : top + 220, width // 2 - 5 : width // 2 + 6] = (222, 220, 210)
    return grain(rng, picture, 0.3)


def cobbles(rng: Generator, colour: tuple[int, int, int], side: int) -> Picture:
    """Square stones of their own tones, with joints; 256 × 256."""
    count = 256 // side
    tones = rng.uniform(0.8, 1.1, (count, count)).repeat(side, 0).repeat(side, 1)
    tones[::side] *= 0.7
    tones[:, ::side] *= 0.7
    return grain(rng, tint(colour, tones), 0.2)


def zebra(rng: Generator) -> Picture:
    """White bars on dark, across the picture's width."""
    picture = tint((86, 86, 88), 0.8 + 0.3 * noise(rng, (64, 512), (32, 128)))
    for left in range(16, 512, 64):
        picture[:, left : left + 32] = (224, 222, 214)
    return grain(rng, picture, 0.2)


def grass(rng: Generator) -> Picture:
    """A lawn with patches."""
    tone = 0.55 + 0.5 * noise(rng, (256, 256), (6, 6)) + 0.5 * noise(rng, (256, 256), (128, 128))
    return tint((78, 112, 48), tone)


def roof(rng: Generator, colour: tuple[int, int, int]) -> Picture:
    """Rows of tiles."""
    rows = 0.75 + 0.25 * (np.arange(128) % 8 / 7.0)[:, None]
    return tint(colour, rows * rng.uniform(0.8, 1.1, (16, 32)).repeat(8, 0).repeat(4, 1))


def _paint(rng: Generator) -> tuple[int, int, int]:
    """A car's colour: often white, grey or black."""
    return clear_colour(rng) if rng.random() < 0.5 else _grey(rng, 30, 235)


def _grey(rng: Generator, low: int = 40, high: int = 80) -> tuple[int, int, int]:
    level = int(rng.integers(low, high))
    return level, level, level + 3
