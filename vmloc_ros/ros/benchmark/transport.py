"""`Transport`: how Fast DDS carries the images in a block: as shipped, or as it comes."""

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.profiles import FILE, VARIABLE, large_messages_profile

MIDDLEWARE = "RMW_IMPLEMENTATION"
FAST_DDS = "rmw_fastrtps"


@dataclass(frozen=True, slots=True)
class Transport:
    """A name, and the environment of the processes that use it."""

    name: str
    environment: Mapping[str, str]


def transports() -> tuple[Transport, Transport]:
    """Return the profile for large messages, and the stock transports.

    Unless the user chose a domain it is one of our own, on this machine alone: a robot next door
    must not hear the images.

    Raises:
        ConfigError: another middleware is chosen, or the profile is not installed.
    """
    middleware = os.environ.get(MIDDLEWARE, FAST_DDS)
    if not middleware.startswith(FAST_DDS):
        raise ConfigError(f"{MIDDLEWARE} is {middleware}; the profiles are of Fast DDS: unset it")
    profile = large_messages_profile()
    if profile is None:
        raise ConfigError(f"{FILE} is not installed: install the package anew")
    environment = dict(os.environ)
    environment.setdefault("ROS_DOMAIN_ID", str(random.SystemRandom().randint(1, 100)))
    environment.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    environment.pop(VARIABLE, None)
    return (
        Transport("large_messages", environment | {VARIABLE: str(profile)}),
        Transport("stock", environment),
    )
