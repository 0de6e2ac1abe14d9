"""What holds of sweeps and images whatever their rates, phases, jitter, losses and delays."""

import random
from itertools import pairwise
from statistics import median_low

from hypothesis import given, settings
from hypothesis import strategies as st

START_MS = 1_000
"""A stamp of 0 means that there is none."""
COUNT = 24
SLOP_MS = 15

PROPERTY = settings(max_examples=300, derandomize=True, deadline=None)


@st.composite
def streams(draw, jitter=0.3, kept=(True, True, True, False)):
    """Stamps of camera and lidar: jitter is a share of the period, some messages are lost."""
    found = {}
    for name in ("rgb", "lidar"):
        period = draw(st.sampled_from([16, 34, 50, 100, 200]))
        shift = st.integers(-int(jitter * period), int(jitter * period))
        phase = START_MS + draw(st.integers(0, 300))
        shifts = draw(st.lists(shift, min_size=COUNT, max_size=COUNT))
        there = draw(st.lists(st.sampled_from(kept), min_size=COUNT, max_size=COUNT))
        found[name] = [phase + i * period + shifts[i] for i in range(COUNT) if there[i]]
    return found


def interleaved(stamps_by_stream, seed):
    """Any order of arrival that keeps the order within each stream."""
    names = [name for name, values in stamps_by_stream.items() for _ in values]
    random.Random(seed).shuffle(names)
    values = {name: iter(values) for name, values in stamps_by_stream.items()}
    return [(name, next(values[name])) for name in names]


def pairs(found):
    return [(one["rgb"], one["lidar"]) for one in found]


def period_at(stamps, at):
    """The median of the last 100 differences up to a stamp that skip no message."""
    known = [x for x in stamps if x <= at]
    differences = sorted([b - a for a, b in pairwise(known)][-100:])
    if len(differences) < 3:
        return None
    short = differences[len(differences) // 10]
    return median_low([x for x in differences if x <= 1.5 * short])


def belongs(image, sweep, by_stream):
    """Whether two messages are near enough: the rule, in milliseconds with halves."""
    periods = {
        "rgb": period_at(by_stream["rgb"], image),
        "lidar": period_at(by_stream["lidar"], sweep),
    }
    if None in periods.values():
        return abs(image - sweep) <= SLOP_MS
    earlier = periods["rgb" if image < sweep else "lidar"]
    return abs(image - sweep) <= max(min(periods.values()) / 2, min(SLOP_MS, earlier / 2))


def by_brute_force(by_stream):
    """Decide on every couple in the order in which it is complete, by stamp."""
    couples = [(i, s) for i in by_stream["rgb"] for s in by_stream["lidar"]]
    couples.sort(key=lambda couple: (max(couple), min(couple)))
    found = []
    for image, sweep in couples:
        is_new = not found or (image > found[-1][0] and sweep > found[-1][1])
        if is_new and belongs(image, sweep, by_stream):
            found.append((image, sweep))
    return found


@PROPERTY
@given(by_stream=streams(), seed=st.integers(0, 10**6))
def test_the_order_of_arrival_does_not_change_the_pairs(play, pairer, by_stream, seed):
    once, again = (
        pairs(play(pairer("rgb", "lidar", slop_ms=SLOP_MS, queue=COUNT), interleaved(by_stream, x)))
        for x in (seed, seed + 1)
    )
    assert once == again


@PROPERTY
@given(by_stream=streams(jitter=0.1), seed=st.integers(0, 10**6))
def test_the_pairs_are_those_of_the_rule_by_brute_force(play, pairer, by_stream, seed):
    pairing = pairer("rgb", "lidar", slop_ms=SLOP_MS, queue=COUNT)
    assert pairs(play(pairing, interleaved(by_stream, seed))) == by_brute_force(by_stream)


@PROPERTY
@given(by_stream=streams(), seed=st.integers(0, 10**6), share=st.floats(0.1, 0.9))
def test_nothing_later_than_a_pair_changes_it(play, pairer, by_stream, seed, share):
    complete = pairs(
        play(pairer("rgb", "lidar", slop_ms=SLOP_MS, queue=COUNT), interleaved(by_stream, seed))
    )
    stamps = sorted(at for values in by_stream.values() for at in values)
    now = stamps[int(share * len(stamps))] if stamps else 0
    past = {name: [at for at in values if at <= now] for name, values in by_stream.items()}
    until_now = pairs(
        play(pairer("rgb", "lidar", slop_ms=SLOP_MS, queue=COUNT), interleaved(past, seed))
    )
    assert until_now == [pair for pair in complete if max(pair) <= now]


@PROPERTY
@given(by_stream=streams(jitter=0.0, kept=(True,)), seed=st.integers(0, 10**6))
def test_of_steady_streams_each_of_the_slower_has_the_nearest_of_the_faster(
    play, pairer, by_stream, seed
):
    pairing = pairer("rgb", "lidar", slop_ms=SLOP_MS, queue=COUNT)
    found = pairs(play(pairing, interleaved(by_stream, seed)))
    ways = {name: values[1] - values[0] for name, values in by_stream.items()}
    slower, faster = sorted(by_stream, key=lambda name: -ways[name])
    begin, end = by_stream[faster][3], by_stream[faster][-1]
    due = [at for at in by_stream[slower][3:] if begin <= at <= end - ways[faster]]
    partners = dict(found if slower == "rgb" else [(sweep, image) for image, sweep in found])
    for at in due:
        nearest = min(abs(at - other) for other in by_stream[faster])
        assert abs(partners[at] - at) == nearest
