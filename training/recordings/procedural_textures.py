"""What the surfaces of the synthetic room look like: pictures drawn from random numbers.

Every function returns (H, W, 3) uint8, RGB; sides are powers of two, as `TextureAtlas` needs.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator

from training.recordings.brush import Picture, clear_colour, gradient, grain, noise, tint

WALL_SIZE = (512, 1024)
POSTERS, PAINTINGS, BOOKS, CARTONS, CUSHIONS = 7, 4, 20, 4, 3


def draw_textures(rng: Generator) -> dict[str, Picture]:
    """Draw all textures of a room by name; the same generator state gives the same pictures."""
    textures: dict[str, Picture] = {
        "floor": floorboards(rng),
        "ceiling": plaster(rng, (226, 224, 218)),
        "rug": rug(rng),
        "wall_north": striped_wallpaper(rng, (176, 190, 160)),
        "wall_south": plaster(rng, (205, 178, 140), WALL_SIZE),
        "wall_east": dotted_wallpaper(rng, (150, 172, 196)),
        "wall_west": bricks(rng),
        "oak": wood(rng, (188, 144, 92)),
        "walnut": wood(rng, (112, 74, 48)),
        "white_wood": wood(rng, (214, 208, 198), 0.25),
        "sofa": fabric(rng, (66, 92, 120)),
        "chair": fabric(rng, (150, 60, 48)),
        "tiles": tiles(rng),
        "door": door(rng),
        "window": window(rng),
        "screen": screen(rng),
        "keyboard": keyboard(),
        "clock": clock(),
        "leaves": leaves(rng),
        "terracotta": plaster(rng, (176, 96, 62)),
        "metal": plaster(rng, (120, 124, 130)),
        "black": plaster(rng, (38, 38, 42)),
        "lampshade": fabric(rng, (250, 226, 170)),
        "lamp": plaster(rng, (255, 250, 235)),
        "ball": ball(rng),
    }
    series: dict[str, tuple[int, Callable[[Generator], Picture]]] = {
        "poster": (POSTERS, poster),
        "painting": (PAINTINGS, painting),
        "book": (BOOKS, book),
        "carton": (CARTONS, carton),
        "cushion": (CUSHIONS, cushion),
    }
    for name, (count, draw) in series.items():
        textures |= {f"{name}_{index}": draw(rng) for index in range(count)}
    return textures


def wood(rng: Generator, colour: tuple[int, int, int], contrast: float = 1.0) -> Picture:
    """Grain along the picture's width."""
    along = noise(rng, (256, 256), (12, 3))
    fine = noise(rng, (256, 256), (128, 8))
    rings = np.sin(2.0 * np.pi * (9.0 * along + 0.02 * np.arange(256, dtype=np.float32)[:, None]))
    return tint(colour, 0.88 + contrast * (0.12 * rings + 0.25 * (fine - 0.5)))


def floorboards(rng: Generator) -> Picture:
    """Eight boards of different tone, with joints."""
    boards = np.concatenate(
        [
            np.roll(wood(rng, (164, 120, 78))[:64] * rng.uniform(0.7, 1.1), rng.integers(256), 1)
            for _ in range(8)
        ]
    ).clip(0, 255)
    boards = np.tile(boards, (1, 2, 1))
    boards[::64] *= 0.35
    for row in range(8):
        boards[row * 64 : row * 64 + 64, rng.integers(16, 496)] *= 0.35
    return boards.astype(np.uint8)


def plaster(
    rng: Generator, colour: tuple[int, int, int], size: tuple[int, int] = (256, 256)
) -> Picture:
    """Paint with faint blotches and grain."""
    blotches = noise(rng, size, (6, 12)) + 0.6 * noise(rng, size, (48, 96))
    return tint(colour, 0.92 + 0.12 * (blotches - 0.8))


def striped_wallpaper(rng: Generator, colour: tuple[int, int, int]) -> Picture:
    """Stripes of uneven width and tone, with a border below the ceiling."""
    picture = plaster(rng, colour, WALL_SIZE)
    left = 0
    while left < WALL_SIZE[1]:
        width = int(rng.integers(12, 48))
        stripe = picture[:, left : left + width]
        stripe[:] = (stripe * rng.uniform(0.72, 1.08, 3)).clip(0, 255)
        left += width
    picture[28:44] = (picture[28:44] * np.array([0.6, 0.4, 0.4])).astype(np.uint8)
    return picture


def dotted_wallpaper(rng: Generator, colour: tuple[int, int, int]) -> Picture:
    """Scattered flowers in several colours over a panelled lower half."""
    picture = plaster(rng, colour, WALL_SIZE)
    for _ in range(260):
        x, y = int(rng.integers(WALL_SIZE[1])), int(rng.integers(310))
        cv2.circle(picture, (x, y), int(rng.integers(4, 13)), clear_colour(rng), -1, cv2.LINE_AA)
        cv2.circle(picture, (x, y), 3, (240, 220, 120), -1, cv2.LINE_AA)
    picture[320:] = cv2.resize(wood(rng, (150, 120, 90)), (1024, 192))
    for x in range(0, 1024, 64):
        cv2.rectangle(picture, (x + 8, 338), (x + 56, 496), (86, 66, 48), 2)
    return picture


