"""Which image a sweep of the lidar belongs to.

Camera and lidar are rarely triggered together, so no fixed slop fits: the sweep goes to the image
that is nearest to it, within half the period of the faster of the two streams. Of a camera at 30 Hz
and a lidar at 10 Hz every sweep has its image, at most 16.7 ms before or after it, and two images
of three have no sweep.

Nearest means what can be known by then: a message that lies no more than half the period of its
stream before the other is taken at once, as the next of its stream will be farther away. Nothing
later than the pair itself is waited for, and none of it decides.
"""

from collections.abc import Sequence

from vmloc_ros.pairing.moment import Moment

SWEPT = "lidar"
"""The stream that is paired by this rule."""


def reach_ns(earlier: Moment, later: Moment, slop_ns: int) -> int:
    """Return how far apart two messages of a pair may be; a slop of 0 asks for equal stamps.

    Where both periods are known it is half the shorter one. The slop replaces that where it is
    larger, as long as the next message of the earlier one's stream cannot be nearer.
    """
    if slop_ns == 0 or earlier.period_ns is None or later.period_ns is None:
        return slop_ns
    half_ns = min(earlier.period_ns, later.period_ns) // 2
    return max(half_ns, min(slop_ns, earlier.period_ns // 2))


def first_pair(
    images: Sequence[Moment], sweeps: Sequence[Moment], slop_ns: int
) -> tuple[Moment, Moment] | None:
    """Return the first pair (image, sweep) of two streams in order, or None.

    Whatever comes later is appended to one of the streams and cannot change the way up to here:
    the pairs do not depend on the order in which the two streams arrive.
    """
    image = sweep = 0
    while image < len(images) and sweep < len(sweeps):
        one, other = images[image], sweeps[sweep]
        is_first = one.stamp_ns < other.stamp_ns
        earlier, later = (one, other) if is_first else (other, one)
        if later.stamp_ns - earlier.stamp_ns <= reach_ns(earlier, later, slop_ns):
            return one, other
        image, sweep = (image + 1, sweep) if is_first else (image, sweep + 1)
    return None
