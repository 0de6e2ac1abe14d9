from pathlib import Path

import pytest
from pydantic import ValidationError

from vmloc_ros.config import NodeConfig, TrainConfig, dump_config, load_config, parse_config
from vmloc_ros.errors import ConfigError

CONFIG_FOLDER = Path(__file__).parents[2] / "config"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    return path


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, ""), TrainConfig) == TrainConfig()


def test_a_written_configuration_reads_back_equal(tmp_path: Path) -> None:
    config = TrainConfig(epochs=7, seed=3)
    assert load_config(written(tmp_path, dump_config(config)), TrainConfig) == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch: 3", "unknown key 'epoch', did you mean 'epochs'"),
        ("model: {backbon: resnet18}", "unknown key 'model.backbon', did you mean 'backbone'"),
        ("epochs: 0", "epochs: Input should be greater than or equal to 1 .got 0"),
        ("model: {backbone: vgg}", "model.backbone: .*resnet18"),
        ("preprocessing: {depth_min_m: 9, depth_max_m: 3}", "depth_min_m must be less"),
        ("[1, 2]", "expected a mapping of settings, got list"),
        ("a: b: c", "not valid YAML"),
        ("epochs: 1\nepochs: 2", "'epochs' is given twice"),
        ("optimizer: {learning_rate: .inf}", "learning_rate: .*finite"),
        ("accelerator: gpuu", "accelerator: .*'auto', 'cpu' or 'gpu'"),
        ("{preprocessing: {depth_source: lidar}, augmentation: {shift_m: 0.1}}", "set it to 0"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(written(tmp_path, text), TrainConfig)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot read"):
        load_config(tmp_path / "none.yaml", TrainConfig)


def test_settings_cannot_be_changed_after_the_fact() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        TrainConfig().epochs = 3  # type: ignore[misc]


@pytest.mark.parametrize("modalities", ["[rgb, depth]", "[depth, lidar]", "[lidar]"])
def test_a_shift_is_for_what_can_be_seen_from_elsewhere(tmp_path: Path, modalities: str) -> None:
    text = f"model: {{modalities: {modalities}}}\naugmentation: {{shift_m: 0.1}}"
    assert load_config(written(tmp_path, text), TrainConfig).augmentation.shift_m == 0.1


@pytest.mark.parametrize("path", sorted(CONFIG_FOLDER.glob("train*.yaml")), ids=lambda p: p.name)
def test_every_shipped_training_configuration_is_valid(path: Path) -> None:
    load_config(path, TrainConfig)


def test_an_extrinsic_of_six_numbers_is_refused() -> None:
    with pytest.raises(ConfigError, match="7 numbers"):
        parse_config({"extrinsic": [0.0] * 6}, NodeConfig, "parameters")