def bricks(rng: Generator) -> Picture:
    """A brick wall, every brick of its own tone."""
    height, width = WALL_SIZE
    picture = np.full((height, width, 3), (172, 164, 152), np.uint8)
    for row, top in enumerate(range(0, height, 16)):
        for left in range(-24 * (row % 2), width, 48):
            tone = np.array([168, 92, 70]) * rng.uniform(0.55, 1.15)
            picture[top + 2 : top + 16, max(left + 2, 0) : max(left + 48, 0)] = tone.clip(0, 255)
    return grain(rng, picture, 0.25)


def fabric(rng: Generator, colour: tuple[int, int, int]) -> Picture:
    """A weave with worn patches."""
    y, x = np.mgrid[:256, :256].astype(np.float32)
    weave = np.sin(x * 0.8) * np.sin(y * 0.8)
    return tint(colour, 0.9 + 0.1 * weave + 0.35 * (noise(rng, (256, 256), (8, 8)) - 0.5))


def cushion(rng: Generator) -> Picture:
    """Coloured bands."""
    picture = fabric(rng, clear_colour(rng)).astype(np.float32)
    for _ in range(6):
        top = int(rng.integers(0, 230))
        picture[top : top + int(rng.integers(8, 26))] *= rng.uniform(0.4, 1.5, 3)
    return picture.clip(0, 255).astype(np.uint8)


def rug(rng: Generator) -> Picture:
    """Nested borders, motifs of random colour and a medallion."""
    picture = np.full((256, 256, 3), clear_colour(rng), np.uint8)
    for inset in range(0, 60, 12):
        cv2.rectangle(picture, (inset, inset), (255 - inset, 255 - inset), clear_colour(rng), -1)
    for _ in range(50):
        x, y = (int(value) for value in rng.integers(64, 192, 2))
        box = cv2.boxPoints(((x, y), tuple(rng.uniform(6, 24, 2)), float(rng.uniform(0, 90))))
        cv2.fillPoly(picture, [box.astype(np.int32)], clear_colour(rng))
    cv2.ellipse(picture, (128, 128), (40, 28), 0, 0, 360, clear_colour(rng), -1)
    cv2.ellipse(picture, (128, 128), (24, 14), 0, 0, 360, clear_colour(rng), -1)
    return grain(rng, picture, 0.25)


def tiles(rng: Generator) -> Picture:
    """Glazed tiles with joints, some of them coloured."""
    picture = np.full((256, 256, 3), (150, 150, 146), np.uint8)
    for top in range(0, 256, 32):
        for left in range(0, 256, 32):
            tone = np.array(clear_colour(rng) if rng.random() < 0.3 else (222, 224, 220))
            tone = (tone * rng.uniform(0.88, 1.0)).astype(np.uint8)
            picture[top + 2 : top + 31, left + 2 : left + 31] = tone
    return grain(rng, picture, 0.06)


def poster(rng: Generator) -> Picture:
    """Random shapes and lines of "text" on a two-tone ground, framed."""
    picture = gradient(clear_colour(rng), clear_colour(rng))
    for _ in range(int(rng.integers(8, 16))):
        corners = rng.integers(10, 246, (int(rng.integers(3, 6)), 2)).astype(np.int32)
        if rng.random() < 0.5:
            cv2.fillPoly(picture, [cv2.convexHull(corners)], clear_colour(rng), cv2.LINE_AA)
        else:
            x, y = (int(value) for value in corners[0])
            cv2.circle(
                picture, (x, y), int(rng.integers(10, 50)), clear_colour(rng), -1, cv2.LINE_AA
            )
    ink = clear_colour(rng)
    for top in range(180, 180 + 10 * int(rng.integers(0, 6)), 10):
        cv2.line(picture, (30, top), (int(rng.integers(90, 225)), top), ink, 4)
    cv2.rectangle(picture, (0, 0), (255, 255), (44, 36, 30), 14)
    return picture


def painting(rng: Generator) -> Picture:
    """A landscape: sky, ranges of hills, a sun, a frame."""
    picture = gradient((90, 140, 200), (240, 210, 170))
    sun = (int(rng.integers(40, 216)), int(rng.integers(30, 100)))
    cv2.circle(picture, sun, int(rng.integers(12, 26)), (255, 240, 190), -1, cv2.LINE_AA)
    for horizon in (110, 145, 185):
        ridge = horizon + 50.0 * (noise(rng, (1, 256), (1, 9))[0] - 0.5)
        outline = np.stack([np.arange(256), ridge], axis=1)
        corners = np.concatenate([outline, [[255, 255], [0, 255]]]).astype(np.int32)
        green = rng.uniform(0.4, 1.1) * np.array([120, 150, 80])
        cv2.fillPoly(picture, [corners], tuple(float(value) for value in green), cv2.LINE_AA)
    cv2.rectangle(picture, (0, 0), (255, 255), (150, 112, 48), 18)
    return grain(rng, picture, 0.2)


