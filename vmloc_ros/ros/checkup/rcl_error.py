"""What ROS raises, as a line for users."""

import re


def reason_of(err: Exception) -> str:
    """Return the message of an error on one line, without the places in the source of rcl."""
    return re.sub(r",? at /\S+", "", " ".join(str(err).split())).strip()
