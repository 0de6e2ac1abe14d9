import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
import yaml

from vmloc_ros.bundle import WEIGHTS, Bundle, load_bundle, save_bundle
from vmloc_ros.errors import BundleError


def save(folder: Path, bundle: Bundle) -> None:
    save_bundle(
        folder,
        bundle.description,
        bundle.network,
        bundle.training_poses,
        bundle.training_appearance,
    )


def put_weights(folder: Path, content: bytes) -> None:
    """Put weights in a bundle's place, with their digest."""
    before = load_bundle(folder).digest
    (folder / WEIGHTS).write_bytes(content)
    path = folder / "bundle.yaml"
    path.write_text(path.read_text().replace(before, hashlib.sha256(content).hexdigest()))


def test_a_bundle_reads_back_what_was_written(tiny_bundle: Path, tmp_path: Path) -> None:
    first = load_bundle(tiny_bundle)
    save(tmp_path / "copy", first)
    second = load_bundle(tmp_path / "copy")
    assert second.description == first.description
    assert second.digest == first.digest
    np.testing.assert_array_equal(
        second.training_poses[1].quat_xyzw, first.training_poses[1].quat_xyzw
    )
    for name, value in first.network.state_dict().items():
        torch.testing.assert_close(second.network.state_dict()[name], value, rtol=0.0, atol=0.0)
    assert set(second.training_appearance) == {"rgb", "depth"}
    for name, value in first.training_appearance.items():
        assert torch.equal(second.training_appearance[name], value)


def test_a_flipped_bit_in_the_weights_is_found(tiny_bundle: Path) -> None:
    weights = tiny_bundle / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(BundleError, match=r"model\.safetensors: damaged or changed"):
        load_bundle(tiny_bundle)


