"""What the doctor might have heard, without ROS."""

from collections.abc import Callable, Sequence

import pytest

from vmloc_ros.ros.checkup.observation import Arrival, Hearing, Publisher, Sample
from vmloc_ros.ros.checkup.requirements import RAW_TYPES, Wanted

TOPICS = {
    "rgb": "/camera/image",
    "depth": "/depth/image",
    "lidar": "/lidar/points",
    "camera_info": "/camera/camera_info",
}
NS_PER_S = 1_000_000_000
FIRST_S = 1_700_000_000
GOOD = Sample(frame_id="optical", what="640×480 rgb8", size=(640, 480))


def make_hearing(
    stream: str = "rgb",
    stamps_s: Sequence[float] = (0.0, 0.1, 0.2),
    sample: Sample | None = GOOD,
    publishers: Sequence[Publisher] | None = None,
    age_s: float = 0.01,
    sim_age_s: float | None = None,
) -> Hearing:
    """A stream of messages, stamped from FIRST_S on, that arrive `age_s` after their stamps."""
    wanted = Wanted(stream, TOPICS[stream], RAW_TYPES[stream])
    given = publishers
    if given is None:
        given = [Publisher("/driver", wanted.message_type, "RELIABLE")]
    arrivals = tuple(_arrival(at_s, age_s, sim_age_s) for at_s in stamps_s)
    return Hearing(
        wanted=wanted,
        publishers=tuple(given),
        arrivals=arrivals,
        sample=sample if arrivals else None,
    )


def _arrival(at_s: float, age_s: float, sim_age_s: float | None) -> Arrival:
    stamp_ns = FIRST_S * NS_PER_S + round(at_s * NS_PER_S)
    sim_ns = None if sim_age_s is None else stamp_ns + round(sim_age_s * NS_PER_S)
    return Arrival(at_s + 10.0, stamp_ns, stamp_ns + round(age_s * NS_PER_S), sim_ns)


@pytest.fixture(scope="session")
def hearing() -> Callable[..., Hearing]:
    return make_hearing
