import numpy as np
import pytest
import torch

from vmloc_ros.config import LidarConfig, PreprocessingConfig
from vmloc_ros.errors import MessageError
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.sensor_rig import SensorRig

CPU = torch.device("cpu")


def preprocessor(height: int = 32, width: int = 32) -> Preprocessor:
    config = PreprocessingConfig(height=height, width=width, depth_min_m=0.5, depth_max_m=8.0)
    return Preprocessor(config, ("rgb", "depth"))


def depth_frame(depth_mm: np.ndarray) -> Frame:
    return Frame(1, "camera", depth_mm=depth_mm.astype(np.uint16))


def test_colour_is_scaled_to_minus_one_and_one() -> None:
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[:, 16:] = 255
    inputs, present = preprocessor()(Frame(1, "camera", rgb=rgb), CPU)
    assert inputs["rgb"].shape == (1, 3, 32, 32)
    assert inputs["rgb"][0, 0, 0, 0] == -1.0
    assert inputs["rgb"][0, 0, 0, -1] == 1.0
    assert present.tolist() == [[True, False]]


def test_log_depth_runs_from_minus_one_at_the_nearest_to_one_at_the_farthest() -> None:
    depth = np.full((32, 32), 2000)  # 2 m is the geometric mean of 0.5 m and 8 m
    depth[0, 0], depth[0, 1] = 500, 8000
    channels = preprocessor()(depth_frame(depth), CPU)[0]["depth"][0]
    torch.testing.assert_close(channels[0, 0, :3], torch.tensor([-1.0, 1.0, 0.0]))


def test_missing_near_and_far_returns_are_marked_and_neutral() -> None:
    depth = np.full((32, 32), 1000)
    depth[0, :4] = [0, 499, 8001, 1000]
    channels = preprocessor()(depth_frame(depth), CPU)[0]["depth"][0]
    assert channels[1, 0, :4].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert channels[0, 0, :3].tolist() == [0.0, 0.0, 0.0]


def test_shrinking_depth_averages_returns_and_never_mixes_in_holes() -> None:
    depth = np.full((64, 64), 1000)
    depth[0, 0] = 0  # one hole in a block of four: the other three count
    depth[0, 2:4] = 3000
    reduced = preprocessor().reduce(depth_frame(depth))["depth"]
    assert reduced[0, 0] == 1000
    assert reduced[0, 1] == 2000


def test_a_block_that_is_mostly_hole_stays_a_hole() -> None:
    depth = np.full((64, 64), 1000)
    depth[0, 0:2] = depth[1, 0] = 0
    assert preprocessor().reduce(depth_frame(depth))["depth"][0, 0] == 0


def test_the_centre_with_the_aspect_of_the_input_is_kept() -> None:
    rgb = np.zeros((48, 64, 3), np.uint8)
    rgb[:, 8:56] = 200  # the centred square
    reduced = preprocessor(48, 48).reduce(Frame(1, "camera", rgb=rgb))["rgb"]
    assert (reduced == 200).all()


def test_a_point_projects_to_the_same_place_in_the_reduced_image() -> None:
    camera = Camera(64, 48, 60.0, 60.0, 31.5, 23.5)
    reduced = preprocessor(32, 32).reduce_camera(camera)
    x, y = 0.1, -0.2
    u, v = camera.fx * x + camera.cx, camera.fy * y + camera.cy
    expected_u, expected_v = (u - 8 + 0.5) * 32 / 48 - 0.5, (v + 0.5) * 32 / 48 - 0.5
    assert reduced.fx * x + reduced.cx == pytest.approx(expected_u)
    assert reduced.fy * y + reduced.cy == pytest.approx(expected_v)


def test_a_frame_without_any_modality_of_the_model_is_refused() -> None:
    cloud = Frame(7, "camera", points=np.zeros((1, 4), np.float32))
    with pytest.raises(MessageError, match="frame at 7 ns has no rgb or depth"):
        preprocessor()(cloud, CPU)


def test_a_batch_encodes_like_its_frames_one_by_one() -> None:
    rng = np.random.default_rng(0)
    frames = [
        Frame(1, "camera", rgb=rng.integers(0, 256, (48, 64, 3), np.uint8),
              depth_mm=rng.integers(0, 9000, (48, 64), np.uint16))
        for _ in range(3)
    ]  # fmt: skip
    pre = preprocessor()
    stacked = {
        name: torch.from_numpy(np.stack([pre.reduce(frame)[name] for frame in frames]))
        for name in ("rgb", "depth")
    }
    batch = pre.encode(stacked)
    for i, frame in enumerate(frames):
        alone = pre(frame, CPU)[0]
        torch.testing.assert_close(batch["rgb"][i], alone["rgb"][0], rtol=0.0, atol=0.0)
        torch.testing.assert_close(batch["depth"][i], alone["depth"][0], rtol=0.0, atol=0.0)


LIDAR = LidarConfig(
    rows=4, columns=8, elevation_min_deg=-20.0, elevation_max_deg=20.0, range_max_m=50.0
)
AHEAD = (slice(None), 1, 4)
"""Channels of the cell straight ahead, a little above the horizon and to the right."""


def lidar_channels(points: list[list[float]], **changes: object) -> torch.Tensor:
    config = PreprocessingConfig(lidar=LIDAR.model_copy(update=changes))
    frame = Frame(1, "camera", points=np.array(points, np.float32))
    inputs, present = Preprocessor(config, ("rgb", "lidar"))(frame, CPU)
    assert present.tolist() == [[False, True]]
    assert inputs["lidar"].shape == (1, 4, 4, 8)
    return inputs["lidar"][0]


