"""RVL encoder that decoders are tested against, as plain as A. D. Wilson's description of it."""

import struct

import numpy as np


def encode_rvl(depth):
    """Encode (H, W) as image_transport stores it: width, height, and the words of the stream."""
    height, width = depth.shape
    return struct.pack("<II", width, height) + words(numbers(depth.ravel().tolist()))


def numbers(pixels):
    """Yield for each run its zeros, its other pixels, and the differences of these."""
    at, last = 0, 0
    while at < len(pixels):
        zeros = length(pixels, at, lambda pixel: pixel == 0)
        others = length(pixels, at + zeros, lambda pixel: pixel != 0)
        yield from (zeros, others)
        for pixel in pixels[at + zeros : at + zeros + others]:
            yield with_sign_below(pixel - last)
            last = pixel
        at += zeros + others


def length(pixels, start, belongs):
    """Count the pixels from `start` on that belong to the run."""
    end = start
    while end < len(pixels) and belongs(pixels[end]):
        end += 1
    return end - start


def with_sign_below(number):
    return 2 * number if number >= 0 else -2 * number - 1


def nibbles(number):
    """Split a number into groups of three bits, the lowest first; all but the last are marked."""
    groups = [number & 7]
    while number := number >> 3:
        groups[-1] |= 8
        groups.append(number & 7)
    return groups


def words(values):
    """Fill words of 32 bits from the top."""
    stream = [nibble for value in values for nibble in nibbles(value)]
    stream += [0] * (-len(stream) % 8)
    high, low = np.array(stream, np.uint8).reshape(-1, 2).T
    return (high << 4 | low).astype(np.uint8).view(">u4").astype("<u4").tobytes()
