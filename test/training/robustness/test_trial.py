"""A trial with a localizer that writes down what it is shown."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from training.recordings.recording import LabelledFrame
from training.robustness.catalogue import conditions_of
from training.robustness.trial import Trial
from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Frame
from vmloc_ros.localizer import Localizer
from vmloc_ros.pose import Pose

POSE = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
MODALITIES = ("rgb", "depth")


def labelled(number: int, sequence: str, depth: bool = True) -> LabelledFrame:
    """A frame whose colour and depth are its number."""
    frame = Frame(
        1000 + number,
        "camera",
        rgb=np.full((48, 64, 3), number, np.uint8),
        depth_mm=np.full((48, 64), 500 + number, np.uint16) if depth else None,
    )
    return LabelledFrame(str(number), sequence, frame, POSE)


@pytest.fixture
def localizer(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Localizer:
    """A real one, whose attribute `seen` lists the frames it was asked about."""
    real = Localizer.load(tiny_bundle, "cpu")
    real.seen = []
    ask = real.localize
    monkeypatch.setattr(
        real, "localize", lambda frame, window: (real.seen.append(frame), ask(frame, window))[1]
    )
    return real


def test_every_condition_is_tried_on_every_frame_in_turn(localizer: Localizer) -> None:
    conditions = conditions_of(MODALITIES)
    trial = Trial(localizer, conditions)
    assert list(trial.run(labelled(number, "a") for number in range(3))) == [1, 2, 3]
    assert list(trial.outcomes) == [one.name for one in conditions]
    assert list(trial.outcomes["clean"]) == list(trial.outcomes["rgb masked"]) == [0, 1, 2]
    stamps_ns = [one.stamp_ns for one in localizer.seen]
    assert stamps_ns == sorted(stamps_ns)


def test_a_late_sensor_goes_back_within_its_sequence_alone(localizer: Localizer) -> None:
    late = [one for one in conditions_of(MODALITIES) if one.name == "depth 2 frames late"]
    frames = [labelled(number, "a" if number < 4 else "b") for number in range(7)]
    trial = Trial(localizer, late)
    list(trial.run(frames))
    assert list(trial.outcomes["depth 2 frames late"]) == [2, 3, 6]
    assert [(one.rgb.max(), one.depth_mm.max()) for one in localizer.seen] == [
        (2, 500), (3, 501), (6, 504),
    ]  # fmt: skip


def test_a_sensor_is_late_by_frames_of_the_recording_not_of_the_choice(
    localizer: Localizer,
) -> None:
    late = [one for one in conditions_of(MODALITIES) if one.name == "depth 1 frame late"]
    trial = Trial(localizer, late, every=3)
    list(trial.run(labelled(number, "a") for number in range(7)))
    assert [(one.rgb.max(), one.depth_mm.max()) for one in localizer.seen] == [(3, 502), (6, 505)]


def test_frames_are_read_one_at_a_time_and_once(localizer: Localizer) -> None:
    read: list[int] = []

    def recording() -> Iterator[LabelledFrame]:
        for number in range(3):
            read.append(number)
            yield labelled(number, "a")

    for done in Trial(localizer, conditions_of(MODALITIES)[:3]).run(recording()):
        assert read == list(range(done))


def test_a_frame_that_lacks_a_sensor_takes_part_where_it_can(localizer: Localizer) -> None:
    trial = Trial(localizer, conditions_of(MODALITIES))
    list(trial.run([labelled(0, "a"), labelled(1, "a", depth=False)]))
    assert list(trial.outcomes["clean"]) == list(trial.outcomes["rgb masked"]) == [0, 1]
    assert list(trial.outcomes["depth masked"]) == list(trial.outcomes["rgb missing"]) == [0]


def test_a_frame_that_cannot_be_localised_is_an_outcome(
    localizer: Localizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(frame: Frame, window) -> None:
        raise MessageError("no camera")

    monkeypatch.setattr(localizer, "localize", refuse)
    trial = Trial(localizer, conditions_of(MODALITIES)[:1])
    list(trial.run([labelled(0, "a")]))
    assert trial.outcomes["clean"][0].rejection == "failed"
    assert (trial.answered, trial.failure) == (False, "no camera")
