from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from vmloc_ros.config import ModelConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.model.backbones import appearance_length, load_backbone_weights
from vmloc_ros.model.decoder import SelfAttention
from vmloc_ros.model.vmloc import VMLoc

APPEARANCE = appearance_length("resnet18")

SMALL = ModelConfig(backbone="resnet18", weights="none", latent_dim=16, head_hidden=8)


def inputs(frames: int = 2) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {"rgb": torch.randn(frames, 3, 64, 64), "depth": torch.randn(frames, 2, 64, 64)}


def test_a_batch_of_two_frames_gives_two_poses_of_six_numbers() -> None:
    answer = VMLoc(SMALL).eval()(inputs(), torch.ones(2, 2, dtype=torch.bool))
    assert answer.shape == (2, 6)


def test_samples_keep_their_axis_through_the_decoder() -> None:
    z = torch.randn(5, 2, 16)
    model = VMLoc(SMALL).eval()
    poses = model.decode(z)
    assert poses.shape == (5, 2, 6)
    torch.testing.assert_close(poses[3], model.decode(z[3]))


def test_choices_of_experts_are_fused_from_what_the_experts_of_all_frames_said() -> None:
    network, images = VMLoc(SMALL).eval(), inputs()
    both = torch.ones(2, 2, dtype=torch.bool)
    colour, depth = both & torch.tensor([True, False]), both & torch.tensor([False, True])
    with torch.no_grad():
        fused = network.fuse(network.experts(images, both), torch.cat([both, colour, depth]))
        expected = [network.encode(images, mask) for mask in (both, colour, depth)]
    torch.testing.assert_close(fused.mean, torch.cat([one.mean for one in expected]))
    shares = [one.expert_share for one in expected if one.expert_share is not None]
    torch.testing.assert_close(fused.expert_share, torch.cat(shares))


def test_leaving_an_input_out_equals_marking_it_absent() -> None:
    model, rgb_only = VMLoc(SMALL).eval(), torch.tensor([[True, False]] * 2)
    given = model(inputs(), rgb_only)
    left_out = model({"rgb": inputs()["rgb"]}, rgb_only)
    torch.testing.assert_close(given, left_out)


def test_variances_start_near_the_configured_value() -> None:
    config = SMALL.model_copy(update={"initial_log_variance": -2.0})
    variance = VMLoc(config).eval().encoders["rgb"](inputs()["rgb"]).variance
    torch.testing.assert_close(variance.mean(), torch.tensor(2.0).neg().exp(), rtol=0.1, atol=0.0)


@pytest.mark.parametrize("names", [("rgb", "depth"), ("depth", "rgb")])
def test_experts_speak_in_the_order_of_the_model(names: tuple[str, str]) -> None:
    model = VMLoc(SMALL.model_copy(update={"modalities": names})).eval()
    experts = model.experts(inputs(), torch.ones(2, 2, dtype=torch.bool))
    assert tuple(experts.appearance) == names
    for column, name in enumerate(names):
        alone = model.encoders[name](inputs()[name])
        torch.testing.assert_close(experts.means[:, column], alone.mean)
        torch.testing.assert_close(experts.variances[:, column], alone.variance)
        torch.testing.assert_close(experts.appearance[name], alone.appearance)


