"""Which conditions a bundle is tried under."""

import pytest

from training.robustness.catalogue import conditions_of


def names(*modalities: str, family: str) -> list[str]:
    return [one.name for one in conditions_of(modalities) if one.family == family]


def test_two_sensors_have_the_matrix_of_clean_masked_and_missing() -> None:
    assert names("rgb", "depth", family="mask and loss") == [
        "rgb masked", "rgb missing", "depth masked", "depth missing",
        "rgb masked + depth masked", "rgb missing + depth masked", "rgb masked + depth missing",
    ]  # fmt: skip


def test_one_sensor_can_be_masked_but_not_missing() -> None:
    assert names("rgb", family="mask and loss") == ["rgb masked"]


def test_three_sensors_have_every_combination_but_none_at_all() -> None:
    matrix = names("rgb", "depth", "lidar", family="mask and loss")
    assert len(set(matrix)) == len(matrix) == 3**3 - 2
    assert "rgb missing + depth missing" in matrix
    assert "rgb missing + depth missing + lidar masked" in matrix
    assert "rgb missing + depth missing + lidar missing" not in matrix


def test_the_clean_frames_come_first_and_no_name_comes_twice() -> None:
    all_names = [one.name for one in conditions_of(("rgb", "depth", "lidar"))]
    assert all_names[0] == "clean"
    assert len(set(all_names)) == len(all_names)


def test_sensors_can_be_late_where_there_are_two() -> None:
    assert names("rgb", family="time offset") == []
    assert names("rgb", "lidar", family="time offset") == [
        "rgb 1 frame late", "rgb 2 frames late", "rgb 5 frames late",
        "lidar 1 frame late", "lidar 2 frames late", "lidar 5 frames late",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("modality", "families"),
    [
        ("rgb", {"blur", "darkness", "noise"}),
        ("depth", {"noise", "holes"}),
        ("lidar", {"dropout", "rain"}),
    ],
)
def test_a_sensor_suffers_what_such_sensors_suffer(modality: str, families: set[str]) -> None:
    common = {"clean", "mask and loss", "no place"}
    assert {one.family for one in conditions_of((modality,))} == common | families


def test_the_mask_of_a_lidar_lies_within_its_view() -> None:
    (masked,) = (one for one in conditions_of(("lidar",), 120.0) if one.name == "lidar masked")
    assert masked.to_json_dict()["corruptions"] == [{"kind": "SectorMask", "azimuth_deg": 120.0}]
