from pathlib import Path

import pytest

from vmloc_ros.ros.checkup.finding import Level
from vmloc_ros.ros.checkup.observation import Graph, NodeAnswers, Status
from vmloc_ros.ros.checkup.parameter_file import ParameterFile
from vmloc_ros.ros.checkup.running_node import judge_diagnostics, judge_node, settings_of

NAME = "/robot/vmloc"
ACTIVE = NodeAnswers(name=NAME, state="active")


def test_a_node_that_is_not_there_is_a_warning_that_names_those_that_are():
    found = judge_node(NAME, None, Graph(nodes=("/camera", "/vmloc")))
    assert found.level == Level.WARN
    assert found.message == "/robot/vmloc is not running; nodes that are: /camera, /vmloc"


def test_an_active_node_is_well():
    assert judge_node(NAME, ACTIVE, Graph()).message == "/robot/vmloc is active"


@pytest.mark.parametrize(
    ("state", "cause", "mend"),
    [
        ("unconfigured", "not_configured", "ros2 lifecycle set /robot/vmloc configure"),
        ("inactive", "inactive", "ros2 lifecycle set /robot/vmloc activate"),
        ("finalized", "finalized", "start it again"),
        ("configuring", "in_transition", "Wait"),
    ],
)
def test_a_node_that_is_not_active_names_the_next_step(state, cause, mend):
    found = judge_node(NAME, NodeAnswers(name=NAME, state=state), Graph())
    assert (found.level, found.cause) == (Level.ERROR, cause)
    assert mend in found.mend


def test_a_node_that_does_not_answer_is_an_error():
    found = judge_node(NAME, NodeAnswers(name=NAME), Graph())
    assert found.level == Level.ERROR
    assert "does not answer" in found.message


def test_what_the_node_reports_is_repeated_with_its_mend():
    statuses = [
        Status("vmloc: model", NAME, 0, "model of rgb"),
        Status(
            "vmloc: input",
            NAME,
            2,
            "/front/depth has been silent for 3.0 s",
            {"causes": "publisher_silent, wrong_type"},
        ),
        Status("vmloc: localization", NAME, 1, "odd", {"causes": ""}),
        Status("vmloc: input", "/other/vmloc", 2, "of another robot"),
    ]
    model, silent, odd = judge_diagnostics(ACTIVE, statuses)
    assert (model.level, silent.level, odd.level) == (Level.OK, Level.ERROR, Level.WARN)
    assert silent.check == "/robot/vmloc input"
    assert silent.cause == "publisher_silent"
    assert "ros2 topic hz /front/depth" in silent.mend
    assert "docs/troubleshooting.md" in odd.mend


def test_a_node_that_reports_nothing_is_a_warning():
    (found,) = judge_diagnostics(ACTIVE, [])
    assert found.level == Level.WARN
    assert "reported nothing" in found.message


def test_without_a_node_no_report_is_missed():
    assert list(judge_diagnostics(None, [])) == []


def test_the_settings_of_the_running_node_come_before_those_of_a_file():
    file = ParameterFile(Path("robot.yaml"), NAME, (NAME,), {"sync_slop_s": 0.02})
    answers = NodeAnswers(name=NAME, parameters={"sync_slop_s": 0.03, "use_sim_time": True})
    config, uses_sim_time, findings = settings_of(answers, file)
    assert (config.sync_slop_s, uses_sim_time) == (0.03, True)
    assert [finding.level for finding in findings] == [Level.OK]
    config, uses_sim_time, _ = settings_of(None, file)
    assert (config.sync_slop_s, uses_sim_time) == (0.02, False)


def test_settings_of_the_running_node_that_do_not_fit_are_an_error():
    answers = NodeAnswers(name=NAME, parameters={"sync_slop_s": -1.0})
    config, _, (found,) = settings_of(answers, None)
    assert found.level == Level.ERROR
    assert "sync_slop_s" in found.message
    assert config.sync_slop_s > 0.0
