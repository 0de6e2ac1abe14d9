import json
from collections.abc import Callable

from training.robustness.outcome import Outcome
from training.robustness.study import Study

Build = Callable[..., Study]
Make = Callable[..., Outcome]


def test_conditions_that_apply_to_no_frame_are_absent(study_of: Build) -> None:
    values = study_of(outcomes={"depth missing": {}}).to_json_dict()
    assert "depth missing" not in values["conditions"]
    assert "depth masked" in values["conditions"]


def test_intruders_are_judged_by_their_novelty_and_are_no_conditions(
    study_of: Build, outcome_of: Make
) -> None:
    black = {0: outcome_of(rejection="novel", novelty={"rgb": 9.0, "depth": 9.0})}
    values = study_of(outcomes={"black": black}).to_json_dict()
    assert {"black", "noise", "foreign"}.isdisjoint(values["conditions"])
    intruders = values["validity"]["intruders"]
    assert intruders["black"] == {
        "frames": 1, "auroc": {"rgb": 1.0, "depth": 1.0}, "auroc_validity": 1.0, "refused": 1.0,
    }  # fmt: skip
    # Beside 0.5 and 0.8 of clean frames: noise is the same, the foreign frame has 3.0 and 0.7.
    assert intruders["noise"]["auroc_validity"] == 0.5
    assert intruders["foreign"]["auroc"] == {"rgb": 1.0, "depth": 0.0}


def test_the_share_of_clean_frames_and_images_that_pass_is_told(
    study_of: Build, outcome_of: Make
) -> None:
    clean = {0: outcome_of(), 1: outcome_of(rejection="disagreement", novelty={"rgb": 1.2})}
    validity = study_of(outcomes={"clean": clean}).to_json_dict()["validity"]
    assert validity["clean_kept"] == 0.5
    assert validity["clean_familiar"] == {"rgb": 0.5, "depth": 1.0}


def test_a_study_says_what_it_belongs_to_without_the_command(study_of: Build) -> None:
    provenance = study_of().to_json_dict()["provenance"]
    assert (provenance["recording"], provenance["split"]) == ("kitchen", "test")
    assert "command" not in provenance


def test_the_options_hold_each_corruption_with_its_parameters(study_of: Build) -> None:
    options = json.loads(json.dumps(study_of().options_json_dict()))
    assert (options["seed"], options["every"], options["foreign"]) == (3, 2, "office")
    assert options["conditions"]["rgb 1 % light"] == {
        "family": "darkness",
        "corruptions": [{"kind": "Darkness", "light": 0.01}],
    }
