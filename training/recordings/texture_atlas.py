"""`TextureAtlas`: all textures of a scene in one array, with mip levels for antialiasing."""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray


class TextureAtlas:
    """Looks up texels of many textures at once.

    Args:
        pictures: (H, W, 3) uint8 by name, sides powers of two.
    """

    def __init__(self, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        pyramids = [_pyramid(picture) for picture in pictures.values()]
        self.index = {name: number for number, name in enumerate(pictures)}
        levels = max(len(pyramid) for pyramid in pyramids)
        self._start = np.zeros((len(pyramids), levels), np.int32)
        self._height = np.ones_like(self._start)
        self._width = np.ones_like(self._start)
        self._levels = levels
        used = 0
        for number, pyramid in enumerate(pyramids):
            for level in range(levels):
                # Beyond its 1 × 1 level a texture stays at that level.
                picture = pyramid[min(level, len(pyramid) - 1)]
                self._height[number, level], self._width[number, level] = picture.shape[:2]
                self._start[number, level] = used
                used += picture.shape[0] * picture.shape[1]
        self._texels: NDArray[np.uint8] = np.concatenate(
            [
                pyramid[min(level, len(pyramid) - 1)].reshape(-1, 3)
                for pyramid in pyramids
                for level in range(levels)
            ]
        )

    def sample(
        self, texture: NDArray[np.int32], uv: NDArray[np.float32], footprint: NDArray[np.float32]
    ) -> NDArray[np.uint8]:
        """Return the texels (N, 3) uint8 of N samples.

        Args:
            texture: (N,) numbers from `index`.
            uv: (N, 2) in repeats of the texture, u right, v down; any range.
            footprint: (N,) width of what a sample covers, in repeats of the texture.
        """
        covered = footprint * np.maximum(self._width[texture, 0], self._height[texture, 0])
        level = np.log2(np.maximum(covered, 1.0)).round().astype(np.int32)
        level = np.minimum(level, self._levels - 1)
        height, width = self._height[texture, level], self._width[texture, level]
        column = np.floor(uv[:, 0] * width).astype(np.int32) & (width - 1)
        row = np.floor(uv[:, 1] * height).astype(np.int32) & (height - 1)
        texels = self._texels[self._start[texture, level] + row * width + column]
        return np.asarray(texels, np.uint8)


def _pyramid(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Halve a picture until one texel is left."""
    levels = [picture]
    while max(levels[-1].shape[:2]) > 1:
        height, width = levels[-1].shape[:2]
        size = (max(width // 2, 1), max(height // 2, 1))
        smaller = cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA)
        levels.append(smaller.astype(np.uint8, copy=False))
    return levels