@pytest.mark.parametrize("name", ["training_poses.npy", "training_appearance.safetensors"])
def test_a_missing_file_is_named(tiny_bundle: Path, name: str) -> None:
    (tiny_bundle / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: is missing"):
        load_bundle(tiny_bundle)


@pytest.mark.parametrize(
    ("appearance", "problem"),
    [
        ({"rgb": torch.ones(3, 256)}, r"expected N × 256 numbers for depth, got \(\)"),
        (
            {"rgb": torch.ones(3, 256), "depth": torch.ones(3, 9)},
            r"expected N × 256 numbers for depth, got \(3, 9\)",
        ),
        (
            {"rgb": torch.ones(0, 256), "depth": torch.ones(3, 256)},
            r"expected N × 256 numbers for rgb, got \(0, 256\)",
        ),
        (
            {"rgb": torch.ones(3, 256), "depth": torch.full((3, 256), float("nan"))},
            "holds NaN or infinite numbers for depth",
        ),
    ],
)
def test_training_images_that_nothing_can_be_compared_with_are_refused(
    tiny_bundle: Path, tmp_path: Path, appearance: dict[str, torch.Tensor], problem: str
) -> None:
    save(tmp_path / "b", replace(load_bundle(tiny_bundle), training_appearance=appearance))
    with pytest.raises(BundleError, match=f"training_appearance.safetensors: {problem}"):
        load_bundle(tmp_path / "b")


def test_anybody_may_read_the_tensors(tiny_bundle: Path) -> None:
    for path in tiny_bundle.glob("*.safetensors"):
        assert path.stat().st_mode & 0o444 == 0o444


def test_a_mean_rotation_that_is_none_is_refused(tiny_bundle: Path) -> None:
    path = tiny_bundle / "bundle.yaml"
    description = yaml.safe_load(path.read_text())
    description["poses"]["quat_mean_xyzw"] = [0.0, 0.0, 0.0, 0.0]
    path.write_text(yaml.safe_dump(description))
    with pytest.raises(BundleError, match="quat_mean_xyzw is no unit quaternion"):
        load_bundle(tiny_bundle)


def test_a_folder_that_is_no_bundle_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no model bundle .*bundle\.yaml"):
        load_bundle(tmp_path)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("preprocessing", "depth_max_m", 5.0),
        ("poses", "position_scale_m", 0.5),
        ("poses", "position_mean_m", [1.0, 0.0, 0.0]),
        ("model", "latent_dim", 24),
        ("rig", "lidar_in_camera", [0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
    ],
)
def test_settings_other_than_those_of_the_training_are_refused_by_name(
    tiny_bundle: Path, part: str, key: str, value: object
) -> None:
    path = tiny_bundle / "bundle.yaml"
    description = yaml.safe_load(path.read_text())
    trained_with = description[part][key]
    description[part][key] = value
    path.write_text(yaml.safe_dump(description))
    message = rf"{part}\.{key} is .*{re.escape(str(value))}, and .* trained with "
    with pytest.raises(BundleError, match=message + re.escape(str(trained_with))):
        load_bundle(tiny_bundle)


def test_weights_of_another_model_of_the_same_make_are_refused(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    bundle, other = load_bundle(tiny_bundle), tmp_path / "other"
    description = bundle.description.model_copy(update={"camera_frame": "another"})
    save(other, replace(bundle, description=description))
    put_weights(tiny_bundle, (other / WEIGHTS).read_bytes())
    with pytest.raises(BundleError, match=r"camera_frame is .* trained with another; copy the"):
        load_bundle(tiny_bundle)


def test_weights_of_another_architecture_are_refused(tiny_bundle: Path) -> None:
    put_weights(tiny_bundle, safetensors.torch.save({"bias": torch.zeros(3)}))
    with pytest.raises(BundleError, match=r"model\.safetensors: does not fit the model"):
        load_bundle(tiny_bundle)


def test_what_is_no_matter_of_the_weights_may_be_changed_by_hand(tiny_bundle: Path) -> None:
    path = tiny_bundle / "bundle.yaml"
    description = yaml.safe_load(path.read_text())
    description["calibration"]["sigma"]["depth"] = [0.5] * 6
    path.write_text(yaml.safe_dump(description))
    assert load_bundle(tiny_bundle).description.calibration.sigma["depth"] == (0.5,) * 6


def test_an_unknown_key_is_named(tiny_bundle: Path) -> None:
    path = tiny_bundle / "bundle.yaml"
    path.write_text(path.read_text() + "\ncalibrations: {}\n")
    with pytest.raises(BundleError, match="unknown key 'calibrations', did you mean 'calibration'"):
        load_bundle(tiny_bundle)


def test_an_existing_folder_is_never_written_to(tiny_bundle: Path) -> None:
    bundle = load_bundle(tiny_bundle)
    before = (tiny_bundle / "bundle.yaml").read_bytes()
    with pytest.raises(BundleError, match="exists already"):
        save(tiny_bundle, bundle)
    assert (tiny_bundle / "bundle.yaml").read_bytes() == before


def test_nothing_is_left_behind_where_a_bundle_cannot_be_written(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    bundle = load_bundle(tiny_bundle)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BundleError, match="cannot write the bundle"):
        save(tmp_path / "file" / "bundle", bundle)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


@pytest.mark.parametrize(
    ("part", "content", "problem"),
    [
        ("sigma", {"rgb": [0.1] * 6}, "sigma needs six positive numbers for depth"),
        ("agreement", {}, r"agreement is missing for rgb\+depth"),
        ("novelty_limit", {"rgb": 1.0}, "novelty_limit needs a positive number for depth"),
        (
            "remoteness",
            {"novelty": {"rgb": 1.0, "depth": 1.0}, "position_m": 1.0, "rotation_rad": 1.0},
            r"remoteness\.slope needs a number of at least 0 for rgb",
        ),
    ],
)
def test_a_bundle_must_be_calibrated_with_every_set_of_sensors(
    tiny_bundle: Path, part: str, content: dict[str, Any], problem: str
) -> None:
    path = tiny_bundle / "bundle.yaml"
    description = yaml.safe_load(path.read_text())
    description["calibration"][part] = content
    path.write_text(yaml.safe_dump(description))
    with pytest.raises(BundleError, match=f"calibration: {problem}"):
        load_bundle(tiny_bundle)


def test_a_covariance_that_needs_training_poses_is_refused_without_them(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    bundle = load_bundle(tiny_bundle)
    assert bundle.description.calibration.remoteness is not None
    save(tmp_path / "nowhere", replace(bundle, training_poses=()))
    with pytest.raises(
        BundleError, match=r"training_poses\.npy: the covariance needs them, train again"
    ):
        load_bundle(tmp_path / "nowhere")


def test_a_bundle_of_another_format_says_what_to_do(tiny_bundle: Path) -> None:
    path = tiny_bundle / "bundle.yaml"
    description = yaml.safe_load(path.read_text())
    sigma = description.pop("calibration")["sigma"]
    path.write_text(yaml.safe_dump(description | {"format_version": 1, "sigma": sigma}))
    with pytest.raises(BundleError, match="format 1, and only 3 can be read: train again"):
        load_bundle(tiny_bundle)
