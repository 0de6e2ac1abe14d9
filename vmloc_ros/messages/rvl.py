"""RVL, the lossless code of depth images that image_transport uses beside PNG.

A. D. Wilson, "Fast Lossless Depth Image Compression", ISS 2017. The pixels, row by row, fall into
runs. A run is written as numbers: how many zeros, how many others follow, and for each of these the
difference to the last pixel that was not zero, its sign in the lowest bit (0, −1, 1, −2, 2 become
0, 1, 2, 3, 4). A number is written in groups of three bits, the lowest first; a fourth bit in front
of each says whether more groups follow. Eight such nibbles fill a word of 32 bits from its top.
"""

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.picture import MAX_PIXELS

_SIZE = struct.Struct("<II")
_MORE = 8
_MAX_NIBBLES = 10
"""30 bits: more than a difference or a count of pixels needs."""
_MAX_BYTES_PER_PIXEL = 3
"""A difference has 17 bits at most: six nibbles."""
_COUNTS_BYTES = 16
"""Room for the counts of a single run, and for a word that is not full."""


def decode_rvl(data: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Decode width and height (two words) and the stream that follows to (H, W).

    Nothing of the size of the image is allocated before the runs were found to fill it.

    Raises:
        MessageError: truncated, damaged, or of an absurd size.
    """
    if data.size < _SIZE.size:
        raise MessageError(f"an RVL image of {data.size} bytes lacks its size")
    width, height = _SIZE.unpack_from(data.data)
    count = width * height
    if not 0 < count <= MAX_PIXELS:
        raise MessageError(
            f"an RVL image claims {width}×{height} pixels; 1 to {MAX_PIXELS} are accepted"
        )
    stream = data[_SIZE.size : _SIZE.size + _MAX_BYTES_PER_PIXEL * count + _COUNTS_BYTES]
    try:
        return _pixels(_numbers(_nibbles(stream)), count).reshape(height, width)
    except _DamagedError as err:
        raise MessageError(
            f"an RVL image of {width}×{height} pixels in {data.size} bytes cannot be decoded: {err}"
        ) from err


class _DamagedError(ValueError):
    """The stream is none that an encoder writes."""


def _nibbles(stream: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the nibbles of all words (8 for each), in the order in which they were written."""
    words = stream[: stream.size // 4 * 4].view("<u4")
    octets = words.astype(">u4").view(np.uint8)
    return np.stack((octets >> 4, octets & 15), axis=1).ravel()


def _numbers(nibbles: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Join the nibbles to numbers."""
    ends = np.flatnonzero(nibbles < _MORE) + 1
    starts = np.concatenate(([0], ends[:-1]))[: ends.size]
    lengths = ends - starts
    if lengths.max(initial=0) > _MAX_NIBBLES:
        raise _DamagedError("a number without end")
    digits = nibbles & (_MORE - 1)
    numbers = digits[starts].astype(np.int32)
    for place in range(1, int(lengths.max(initial=1))):
        longer = np.flatnonzero(lengths > place)
        numbers[longer] |= digits[starts[longer] + place].astype(np.int32) << 3 * place
    return numbers


def _pixels(numbers: NDArray[np.int32], count: int) -> NDArray[np.uint16]:
    """Return the `count` pixels that the runs describe."""
    starts = np.fromiter(_run_starts(numbers), np.intp)
    counts = np.stack((numbers[starts], numbers[starts + 1]), axis=1)  # (R, 2) zeros, others
    filled = np.cumsum(counts.sum(axis=1, dtype=np.int64))
    runs = int(np.searchsorted(filled, count)) + 1
    if runs > filled.size or filled[runs - 1] != count:
        raise _DamagedError("its runs do not fill it, as when truncated")
    starts, counts = starts[:runs], counts[:runs]
    values = _values(numbers[: starts[-1] + 2 + counts[-1, 1]], starts)
    holds_value = np.repeat(np.tile([False, True], runs), counts.ravel())
    if np.count_nonzero(holds_value) != values.size:
        raise _DamagedError("it ends within a run")
    pixels = np.zeros(count, np.uint16)
    pixels[holds_value] = values
    return pixels


def _run_starts(numbers: NDArray[np.int32]) -> Iterator[int]:
    """Yield where in the numbers each run starts; a run of zeros alone is the last."""
    number, start, others = numbers.data, 0, 1
    while start + 1 < len(number) and others:
        yield start
        others = number[start + 1]
        start += 2 + others


def _values(numbers: NDArray[np.int32], starts: NDArray[np.intp]) -> NDArray[np.int64]:
    """Add up the differences, which are all numbers but the counts."""
    is_difference = np.ones(numbers.size, np.bool_)
    is_difference[starts] = is_difference[starts + 1] = False
    coded = numbers[is_difference]
    values = np.cumsum((coded >> 1) ^ -(coded & 1), dtype=np.int64)
    if values.size and not (values.min() >= 1 and values.max() <= np.iinfo(np.uint16).max):
        raise _DamagedError("values that no pixel can have")
    return values
