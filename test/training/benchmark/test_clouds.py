import numpy as np
import pytest

from training.benchmark.clouds import scan_clouds, spinning_cloud
from vmloc_ros.errors import RecordingError


def write_scan(path, size, intensity):
    points = np.zeros((size, 4), np.float32)
    points[:, 3] = intensity
    path.write_bytes(points.tobytes())


@pytest.mark.parametrize("size", [1, 1000, 131_072])
def test_the_cloud_of_a_spinning_lidar_has_as_many_points_as_asked_for(size):
    cloud = spinning_cloud(size)
    assert cloud.shape == (size, 4) and cloud.dtype == np.float32
    assert np.isfinite(cloud).all()


def test_a_scan_that_is_too_short_goes_on_with_the_next(tmp_path):
    write_scan(tmp_path / "0.bin", 3, 0.1)
    write_scan(tmp_path / "1.bin", 2, 0.2)
    first, second = (cloud[:, 3].tolist() for cloud in scan_clouds(tmp_path, 4))
    assert first == pytest.approx([0.1, 0.1, 0.1, 0.2])
    assert second == pytest.approx([0.2, 0.2, 0.1, 0.1])


def test_a_folder_without_scans_is_refused(tmp_path):
    with pytest.raises(RecordingError, match=r"no scans: \*\.bin"):
        scan_clouds(tmp_path, 4)


def test_a_scan_that_is_cut_off_is_named(tmp_path):
    (tmp_path / "0.bin").write_bytes(bytes(17))
    with pytest.raises(RecordingError, match=r"0\.bin is cut off: 17 bytes"):
        scan_clouds(tmp_path, 1)


def test_more_points_than_there_are_cannot_be_had(tmp_path):
    write_scan(tmp_path / "0.bin", 3, 0.1)
    with pytest.raises(RecordingError, match="3 points; --points asks for 4"):
        scan_clouds(tmp_path, 4)
