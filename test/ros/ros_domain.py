"""`claim_domain`: a ROS domain that no other test of this machine uses."""

import fcntl
import os
import tempfile
from pathlib import Path

LAST = 100
"""Higher ones have ports that Linux gives to anybody."""
_claims = []
"""Open for as long as the process lives, which ends the claim."""


def claim_domain():
    """Claim a domain for this process and its children; return its number.

    Who hears somebody else's cameras, or answers to somebody else's operator, proves nothing.
    """
    first = os.getpid() % LAST
    for number in (1 + (first + step) % LAST for step in range(LAST)):
        claim = (Path(tempfile.gettempdir()) / f"vmloc-test-domain-{number}").open("w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return number
    raise RuntimeError(f"all {LAST} ROS domains are in use by tests")
