"""`Facade`: the front of a building, drawn from random numbers, and its lit windows at night."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from training.recordings.brush import Picture, clear_colour, grain, noise, tint

HEIGHT, WIDTH = 256, 512
LIT_WINDOWS, LIT_SHOPS = 0.3, 0.6
"""Fractions with a lamp on in the evening."""
EVENING_COLOURS = ((255, 190, 110), (255, 214, 150), (235, 225, 200), (190, 205, 255))
Colour = tuple[int, int, int]
Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True, eq=False)
class Facade:
    """What a front looks like by day, and what of it shines at night (black elsewhere)."""

    picture: Picture
    glow: Picture

    @classmethod
    def drawn(cls, rng: Generator, bays: int, storeys: int, shop: bool) -> "Facade":
        """Draw a front with `bays` windows side by side on each of its storeys."""
        facade = cls(_wall(rng), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
        top = HEIGHT - HEIGHT // storeys
        facade._windows(rng, _grid(bays, storeys - 1, top), _WindowStyle.drawn(rng))
        if rng.random() < 0.6:
            facade._cornices(rng, storeys)
        (facade._shop if shop else facade._entrance)(rng, top, bays)
        return cls(grain(rng, facade.picture, 0.12), facade.glow)

    def _windows(self, rng: Generator, cells: Iterator[Rectangle], style: "_WindowStyle") -> None:
        for cell in cells:
            if rng.random() < 0.96:  # some are walled up
                self._window(rng, _shrunk(cell, style.width, style.height), style)

    def _window(self, rng: Generator, at: Rectangle, style: "_WindowStyle") -> None:
        left, top, right, bottom = at
        if style.shutters is not None:
            leaf = max(2, (right - left) // 3)
            _fill(self.picture, (left - leaf, top, right + leaf, bottom), style.shutters)
        _fill(self.picture, (left - 2, top - 2, right + 2, bottom + 2), style.frame)
        _fill(self.picture, at, _glass(rng))
        if rng.random() < 0.5:  # curtains
            drawn = left + int(rng.uniform(0.2, 0.6) * (right - left))
            _fill(self.picture, (left, top, drawn, bottom), _pale(rng))
        _fill(self.picture, (left - 4, bottom + 1, right + 4, bottom + 4), style.sill)
        middle = (left + right) // 2
        cv2.line(self.picture, (middle, top), (middle, bottom), style.frame, 1)
        if rng.random() < LIT_WINDOWS:
            _fill(self.glow, at, _evening(rng))

    def _cornices(self, rng: Generator, storeys: int) -> None:
        colour = _pale(rng)
        for storey in range(0, storeys, int(rng.integers(1, 3))):
            row = storey * HEIGHT // storeys
            _fill(self.picture, (0, row, WIDTH, row + 4), colour)

    def _shop(self, rng: Generator, top: int, bays: int) -> None:
        """Windows and a door under a board with letters."""
        board = top + (HEIGHT - top) // 4
        colour, letters = clear_colour(rng), _pale(rng)
        lit = rng.random() < LIT_SHOPS
        _fill(self.picture, (0, top, WIDTH, HEIGHT), tuple(value // 2 for value in colour))
        _fill(self.picture, (8, top + 3, WIDTH - 8, board), colour)
        _letters(rng, self.picture, (30, top + 5, WIDTH - 30, board - 2), letters)
        door = int(rng.integers(bays))
        for bay in range(bays):
            left, right = bay * WIDTH // bays + 6, (bay + 1) * WIDTH // bays - 6
            at = (left, board + 5, right, HEIGHT - (2 if bay == door else 14))
            _fill(self.picture, at, _glass(rng))
            _wares(rng, self.picture, at)
            if lit:
                _fill(self.glow, at, (255, 225, 175))
        if lit:
            sign = self.picture[top + 3 : board, 8 : WIDTH - 8]
            self.glow[top + 3 : board, 8 : WIDTH - 8] = sign

    def _entrance(self, rng: Generator, top: int, bays: int) -> None:
        """A door among windows, a plinth below."""
        style = _WindowStyle.drawn(rng)
        door = int(rng.integers(bays))
        _fill(self.picture, (0, HEIGHT - 12, WIDTH, HEIGHT), (110, 106, 100))
        for bay in range(bays):
            cell = (bay * WIDTH // bays, top, (bay + 1) * WIDTH // bays, HEIGHT)
            if bay != door:
                self._window(rng, _shrunk(cell, style.width, style.height), style)
        left, right = (door * WIDTH + WIDTH // 4) // bays, (door * WIDTH + 3 * WIDTH // 4) // bays
        _fill(self.picture, (left - 3, top + 8, right + 3, HEIGHT), _pale(rng))
        _fill(self.picture, (left, top + 12, right, HEIGHT), clear_colour(rng))


@dataclass(frozen=True, slots=True)
class _WindowStyle:
    """What the windows of a front have in common."""

    width: float
    """Of a bay."""
    height: float
    """Of a storey."""
    frame: Colour
    sill: Colour
    shutters: Colour | None

    @classmethod
    def drawn(cls, rng: Generator) -> "_WindowStyle":
        shutters = clear_colour(rng) if rng.random() < 0.25 else None
        width = rng.uniform(0.3, 0.45) if shutters else rng.uniform(0.4, 0.8)
        frame = _pale(rng) if rng.random() < 0.7 else (60, 52, 48)
        return cls(float(width), float(rng.uniform(0.45, 0.7)), frame, _pale(rng), shutters)


def _wall(rng: Generator) -> Picture:
    """Bricks, blocks of stone, or painted plaster with stains."""
    kind = rng.random()
    if kind < 0.35:
        red, tone = rng.uniform(0.6, 1.1), rng.uniform(0.6, 1.1)
        return _masonry(rng, (int(165 * red), int(105 * tone), int(80 * tone)), (8, 16))
    if kind < 0.55:
        shade = rng.uniform(0.7, 1.0)
        return _masonry(rng, (int(205 * shade), int(190 * shade), int(160 * shade)), (20, 44))
    pale = 0.45 + 0.55 * np.array(clear_colour(rng)) / 255.0
    red, green, blue = (int(value) for value in 225 * pale)
    stains = noise(rng, (HEIGHT, WIDTH), (5, 9)) + 0.5 * noise(rng, (HEIGHT, WIDTH), (40, 80))
    return tint((red, green, blue), 0.86 + 0.14 * stains)


def _masonry(rng: Generator, colour: Colour, brick: tuple[int, int]) -> Picture:
    """Courses of bricks of their own tones, (height, width) in pixels, with joints."""
    height, width = brick
    rows, columns = HEIGHT // height + 1, WIDTH // width + 2
    tones = rng.uniform(0.7, 1.1, (rows, columns)).astype(np.float32)
    tones = np.repeat(np.repeat(tones, height, axis=0), width, axis=1)
    for row in range(1, rows, 2):
        course = slice(row * height, (row + 1) * height)
        tones[course] = np.roll(tones[course], width // 2, axis=1)
    tones[::height] *= 0.75
    return tint(colour, tones[:HEIGHT, :WIDTH])


def _grid(bays: int, storeys: int, bottom: int) -> Iterator[Rectangle]:
    for storey in range(storeys):
        for bay in range(bays):
            yield (
                bay * WIDTH // bays,
                storey * bottom // storeys,
                (bay + 1) * WIDTH // bays,
                (storey + 1) * bottom // storeys,
            )


def _shrunk(cell: Rectangle, width: float, height: float) -> Rectangle:
    left, top, right, bottom = cell
    x, y = int((right - left) * (1.0 - width) / 2.0), int((bottom - top) * (1.0 - height) / 2.0)
    return left + x, top + y, right - x, bottom - y


def _wares(rng: Generator, picture: Picture, window: Rectangle) -> None:
    left, top, right, bottom = window
    for x in range(left + 4, right - 12, 14):
        high = int(rng.uniform(0.2, 0.7) * (bottom - top))
        _fill(picture, (x, bottom - high, x + int(rng.integers(5, 12)), bottom), clear_colour(rng))


def _letters(rng: Generator, picture: Picture, board: Rectangle, colour: Colour) -> None:
    left, top, right, bottom = board
    x = left + int(rng.integers(0, 120))
    while x < right - int(rng.integers(10, 160)):
        cut = int(rng.integers(0, max(1, (bottom - top) // 2)))
        _fill(picture, (x, top + cut, x + int(rng.integers(4, 11)), bottom), colour)
        x += int(rng.integers(12, 22))


def _fill(picture: Picture, at: Rectangle, colour: tuple[int, ...]) -> None:
    left, top, right, bottom = at
    picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = colour


def _glass(rng: Generator) -> Colour:
    sky = float(rng.uniform(0.3, 1.0))
    return int(70 * sky), int(88 * sky), int(108 * sky)


def _pale(rng: Generator) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(185, 240, 3))
    return red, green, blue


def _evening(rng: Generator) -> Colour:
    red, green, blue = EVENING_COLOURS[int(rng.integers(len(EVENING_COLOURS)))]
    shade = float(rng.uniform(0.45, 1.0))
    return int(red * shade), int(green * shade), int(blue * shade)