def book(rng: Generator) -> Picture:
    """A spine: bands and a title."""
    picture = np.full((64, 16, 3), clear_colour(rng), np.uint8)
    for top in rng.integers(2, 58, 3):
        picture[top : top + int(rng.integers(1, 5))] = clear_colour(rng)
    picture[20:44, 6:10] = clear_colour(rng)
    return picture


def carton(rng: Generator) -> Picture:
    """Cardboard with tape, a label and a mark."""
    picture = wood(rng, (182, 142, 98), 0.2)
    x, y = (int(value) for value in rng.integers(20, 150, 2))
    picture[:, 112:144] = (206, 186, 140)
    cv2.rectangle(picture, (x, y), (x + 80, y + 50), (236, 236, 230), -1)
    for row in range(y + 10, y + 46, 9):
        cv2.line(picture, (x + 8, row), (x + int(rng.integers(30, 72)), row), (40, 40, 40), 3)
    corners = rng.integers(20, 236, (3, 2)).astype(np.int32)
    cv2.polylines(picture, [corners], True, clear_colour(rng), 8, cv2.LINE_AA)
    return picture


def door(rng: Generator) -> Picture:
    """Panels and a handle."""
    picture = cv2.rotate(wood(rng, (138, 96, 60)), cv2.ROTATE_90_CLOCKWISE)
    for top, bottom in ((24, 112), (140, 236)):
        for left, right in ((30, 116), (140, 226)):
            cv2.rectangle(picture, (left, top), (right, bottom), (84, 56, 34), 6)
    cv2.circle(picture, (236, 128), 9, (220, 190, 90), -1)
    return picture.astype(np.uint8)


def window(rng: Generator) -> Picture:
    """Sky with clouds over trees, behind a white frame with a cross."""
    clouds = (2.0 * noise(rng, (256, 256), (6, 5)) - 0.8).clip(0.0, 1.0)[..., None]
    sky = gradient((120, 170, 235), (205, 225, 245)).astype(np.float32)
    picture = (sky * (1.0 - clouds) + 255.0 * clouds).clip(0, 255).astype(np.uint8)
    for _ in range(22):
        x = int(rng.integers(256))
        green = (60 + int(rng.integers(40)), 110 + int(rng.integers(50)), 60)
        cv2.circle(picture, (x, int(rng.integers(200, 250))), int(rng.integers(14, 34)), green, -1)
    cv2.rectangle(picture, (0, 0), (255, 255), (245, 245, 240), 20)
    cv2.line(picture, (128, 0), (128, 255), (245, 245, 240), 10)
    cv2.line(picture, (0, 96), (255, 96), (245, 245, 240), 10)
    return picture


def screen(rng: Generator) -> Picture:
    """A desktop with two windows of "text"."""
    picture = gradient((30, 60, 110), (70, 130, 160))
    for left, top, right, bottom in ((16, 24, 150, 200), (120, 60, 240, 236)):
        cv2.rectangle(picture, (left, top), (right, bottom), (238, 240, 242), -1)
        cv2.rectangle(picture, (left, top), (right, top + 16), clear_colour(rng), -1)
        for row in range(top + 28, bottom - 8, 12):
            end = int(rng.integers(left + 20, right - 8))
            cv2.line(picture, (left + 8, row), (end, row), clear_colour(rng), 4)
    cv2.rectangle(picture, (0, 0), (255, 255), (20, 20, 22), 12)
    return picture


def keyboard() -> Picture:
    """Rows of keys."""
    picture = np.full((64, 128, 3), 50, np.uint8)
    for top in range(4, 60, 14):
        for left in range(4, 120, 12):
            picture[top : top + 10, left : left + 9] = 205
    return picture


def clock() -> Picture:
    """A dial at ten past ten."""
    picture = np.full((128, 128, 3), 245, np.uint8)
    for hour in range(12):
        angle = np.deg2rad(30.0 * hour)
        mark = (int(64 + 50 * np.sin(angle)), int(64 - 50 * np.cos(angle)))
        cv2.circle(picture, mark, 4, (20, 20, 20), -1)
    cv2.line(picture, (64, 64), (38, 49), (20, 20, 20), 6)
    cv2.line(picture, (64, 64), (100, 44), (20, 20, 20), 4)
    cv2.rectangle(picture, (0, 0), (127, 127), (160, 40, 40), 10)
    return picture


def leaves(rng: Generator) -> Picture:
    """Overlapping leaves in greens."""
    picture = np.full((256, 256, 3), (26, 60, 26), np.uint8)
    for _ in range(220):
        centre = tuple(int(value) for value in rng.integers(0, 256, 2))
        green = (
            30 + int(rng.integers(60)),
            90 + int(rng.integers(100)),
            30 + int(rng.integers(40)),
        )
        angle = float(rng.uniform(0, 180))
        cv2.ellipse(picture, centre, (18, 6), angle, 0, 360, green, -1, cv2.LINE_AA)
    return picture


def ball(rng: Generator) -> Picture:
    """Broad stripes."""
    picture = np.empty((64, 64, 3), np.uint8)
    for left in range(0, 64, 16):
        picture[:, left : left + 16] = clear_colour(rng)
    return picture
