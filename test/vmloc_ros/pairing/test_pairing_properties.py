import random

from hypothesis import given, settings
from hypothesis import strategies as st

START_MS = 1_000
"""A stamp of 0 means that there is none."""

PROPERTY = settings(max_examples=300, derandomize=True, deadline=None)


def stamps(period_ms, count, jitter, kept):
    """Regular stamps, moved by up to 15 ms, some of them missing."""
    return [START_MS + index * period_ms + jitter[index] for index in range(count) if kept[index]]


def interleaved(stamps_by_stream, seed):
    """Any order of arrival that keeps the order within each stream."""
    streams = [name for name, values in stamps_by_stream.items() for _ in values]
    random.Random(seed).shuffle(streams)
    values = {name: iter(values) for name, values in stamps_by_stream.items()}
    return [(name, next(values[name])) for name in streams]


def best_matches(stamps_by_stream, slop_ms):
    """For each reference the nearest message of every other stream, by brute force."""
    reference, *others = stamps_by_stream
    found = []
    for at in stamps_by_stream[reference]:
        one = {reference: at}
        for name in others:
            near = [x for x in stamps_by_stream[name] if abs(x - at) <= slop_ms]
            if near:
                one[name] = min(near, key=lambda x: abs(x - at))
        if len(one) == len(stamps_by_stream):
            found.append(one)
    return found


COUNT = 12
JITTER = st.lists(st.integers(-15, 15), min_size=COUNT, max_size=COUNT)
KEPT = st.lists(st.sampled_from([True, True, True, False]), min_size=COUNT, max_size=COUNT)


@PROPERTY
@given(
    streams=st.lists(st.tuples(st.sampled_from([100, 200]), JITTER, KEPT), min_size=2, max_size=3),
    seed=st.integers(0, 10**6),
)
def test_the_order_of_arrival_does_not_change_the_pairs(play, pairer, streams, seed):
    names = ("rgb", "depth", "ir")
    by_stream = {
        name: stamps(period_ms, COUNT, jitter, kept)
        for name, (period_ms, jitter, kept) in zip(names, streams, strict=False)
    }
    # Stamps of one stream are 70 ms apart or more: the slop of 20 ms is below half of that.
    found = play(pairer(*by_stream, queue=COUNT), interleaved(by_stream, seed))
    assert found == best_matches(by_stream, slop_ms=20)


ARRIVALS = st.lists(
    st.tuples(st.sampled_from(["rgb", "depth"]), st.integers(-1, 4_000)), max_size=60
)
EXPECTED = st.sampled_from([{"rgb"}, {"depth"}, {"rgb", "depth"}])


@PROPERTY
@given(parts=st.lists(st.tuples(EXPECTED, ARRIVALS), max_size=3), queue=st.integers(1, 5))
def test_every_message_is_accounted_for_whatever_the_stamps(play, pairer, parts, queue):
    pairing = pairer(slop_ms=40, queue=queue)
    found = []
    for expected, some in parts:
        pairing.expect(expected)
        found += play(pairing, some)
    arrivals = [arrival for _, some in parts for arrival in some]
    counters = pairing.counters
    pairs = [one for one in found if len(one) == 2]
    assert counters.matched == len(pairs)
    assert all(abs(one["rgb"] - one["depth"]) <= 40 for one in pairs)
    for stream in ("rgb", "depth"):
        sent = [at for name, at in arrivals if name == stream]
        assert counters.received[stream] == len(sent)
        assert counters.zero_stamp[stream] == sum(at <= 0 for at in sent)
        assert counters.partial[stream] == sum(list(one) == [stream] for one in found)
        gone = counters.matched + counters.partial[stream]
        gone += counters.unmatched[stream] + counters.zero_stamp[stream]
        assert 0 <= len(sent) - gone <= queue


SLOP_MS = 20


def best_matching(rgb, depth):
    """The most pairs, and of these the nearest, over every way to pair: brute force."""
    if not rgb:
        return []
    first, rest = rgb[0], rgb[1:]
    ways = [best_matching(rest, depth)]
    for at in [at for at in depth if abs(at - first) <= SLOP_MS]:
        ways.append([(first, at), *best_matching(rest, [x for x in depth if x != at])])
    return max(ways, key=lambda pairs: (len(pairs), -sum(abs(a - b) for a, b in pairs)))


def delayed(stamps_by_stream, delays_by_stream):
    """(stream, stamp) by the time of arrival; a message never overtakes one of its own stream."""
    arrivals = []
    for name, values in stamps_by_stream.items():
        came = 0
        for at, delay in zip(values, delays_by_stream[name], strict=False):
            came = max(came, at + delay)
            arrivals.append((came, name, at))
    return [(name, at) for _, name, at in sorted(arrivals, key=lambda arrival: arrival[0])]


FRAMES = st.tuples(
    st.integers(2 * SLOP_MS + 31, 150),  # to the frame before
    st.integers(-15, 15),  # from its image to its depth
    st.sampled_from(["both", "both", "both", "rgb", "depth"]),
)
DELAYS = st.lists(st.integers(0, 300), min_size=8, max_size=8)


@PROPERTY
@given(frames=st.lists(FRAMES, max_size=8), delays=st.tuples(DELAYS, DELAYS))
def test_whatever_the_delays_the_pairs_are_those_of_the_best_matching(play, pairer, frames, delays):
    rgb, depth, now = [], [], START_MS
    for spacing, jitter, seen in frames:  # of one stream more than two slops apart
        now += spacing
        rgb += [now] if seen != "depth" else []
        depth += [now + jitter] if seen != "rgb" else []
    arrivals = delayed({"rgb": rgb, "depth": depth}, {"rgb": delays[0], "depth": delays[1]})
    found = play(pairer(slop_ms=SLOP_MS), arrivals)
    assert [(one["rgb"], one["depth"]) for one in found] == best_matching(rgb, depth)
