"""What happens to a node in the field. Each function does it to a `Scene` and undoes it."""

from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path
from soaking.feed import PERIOD_NS, Shot, pair
from soaking.pictures import UNSOUND

LOOP_TICKS = 300
"""A bag of 10 s."""


@dataclass(frozen=True)
class Scene:
    """What a disturbance may use."""

    feed: object
    operator: object
    node: object
    random: Random
    rest: object
    """Call it with a number of seconds."""

    def last(self, shortest_s=0.7, longest_s=3.0):
        """Let the disturbance last."""
        self.rest(self.random.uniform(shortest_s, longest_s))

    @contextmanager
    def listening(self, message_type, topic):
        """Subscribe to what the node sends only while somebody does."""
        subscription = self.node.create_subscription(message_type, topic, lambda message: None, 10)
        try:
            yield
        finally:
            self.node.destroy_subscription(subscription)


def _only(stream):
    return lambda stamp_ns: [Shot(stream, stamp_ns)]


def _nothing(stamp_ns):
    return []


def colour_stops(scene):
    """Only depth comes."""
    with scene.feed.sending(_only("depth")):
        scene.last()


def depth_stops(scene):
    """Only colour comes."""
    with scene.feed.sending(_only("rgb")):
        scene.last()


def both_stop(scene):
    """Nothing comes."""
    with scene.feed.sending(_nothing):
        scene.last()


def bag_loops(scene):
    """The stamps of the last 10 s come again."""
    with scene.feed.shifted(-LOOP_TICKS):
        scene.last()


def stamps_step_back(scene):
    """By too little for a new start: stamps that came before come again."""
    with scene.feed.shifted(-scene.random.randint(2, 20)):
        scene.last(0.3, 1.0)


def stamps_jump_ahead(scene):
    """And back again."""
    with scene.feed.shifted(scene.random.randint(LOOP_TICKS, 10 * LOOP_TICKS)):
        scene.last()


def one_stream_is_ahead(scene):
    """One camera's clock is off."""
    stream = scene.random.choice(("rgb", "depth"))

    def recipe(stamp_ns):
        return [
            Shot(shot.stream, shot.stamp_ns + 5 * 10**9 * (shot.stream == stream))
            for shot in pair(stamp_ns)
        ]

    with scene.feed.sending(recipe):
        scene.last()


def stamps_are_zero(scene):
    """Of one stream or of both."""
    streams = scene.random.choice((("rgb",), ("depth",), ("rgb", "depth")))

    def recipe(stamp_ns):
        return [
            Shot(shot.stream, 0 if shot.stream in streams else stamp_ns) for shot in pair(stamp_ns)
        ]

    with scene.feed.sending(recipe):
        scene.last()


def images_come_twice(scene):
    """Every message is sent twice."""
    with scene.feed.sending(lambda stamp_ns: pair(stamp_ns) + pair(stamp_ns)[::-1]):
        scene.last()


def images_come_late(scene):
    """After each pair comes an older one."""
    with scene.feed.sending(lambda at: pair(at) + pair(at - PERIOD_NS - PERIOD_NS // 3)):
        scene.last()


def images_are_unsound(scene):
    """One stream or both, in every way that a decoder refuses."""
    streams = scene.random.choice((("rgb",), ("depth",), ("rgb", "depth")))

    def recipe(stamp_ns):
        look = scene.random.choice(UNSOUND)
        return [
            Shot(shot.stream, stamp_ns, look if shot.stream in streams else "good")
            for shot in pair(stamp_ns)
        ]

    with scene.feed.sending(recipe):
        scene.last()


def images_change_size(scene):
    """A quarter of the pixels, which is no fault."""
    with scene.feed.sending(lambda at: [Shot(shot.stream, at, "small") for shot in pair(at)]):
        scene.last()


def a_guest_joins(scene):
    """A second publisher, best effort: the node asks all for no more than that, for a while."""
    with scene.feed.guest():
        scene.last(1.5, 4.0)


def parameters_change(scene):
    """Those that may; and some that may not are tried."""
    values = {
        "novelty_limit": scene.random.choice((0.0, 1.0)),
        "gate_sigma": scene.random.uniform(0.0, 10.0),
        "gate_reacquire": scene.random.randint(1, 10),
        "map_margin_m": scene.random.uniform(0.0, 10.0),
        "modality_timeout_s": scene.random.uniform(0.2, 1.0),
        "fix_timeout_s": scene.random.uniform(0.2, 2.0),
        "clock_skew_s": scene.random.uniform(0.1, 2.0),
    }
    for name, value in values.items():
        scene.operator.set_parameter(name, value)
    scene.operator.set_parameter("map_margin_m", -1.0, succeeds=False)
    scene.operator.set_parameter("map_frame", "elsewhere", succeeds=False)
    scene.last(0.1, 1.0)


def it_relocalizes(scene):
    """With images, or without."""
    with scene.feed.sending(scene.random.choice((pair, _nothing))):
        scene.operator.set_parameter("relocalize_timeout_s", 1.0)
        scene.operator.take("relocalize", scene.operator.call("relocalize"))


def it_reloads(scene):
    """The same bundle once more, while it works."""
    scene.operator.take("reload", scene.operator.call("reload"), succeeds=True)


def it_rests(scene):
    """Deactivated while somebody waits for `~/relocalize`, and activated."""
    future = scene.operator.call("relocalize")
    scene.operator.transition("deactivate")
    scene.operator.take("relocalize", future)
    scene.last(0.1, 1.0)
    scene.operator.transition("activate")


def it_starts_anew(scene):
    """Cleaned up and configured; a transition that is impossible changes nothing."""
    scene.operator.transition("deactivate")
    scene.operator.transition("cleanup")
    scene.operator.transition("activate", succeeds=False)
    scene.operator.transition("configure")
    scene.operator.transition("activate")


def somebody_watches(scene):
    """rviz opens the path."""
    with scene.listening(Path, "vmloc/path"), scene.listening(PoseStamped, "vmloc/pose"):
        scene.last()


HEAVY = (it_starts_anew, it_reloads)
"""Come first: what they take once belongs to the warm-up."""
DISTURBANCES = (
    *HEAVY,
    colour_stops,
    depth_stops,
    both_stop,
    bag_loops,
    stamps_step_back,
    stamps_jump_ahead,
    one_stream_is_ahead,
    stamps_are_zero,
    images_come_twice,
    images_come_late,
    images_are_unsound,
    images_change_size,
    a_guest_joins,
    parameters_change,
    it_relocalizes,
    it_rests,
    somebody_watches,
)


def schedule(random):
    """Yield disturbances for ever: all of them, in random order, again and again."""
    yield from HEAVY
    while True:
        yield from random.sample(DISTURBANCES, len(DISTURBANCES))