def test_appearance_is_the_mean_and_the_deviation_of_each_channel() -> None:
    encoder = VMLoc(SMALL).eval().encoders["rgb"]
    maps: list[torch.Tensor] = []
    encoder.backbone.net.layer2.register_forward_hook(lambda module, given, made: maps.append(made))
    appearance = encoder(inputs()["rgb"]).appearance
    assert appearance.shape == (2, APPEARANCE)
    expected_mean = maps[0].mean(dim=(2, 3))
    expected_deviation = maps[0].std(dim=(2, 3), correction=0)
    torch.testing.assert_close(appearance[:, : APPEARANCE // 2], expected_mean)
    torch.testing.assert_close(appearance[:, APPEARANCE // 2 :], expected_deviation)


@pytest.mark.parametrize("backbone", ["resnet18", "resnet34"])
def test_every_backbone_tells_as_much_of_the_appearance(backbone: str) -> None:
    model = VMLoc(SMALL.model_copy(update={"backbone": backbone})).eval()
    assert model.encoders["depth"](inputs()["depth"]).appearance.shape == (2, APPEARANCE)


def test_appearance_takes_no_part_in_the_training() -> None:
    said = VMLoc(SMALL).encoders["rgb"](inputs()["rgb"])
    assert said.mean.requires_grad
    assert not said.appearance.requires_grad


def test_the_paper_model_has_as_many_parameters_as_the_published_one() -> None:
    model = VMLoc(ModelConfig(weights="none", head_hidden=0))
    millions = sum(p.numel() for p in model.parameters()) / 1e6
    assert millions == pytest.approx(45.2, abs=0.2)


def test_attention_is_computed_as_specified_on_a_tiny_vector() -> None:
    layer = SelfAttention(16).double()
    z = torch.randn(1, 16, dtype=torch.float64)
    theta, phi, g = layer.theta(z)[0], layer.phi(z)[0], layer.g(z)[0]
    rows = []
    for i in range(2):
        weights = [torch.exp(phi[i] * theta[j]) for j in range(2)]
        rows.append(sum(w * g[j] for j, w in enumerate(weights)) / sum(weights))
    expected = layer.alpha(torch.stack(rows)[None]) + z
    torch.testing.assert_close(layer(z), expected)


def test_colour_weights_fill_a_depth_encoder_through_their_channel_mean(tmp_path: Path) -> None:
    source = VMLoc(SMALL).encoders["rgb"].backbone.net
    save_file(source.state_dict(), tmp_path / "resnet18.safetensors")
    model = VMLoc(SMALL)
    load_backbone_weights(model.encoders["depth"].backbone, str(tmp_path / "resnet18.safetensors"))
    own, given = model.encoders["depth"].backbone.net.conv1.weight, source.conv1.weight
    torch.testing.assert_close(own.sum(1), given.sum(1))


def test_a_torch_state_dict_file_is_read_too(tmp_path: Path) -> None:
    source = VMLoc(SMALL).encoders["rgb"].backbone.net
    torch.save(source.state_dict(), tmp_path / "resnet18.pth")
    model = VMLoc(SMALL)
    load_backbone_weights(model.encoders["rgb"].backbone, str(tmp_path / "resnet18.pth"))
    torch.testing.assert_close(model.encoders["rgb"].backbone.net.conv1.weight, source.conv1.weight)


def test_weights_of_another_backbone_are_refused(tmp_path: Path) -> None:
    save_file(VMLoc(SMALL).encoders["rgb"].backbone.net.state_dict(), tmp_path / "w.safetensors")
    config = SMALL.model_copy(
        update={"backbone": "resnet34", "weights": str(tmp_path / "w.safetensors")}
    )
    with pytest.raises(ConfigError, match="do not fit resnet34"):
        VMLoc(config).load_pretrained()


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    config = SMALL.model_copy(update={"weights": str(tmp_path / "none.pth")})
    with pytest.raises(ConfigError, match=r"cannot read backbone weights .*none\.pth"):
        VMLoc(config).load_pretrained()


def test_imagenet_weights_that_cannot_be_downloaded_name_the_two_ways_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))  # an empty cache
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing listens there
    config = SMALL.model_copy(update={"weights": "imagenet"})
    with pytest.raises(
        ConfigError, match=r"resnet18-.*checkpoints or name its path.*weights: none"
    ):
        VMLoc(config).load_pretrained()


def test_torch_and_numpy_agree_on_the_log_quaternion() -> None:
    import numpy as np

    from vmloc_ros import pose
    from vmloc_ros.model import rotation

    q = torch.nn.functional.normalize(torch.randn(100, 4, dtype=torch.float64), dim=1)
    q[0] = torch.tensor([0.0, 0.0, 0.0, 1.0])
    q[1] = torch.tensor([1.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(rotation.quat_log(q).numpy(), pose.quat_log(q.numpy()), atol=1e-12)


def test_torch_quaternions_multiply_like_scipy_rotations() -> None:
    import numpy as np
    from scipy.spatial.transform import Rotation

    from vmloc_ros.model.rotation import quat_from_rotation_vector, quat_matrix, quat_multiply

    a, b = torch.randn(2, 10, 3, dtype=torch.float64)
    product = quat_multiply(quat_from_rotation_vector(a), quat_from_rotation_vector(b))
    expected = Rotation.from_rotvec(a.numpy()) * Rotation.from_rotvec(b.numpy())
    np.testing.assert_allclose(quat_matrix(product).numpy(), expected.as_matrix(), atol=1e-12)


def test_two_axes_say_the_mean_rotation_before_they_have_learned_anything() -> None:
    config = SMALL.model_copy(update={"rotation": "two_axes", "head_hidden": 0})
    model = VMLoc(config).eval()
    with torch.no_grad():
        for parameter in model.decoder.rotation.parameters():
            parameter.zero_()
    poses = model(inputs(), torch.ones(2, 2, dtype=torch.bool))
    torch.testing.assert_close(poses[:, 3:], torch.zeros(2, 3))


def test_two_axes_reach_rotations_beyond_half_a_turn_without_a_jump() -> None:
    config = SMALL.model_copy(update={"rotation": "two_axes", "head_hidden": 0})
    model = VMLoc(config).eval()
    half_turn_about_z = torch.tensor([-2.0, 0.0, 0.0, 0.0, -2.0, 0.0])
    with torch.no_grad():
        model.decoder.rotation.weight.zero_()
        model.decoder.rotation.bias.copy_(half_turn_about_z)
    pose = model.decode(torch.zeros(1, 16))
    torch.testing.assert_close(pose[0, 3:].abs(), torch.tensor([0.0, 0.0, torch.pi / 2]))


def test_a_picture_of_few_rows_keeps_them_through_the_pooling_of_the_stem() -> None:
    config = SMALL.model_copy(update={"modalities": ("rgb", "lidar")})
    stems = [VMLoc(config).encoders[name].backbone.net for name in ("rgb", "lidar")]
    rows = [net.maxpool(torch.zeros(1, 64, 16, 64)).shape[2] for net in stems]
    assert rows == [8, 16]
