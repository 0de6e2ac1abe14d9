"""The strokes that pictures drawn from random numbers share: noise, tints, gradients, colours."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(H, W, 3) RGB."""
Plane = NDArray[np.float32]


def noise(rng: Generator, size: tuple[int, int], cells: tuple[int, int]) -> Plane:
    """Smooth noise in about [0, 1]: random numbers on a grid of `cells`, enlarged to `size`."""
    grid = rng.random(cells, dtype=np.float32)
    return cv2.resize(grid, (size[1], size[0]), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def tint(colour: tuple[int, int, int], tone: NDArray[np.floating]) -> Picture:
    """Multiply a colour by a tone (H, W) of about 1."""
    tinted = np.asarray(colour, np.float32) * tone[..., None]
    return tinted.clip(0, 255).astype(np.uint8)


def grain(rng: Generator, picture: Picture, amount: float) -> Picture:
    """Roughen a picture."""
    height, width = picture.shape[:2]
    tone = 1.0 + amount * (noise(rng, (height, width), (height // 2, width // 2)) - 0.5)
    return (picture * tone[..., None]).clip(0, 255).astype(np.uint8)


def gradient(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Picture:
    """Go from one colour to another, 256 × 256."""
    fraction = np.linspace(0.0, 1.0, 256, dtype=np.float32)[:, None, None]
    rows = (1.0 - fraction) * np.asarray(top, np.float32) + fraction * np.asarray(bottom)
    return np.repeat(rows.astype(np.uint8), 256, axis=1)


def clear_colour(rng: Generator) -> tuple[int, int, int]:
    """A clear colour, never near black or white."""
    hue, saturation, value = rng.integers(180), rng.integers(80, 200), rng.integers(100, 235)
    hsv = np.array([[[hue, saturation, value]]], np.uint8)
    red, green, blue = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0]
    return int(red), int(green), int(blue)
