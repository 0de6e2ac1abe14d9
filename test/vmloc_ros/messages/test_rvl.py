import struct
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rvl_encoder import encode_rvl, words

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.rvl import decode_rvl

HEIGHT, WIDTH = 24, 31


def octets(data):
    return np.frombuffer(data, np.uint8)


def stream(width, height, numbers):
    """An RVL image of these numbers, whatever they are."""
    return octets(struct.pack("<II", width, height) + words(numbers))


def test_a_stream_written_by_hand_is_decoded():
    # 2 zeros; 3 others: 5, 5 + 1, 6 − 4 as +5 → 10, +1 → 2, −4 → 7; 1 zero; none other.
    # As nibbles: 2, 3, 10 → (2 | more, 1), 2, 7, 1, 0: one word, its last nibble the eighth.
    image = decode_rvl(octets(struct.pack("<III", 3, 2, 0x23A12710)))
    assert image.dtype == np.dtype(np.uint16)
    assert image.tolist() == [[0, 0, 5], [6, 2, 0]]


def checks(height, width):
    return np.indices((height, width)).sum(axis=0) % 2


IMAGES = {
    "all zero": np.zeros((HEIGHT, WIDTH)),
    "no zero": np.full((HEIGHT, WIDTH), 1000),
    "one pixel": np.array([[7]]),
    "zeros at both ends": np.array([[0, 0, 1, 2, 0]]),
    "others at both ends": np.array([[1, 0, 0, 0, 2]]),
    "every other": checks(HEIGHT, WIDTH) * 1234,
    "largest differences": 1 + checks(HEIGHT, WIDTH) * 65534,
    "from nothing to 65535 and back": checks(HEIGHT, WIDTH) * 65535,
    "a row of more than 8 zeros": np.array([[1] + [0] * 600 + [2]]),
}


@pytest.mark.parametrize("depth", IMAGES.values(), ids=IMAGES)
def test_an_image_comes_back_as_it_was(depth):
    depth = depth.astype(np.uint16)
    decoded = decode_rvl(octets(encode_rvl(depth)))
    assert decoded.flags.c_contiguous
    assert np.array_equal(decoded, depth)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    bits=st.integers(1, 16),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_image_comes_back_as_it_was(size, bits, share, seed):
    rng = np.random.default_rng(seed)
    depth = rng.integers(0, 2**bits, size, np.uint16) * (rng.random(size) < share)
    assert np.array_equal(decode_rvl(octets(encode_rvl(depth))), depth)


def test_bytes_after_the_end_do_no_harm():
    depth = np.arange(12, dtype=np.uint16).reshape(3, 4)
    assert np.array_equal(decode_rvl(octets(encode_rvl(depth) + bytes(99))), depth)


def test_a_truncated_image_is_refused_wherever_it_ends():
    data = encode_rvl(np.random.default_rng(0).integers(0, 9, (HEIGHT, WIDTH), np.uint16))
    for end in range(len(data) - 3):
        with pytest.raises(MessageError, match=r"lacks its size|cannot be decoded"):
            decode_rvl(octets(data[:end]))


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (8001, 8000), (2**32 - 1, 2**32 - 1)])
def test_an_absurd_size_is_refused(size):
    with pytest.raises(MessageError, match=rf"claims {size[0]}×{size[1]} pixels; 1 to 64000000"):
        decode_rvl(stream(*size, [0, 1, 2]))


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ([], "runs do not fill it"),
        ([3, 0], "runs do not fill it"),
        ([5, 0], "runs do not fill it"),
        ([0, 5, 2, 2, 2, 2, 2], "runs do not fill it"),
        ([2**29, 2**29], "runs do not fill it"),
        ([0, 0, 4, 0], "runs do not fill it"),
        ([2, 0, 2, 0], "runs do not fill it"),
        ([0, 2**20 + 4], "runs do not fill it"),
        ([0, 4, 2, 2, 3, 3], "values that no pixel can have"),  # 1, 2, 0
        ([0, 4, 1, 2, 2, 2], "values that no pixel can have"),  # −1
        ([0, 4, 2 * 65535, 2, 2, 2], "values that no pixel can have"),  # 65536
        ([2**33, 0], "a number without end"),
    ],
)
def test_runs_that_make_no_image_are_refused(numbers, reason):
    with pytest.raises(MessageError, match=f"2×2 pixels in .* cannot be decoded: .*{reason}"):
        decode_rvl(stream(2, 2, numbers))


def test_a_run_that_ends_too_early_is_refused():
    with pytest.raises(MessageError, match="it ends within a run"):
        decode_rvl(stream(20, 1, [0, 20, *[2] * 6]))


def test_what_a_claim_costs_is_bounded_by_the_data():
    data = stream(8000, 8000, [63_999_999, 0] + [0] * 4096)
    tracemalloc.start()
    with pytest.raises(MessageError, match="runs do not fill it"):
        decode_rvl(data)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1_000_000


def test_a_depth_image_of_640_by_480_takes_a_few_milliseconds():
    y, x = np.mgrid[:480, :640]
    rng = np.random.default_rng(0)
    depth = (1500 + x + 2 * y + rng.integers(-8, 8, x.shape)).astype(np.uint16)
    depth[rng.random(x.shape) < 0.02] = 0
    data = octets(encode_rvl(depth))
    times_s = []
    for _ in range(5):
        start_s = time.process_time()
        decoded = decode_rvl(data)
        times_s.append(time.process_time() - start_s)
    assert np.array_equal(decoded, depth)
    assert min(times_s) < 0.05
