"""Pairing in milliseconds: `pairer` makes a FramePairer, `play` feeds it."""

import pytest

from vmloc_ros.pairing import FramePairer

MS = 1_000_000


@pytest.fixture(scope="session")
def play():
    """Feed (stream, milliseconds); return the sets as milliseconds by stream."""

    def play(pairer, arrivals):
        sets = (pairer.add(stream, at * MS, at) for stream, at in arrivals)
        return [found for found in sets if found is not None]

    return play


@pytest.fixture(scope="session")
def pairer():
    """Make a pairer: pairer("rgb", "depth", slop_ms=20, queue=10)."""

    def make(*streams, slop_ms=20, queue=10):
        return FramePairer(streams or ("rgb", "depth"), slop_ms * MS, queue)

    return make
