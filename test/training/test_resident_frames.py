"""Training frames in the memory of a device."""

from pathlib import Path

import pytest
import torch

from training import resident_frames
from training.cache import CachedFrames, build_cache
from training.recordings.formats import open_recording
from training.resident_frames import ResidentFrames, near, needed_bytes
from vmloc_ros.config import PreprocessingConfig
from vmloc_ros.pose import PoseNormalizer

CPU = torch.device("cpu")


@pytest.fixture
def frames(tiny_scene: Path, tmp_path: Path) -> CachedFrames:
    size = PreprocessingConfig(height=48, width=64)
    cache = build_cache(open_recording(tiny_scene), "train", size, ("rgb", "depth"), tmp_path)
    return CachedFrames(cache, range(3, 17), PoseNormalizer.fit(cache.poses), clip=(2, 1))


@pytest.fixture(params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> torch.device:
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return torch.device(request.param)


def test_batches_are_those_of_the_frames_on_the_host(
    frames: CachedFrames, device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident_frames, "_AT_ONCE", 5)
    resident = ResidentFrames(frames, device)
    assert len(resident) == len(frames) == 14
    expected, batch = frames.__getitems__([9, 0, 4]), resident.__getitems__([9, 0, 4])
    assert list(batch) == list(expected)
    for name, values in batch.items():
        assert values.device.type == device.type
        assert values.dtype == expected[name].dtype
        assert torch.equal(values.cpu(), expected[name])


def test_the_memory_that_is_needed_is_that_of_the_tensors(frames: CachedFrames) -> None:
    pixels = 48 * 64
    labels = 2 + 3 * 4 + 4 * 4 + 8  # present, position, quat, index
    assert needed_bytes(frames) == 14 * (pixels * 3 + pixels * 2 + labels)


def test_frames_go_to_a_gpu_where_they_fit(
    frames: CachedFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert near(frames, CPU) is frames
    free = [2 * needed_bytes(frames) - 1]
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free[0], free[0]))
    monkeypatch.setattr(resident_frames, "ResidentFrames", lambda frames, device: "resident")
    assert near(frames, torch.device("cuda")) is frames
    free[0] += 1
    assert near(frames, torch.device("cuda")) == "resident"
