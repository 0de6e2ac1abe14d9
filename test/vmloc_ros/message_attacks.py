"""What is thrown at which part: name, call and messages, drawn at random."""

from functools import partial

from hostile_messages import (
    hostile_camera_info,
    hostile_cloud,
    hostile_colour,
    hostile_compressed_depth,
    hostile_depth,
    hostile_picture,
    hostile_stamps,
    hostile_sweep,
)

from vmloc_ros.messages import (
    decode_camera,
    decode_depth_mm,
    decode_frame,
    decode_partial_frame,
    decode_points,
    decode_rgb,
    decode_sweep,
    stamp_ns,
)
from vmloc_ros.pairing import FramePairer


def attack_decoder(rng):
    """One message for its decoder."""
    attacks = [
        (decode_rgb, hostile_colour),
        (decode_depth_mm, hostile_depth),
        (decode_rgb, hostile_picture),
        (decode_depth_mm, hostile_compressed_depth),
        (decode_points, hostile_cloud),
        (decode_sweep, hostile_sweep),
        (decode_camera, hostile_camera_info),
        (stamp_ns, hostile_camera_info),
    ]
    decode, hostile = rng.choice(attacks)
    msg = hostile(rng)
    return f"{decode.__name__} of {hostile.__name__}", partial(decode, msg), [msg]


def attack_frame(rng):
    """A set of messages for one of the two that make frames."""
    makers = {
        "rgb": [hostile_colour, hostile_picture],
        "depth": [hostile_depth, hostile_compressed_depth],
        "lidar": [hostile_cloud],
    }
    streams = rng.sample(list(makers), rng.randint(0, 3))
    messages = {stream: rng.choice(makers[stream])(rng) for stream in streams}
    decode = rng.choice([decode_frame, decode_partial_frame])
    return decode.__name__, partial(decode, messages), list(messages.values())


def attack_pairer(rng):
    """A sequence of stamps for the pairer, whose books must balance."""
    streams = ["rgb", "depth", "lidar"][: rng.randint(1, 3)]
    queue = rng.randint(1, 5)
    pairer = FramePairer(streams, rng.choice([0, 1, 15_000_000, 2**63]), queue)

    def pair():
        for at_ns in hostile_stamps(rng):
            pairer.add(rng.choice(streams), at_ns, None)
        counters = pairer.counters
        for name in streams:
            gone = counters.matched + counters.unmatched[name] + counters.zero_stamp[name]
            assert 0 <= counters.received[name] - gone <= queue, counters

    return "FramePairer.add", pair, []


ATTACKS = [attack_decoder] * 6 + [attack_frame] * 2 + [attack_pairer]
