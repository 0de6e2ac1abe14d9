import re
from typing import get_args

import pytest

from vmloc_ros.causes import CAUSES, STATUSES, Cause, Level
from vmloc_ros.config import NodeConfig
from vmloc_ros.validity import Reason

FOREIGN = {"tf_broadcast"}
"""Parameters of other nodes that the texts name."""

each_cause = pytest.mark.parametrize("cause", CAUSES.values(), ids=lambda cause: cause.key)


def cause(message: str) -> Cause:
    return Cause(key="k", status="tf", level=Level.OK, message=message, when="-", why="-", mend="-")


@each_cause
def test_a_cause_is_a_whole_entry(cause):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", cause.key)
    assert cause.status in STATUSES
    assert cause.level is not Level.STALE  # which says that nothing can be said
    assert "\n" not in cause.message
    assert all(text.strip() == text != "" for text in (cause.when, cause.why, cause.mend))


@each_cause
def test_a_link_leads_to_another_cause_or_status(cause):
    targets = re.findall(r"\]\(#([^)]*)\)", cause.when + cause.why + cause.mend)
    assert set(targets) <= {*CAUSES, *STATUSES} - {cause.key}


@each_cause
def test_a_parameter_in_the_texts_exists(cause):
    texts = cause.when + cause.why + cause.mend
    assigned = re.findall(r"`(\w+): [^`]+`", texts)
    given = re.findall(r"ros2 param set /vmloc (\w+)", texts)
    assert set(assigned + given) <= {*NodeConfig.model_fields, "use_sim_time", *FOREIGN}


@each_cause
def test_a_parameter_that_the_texts_change_in_passing_may_change_while_the_node_works(cause):
    for name in re.findall(r"ros2 param set /vmloc (\w+)", cause.mend):
        if name != "use_sim_time":
            assert NodeConfig.model_fields[name].json_schema_extra["live"] is True


def test_no_two_causes_share_a_key_with_each_other_or_with_a_status():
    assert all(key == cause.key for key, cause in CAUSES.items())
    assert not set(CAUSES) & set(STATUSES)


def test_every_reason_to_refuse_an_estimate_is_explained():
    assert set(get_args(Reason)) <= set(CAUSES)


def test_every_status_has_causes_that_make_it_worse():
    assert {cause.status for cause in CAUSES.values() if cause.level > Level.OK} == set(STATUSES)


def test_a_message_is_filled_and_stays_on_one_line():
    broken = cause("{topic}: {age_s:.1f} s, {why}")
    assert broken.fields == ("topic", "age_s", "why")
    filled = broken.describe(topic="/a", age_s=1.25001, why="out of\n  memory {0}")
    assert filled == "/a: 1.3 s, out of memory {0}"


def test_a_status_of_which_nothing_is_known_is_less_urgent_than_a_good_one():
    levels = [Level.ERROR, Level.STALE, Level.WARN, Level.OK]
    ordered = sorted(levels, key=lambda level: level.severity)
    assert ordered == [Level.STALE, Level.OK, Level.WARN, Level.ERROR]
