from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from vmloc_ros.bundle import load_bundle, save_bundle
from vmloc_ros.errors import BundleError


def test_a_bundle_reads_back_what_was_written(tiny_bundle: Path, tmp_path: Path) -> None:
    first = load_bundle(tiny_bundle)
    save_bundle(tmp_path / "copy", first.description, first.network, first.training_poses)
    second = load_bundle(tmp_path / "copy")
    assert second.description == first.description
    assert second.digest == first.digest
    np.testing.assert_array_equal(
        second.training_poses[1].quat_xyzw, first.training_poses[1].quat_xyzw
    )
    for name, value in first.network.state_dict().items():
        torch.testing.assert_close(second.network.state_dict()[name], value, rtol=0.0, atol=0.0)


def test_a_flipped_bit_in_the_weights_is_found(tiny_bundle: Path) -> None:
    weights = tiny_bundle / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(BundleError, match=r"model\.safetensors: damaged or changed"):
        load_bundle(tiny_bundle)


def test_a_missing_file_is_named(tiny_bundle: Path) -> None:
    (tiny_bundle / "training_poses.npy").unlink()
    with pytest.raises(BundleError, match=r"training_poses\.npy: is missing"):
        load_bundle(tiny_bundle)


def test_anybody_may_read_the_weights(tiny_bundle: Path) -> None:
    assert (tiny_bundle / "model.safetensors").stat().st_mode & 0o444 == 0o444


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


def test_weights_of_another_architecture_are_refused(tiny_bundle: Path) -> None:
    path = tiny_bundle / "bundle.yaml"
    description = yaml.safe_load(path.read_text())
    description["model"]["latent_dim"] *= 2
    path.write_text(yaml.safe_dump(description))
    with pytest.raises(BundleError, match="does not fit the model"):
        load_bundle(tiny_bundle)


def test_an_unknown_key_is_named(tiny_bundle: Path) -> None:
    path = tiny_bundle / "bundle.yaml"
    path.write_text(path.read_text() + "\nsigmas: {}\n")
    with pytest.raises(BundleError, match="unknown key 'sigmas', did you mean 'sigma'"):
        load_bundle(tiny_bundle)


def test_an_existing_folder_is_never_written_to(tiny_bundle: Path) -> None:
    bundle = load_bundle(tiny_bundle)
    before = (tiny_bundle / "bundle.yaml").read_bytes()
    with pytest.raises(BundleError, match="exists already"):
        save_bundle(tiny_bundle, bundle.description, bundle.network, bundle.training_poses)
    assert (tiny_bundle / "bundle.yaml").read_bytes() == before


def test_nothing_is_left_behind_where_a_bundle_cannot_be_written(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    bundle = load_bundle(tiny_bundle)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BundleError, match="cannot write the bundle"):
        save_bundle(
            tmp_path / "file" / "bundle", bundle.description, bundle.network, bundle.training_poses
        )
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


@pytest.mark.parametrize("change", [{"rgb": None}, {"rgb+depth": [0.1] * 5 + [0.0]}])
def test_a_bundle_must_know_its_errors_with_every_set_of_sensors(
    tiny_bundle: Path, change: dict[str, list[float] | None]
) -> None:
    path = tiny_bundle / "bundle.yaml"
    description = yaml.safe_load(path.read_text())
    sigma = description["sigma"] | change
    description["sigma"] = {key: value for key, value in sigma.items() if value}
    path.write_text(yaml.safe_dump(description))
    with pytest.raises(BundleError, match="sigma needs six positive numbers for"):
        load_bundle(tiny_bundle)
