import os
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from training.recordings.bag_writer import write_bag
from training.recordings.extraction import ExtractionSummary, extract
from training.recordings.formats import open_recording
from training.recordings.scene import SceneRecording, SceneWriter
from vmloc_ros.errors import RecordingError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose

MS = 1_000_000
START_NS = 1_000_000_000 * 1_000_000_000


def write_scene(folder, stamps_ms_by_sequence, lidar=True):
    """A scene of random frames with an odd calibration."""
    generator = np.random.default_rng(0)
    T_camera_lidar = Pose(generator.normal(size=3), Rotation.random(random_state=1).as_quat())
    with SceneWriter(folder) as writer:
        for sequence, stamps_ms in stamps_ms_by_sequence.items():
            for ms in stamps_ms:
                frame = Frame(
                    stamp_ns=START_NS + ms * MS,
                    camera_frame="camera_optical_frame",
                    rgb=generator.integers(0, 256, (6, 8, 3), np.uint8),
                    depth_mm=generator.integers(0, 65535, (6, 8), np.uint16),
                    points=generator.normal(size=(5, 4)).astype(np.float32) if lidar else None,
                    camera=Camera(8, 6, 7.1, 7.2, 3.3, 2.4),
                    T_camera_lidar=T_camera_lidar.matrix() if lidar else None,
                )
                pose = Pose(generator.normal(size=3), Rotation.random(random_state=ms).as_quat())
                writer.write(sequence, frame, pose)
        writer.finish(train=list(stamps_ms_by_sequence), test=[])
    return folder


def bag_of(tmp_path, stamps_ms_by_sequence):
    scene = write_scene(tmp_path / "source", stamps_ms_by_sequence, lidar=False)
    write_bag(open_recording(scene), tmp_path / "bag")
    return tmp_path / "bag"


def assert_lossless(source, result):
    before, after = list(source), list(result)
    assert len(before) == len(after) > 0
    for here, there in zip(before, after, strict=True):
        assert here.frame.stamp_ns == there.frame.stamp_ns
        assert here.frame.camera == there.frame.camera
        for sensor in ("rgb", "depth_mm", "points"):
            one, other = getattr(here.frame, sensor), getattr(there.frame, sensor)
            assert (one is None and other is None) or np.array_equal(one, other)
        apart = here.T_map_camera.matrix() - there.T_map_camera.matrix()
        assert np.abs(apart).max() < 1e-12
        if here.frame.T_camera_lidar is not None:
            assert np.abs(here.frame.T_camera_lidar - there.frame.T_camera_lidar).max() < 1e-12


def test_scene_to_bag_to_scene_loses_nothing(tmp_path):
    stamps = {1: [0, 33, 66], 2: [10_066, 10_100, 10_133]}
    scene = write_scene(tmp_path / "source", stamps)
    write_bag(open_recording(scene), tmp_path / "bag")
    summary = extract(tmp_path / "bag", tmp_path / "result")
    assert summary == ExtractionSummary((1,), (2,), 3, 3, 0)
    result = open_recording(tmp_path / "result")
    assert_lossless(open_recording(scene).frames(), result.frames())
    assert [one.sequence for one in result.frames()] == ["seq-01"] * 3 + ["seq-02"] * 3


def test_a_real_scene_survives_the_way_through_a_bag(tmp_path):
    data = Path(os.environ.get("VMLOC_DATA", Path(__file__).parents[4] / "shared" / "data"))
    if not (data / "redkitchen").is_dir():
        pytest.skip(f"no recording at {data / 'redkitchen'}; set VMLOC_DATA")
    source = SceneRecording(data / "redkitchen")

    class Excerpt:
        path, splits = source.path, ()

        def count(self, split="all"):
            return 12

        def frames(self, split="all"):
            frames = source.frames("test")
            yield from (next(frames) for _ in range(12))

    write_bag(Excerpt(), tmp_path / "bag")
    extract(tmp_path / "bag", tmp_path / "result")
    assert_lossless(Excerpt().frames(), open_recording(tmp_path / "result").frames())


def test_sequences_are_cut_at_pauses_and_after_a_time(tmp_path):
    bag = bag_of(tmp_path, {1: list(range(0, 2500, 500)), 2: [4000, 4500]})
    summary = extract(bag, tmp_path / "scene", sequence_s=1.0, test_every=3)
    # 0 500 | 1000 1500 | 2000 | pause | 4000 4500
    assert summary == ExtractionSummary((1, 2, 4), (3,), 6, 1, 0)
    scene = open_recording(tmp_path / "scene")
    assert (scene.count("train"), scene.count("test")) == (6, 1)
    assert str(summary) == "6 frames in 3 sequences to train, 1 in 1 to test"


@pytest.mark.parametrize(
    ("sequences", "test_every", "train", "test"),
    [
        (1, 5, (1,), ()),
        (1, 1, (1,), ()),
        (2, 5, (1,), (2,)),
        (4, 5, (1, 2, 3), (4,)),
        (6, 5, (1, 2, 3, 4, 6), (5,)),
        (4, 2, (1, 3), (2, 4)),
        (3, 1, (1,), (2, 3)),
    ],
)
def test_both_splits_have_a_sequence_where_there_are_two(
    tmp_path, sequences, test_every, train, test
):
    bag = bag_of(tmp_path, {n + 1: [10_000 * n + 1] for n in range(sequences)})
    summary = extract(bag, tmp_path / "scene", test_every=test_every)
    assert (summary.train_sequences, summary.test_sequences) == (train, test)


@pytest.mark.parametrize(
    "options", [{"sequence_s": 0.0}, {"sequence_s": np.nan}, {"test_every": 0}]
)
def test_options_that_cut_nothing_are_refused(tmp_path, options):
    with pytest.raises(RecordingError, match="sequence_s > 0 and test_every ≥ 1"):
        extract(tmp_path / "bag", tmp_path / "scene", **options)


def test_an_existing_scene_is_refused(tmp_path):
    bag = bag_of(tmp_path, {1: [0]})
    (tmp_path / "scene").mkdir()
    with pytest.raises(RecordingError, match="exists already"):
        extract(bag, tmp_path / "scene")


def test_a_scene_that_cannot_be_written_is_named(tmp_path):
    bag = bag_of(tmp_path, {1: [0]})
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="cannot write the scene"):
        extract(bag, tmp_path / "file" / "scene")


def test_a_damaged_bag_leaves_no_scene(tmp_path):
    bag = bag_of(tmp_path, {1: [0, 33]})
    (mcap,) = bag.glob("*.mcap")
    mcap.write_bytes(mcap.read_bytes()[:-100])
    with pytest.raises(RecordingError, match="cannot be read as a bag"):
        extract(bag, tmp_path / "scene")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bag", "source"]
