"""`Moment`: when a message was taken."""

from typing import NamedTuple


class Moment(NamedTuple):
    """The stamp of a message, and what was known of its stream by then."""

    stamp_ns: int
    period_ns: int | None
    """Of the stream, from the stamps up to this one; None while it is not known."""