def test_a_return_gives_inverse_range_height_intensity_and_validity() -> None:
    channels = lidar_channels([[2.0, -1e-3, 0.25, 7.0]])
    distance = float(np.sqrt(4.0 + 0.25**2))
    inverse = 2.0 * (1.0 / distance - 1.0 / 50.0) / (1.0 - 1.0 / 50.0) - 1.0
    expected = torch.tensor([inverse, 0.025, 0.5, 1.0])  # one return: it has the mean's intensity
    torch.testing.assert_close(channels[AHEAD], expected)
    channels[AHEAD] = 0.0
    assert not channels.any()


def test_the_logarithm_of_range_is_as_fine_everywhere() -> None:
    distance = float(np.sqrt(50.0))  # the geometric mean of the limits
    channels = lidar_channels([[distance, -1e-3, 0.1, 0.0]], range_encoding="log")
    assert channels[AHEAD][0] == pytest.approx(0.0, abs=1e-3)
    assert channels[AHEAD][2] == 0.0  # a cloud without intensities


def test_the_unit_of_the_intensities_does_not_matter() -> None:
    cloud = np.array([[2.0, -1e-3, 0.25, 0.2], [-2.0, 1.0, 0.25, 0.8]])
    one, many = (lidar_channels((cloud * [1, 1, 1, k]).tolist()) for k in (1.0, 255.0))
    torch.testing.assert_close(one, many)
    assert one[AHEAD][2] == pytest.approx(0.2)  # 0.2 of twice the mean, 0.5


def test_heights_beyond_ten_metres_are_all_the_same() -> None:
    steep = {"elevation_min_deg": -80.0, "elevation_max_deg": 80.0}
    channels = lidar_channels([[10.0, -1e-3, 12.0, 0.0]], **steep)
    assert channels[1].max() == 1.0


def test_a_cloud_without_points_is_there_and_empty() -> None:
    frame = Frame(1, "camera", points=np.empty((0, 4), np.float32))
    inputs, present = Preprocessor(PreprocessingConfig(lidar=LIDAR), ("lidar",))(frame, CPU)
    assert present.tolist() == [[True]]
    assert not inputs["lidar"].any()


def test_reduced_pictures_encode_like_their_frames() -> None:
    rng = np.random.default_rng(0)
    frame = Frame(1, "camera", points=rng.normal(0.0, 5.0, (500, 4)).astype(np.float32))
    pre = Preprocessor(PreprocessingConfig(lidar=LIDAR), ("lidar",))
    reduced = {name: torch.from_numpy(image)[None] for name, image in pre.reduce(frame).items()}
    alone = pre(frame, CPU)[0]
    torch.testing.assert_close(pre.encode(reduced)["lidar"], alone["lidar"], rtol=0.0, atol=0.0)


FROM_LIDAR = PreprocessingConfig(height=32, width=32, depth_source="lidar", depth_max_m=50.0)
SQUARE = Camera(64, 64, 64.0, 64.0, 31.5, 31.5)
T_CAMERA_LIDAR = Pose.from_matrix(
    [[0.0, -1.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0], [1.0, 0.0, 0.0, -1.0], [0.0, 0.0, 0.0, 1.0]]
)
"""The lidar sits a metre behind the camera."""
BEHIND_ANOTHER = np.array([[5.0, 0.0, 0.0, 1.0], [9.0, 0.0, 0.0, 1.0], [80.0, 5.0, 0.0, 1.0]])


def depth_of_points(frame: Frame, rig: SensorRig | None = None) -> torch.Tensor:
    preprocess = Preprocessor(FROM_LIDAR, ("rgb", "depth"), rig)
    return torch.from_numpy(preprocess.reduce(frame)["depth"].astype(np.int32))


def test_depth_may_be_made_of_the_points_that_a_lidar_sees() -> None:
    points = BEHIND_ANOTHER.astype(np.float32)
    T = T_CAMERA_LIDAR.matrix()
    depth = depth_of_points(Frame(1, "camera", points=points, camera=SQUARE, T_camera_lidar=T))
    # 5 m ahead of the lidar is 4 m from the camera; 79 m do not fit into 16 bits of millimetres.
    assert depth[16, 16] == 4000
    assert (depth > 0).sum() == 1


def test_what_a_message_does_not_say_of_the_rig_the_bundle_knows() -> None:
    points = BEHIND_ANOTHER.astype(np.float32)
    rig = SensorRig.of(SQUARE.resized(32, 32), T_CAMERA_LIDAR)
    depth = depth_of_points(Frame(1, "camera", points=points), rig)
    assert depth[16, 16] == 4000


@pytest.mark.parametrize(
    ("camera", "missing"), [(None, "the intrinsics"), (SQUARE, "the place of the lidar")]
)
def test_points_are_not_projected_into_an_unknown_camera(
    camera: Camera | None, missing: str
) -> None:
    frame = Frame(1, "camera", points=BEHIND_ANOTHER.astype(np.float32), camera=camera)
    with pytest.raises(MessageError, match=f"needs {missing}.*record camera_info and tf_static"):
        depth_of_points(frame)


def test_the_sensors_of_a_model_are_those_that_its_inputs_are_made_of() -> None:
    assert FROM_LIDAR.sensors(("rgb", "depth")) == ("rgb", "lidar")
    assert FROM_LIDAR.sensors(("depth", "lidar")) == ("lidar",)
    assert PreprocessingConfig().sensors(("depth", "rgb")) == ("depth", "rgb")
