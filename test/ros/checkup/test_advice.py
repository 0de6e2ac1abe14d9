import pytest

from vmloc_ros.causes import CAUSES
from vmloc_ros.ros.checkup.advice import first_step


@pytest.mark.parametrize("key", CAUSES)
def test_the_first_step_against_every_cause_is_one_plain_line(key):
    step = first_step(key)
    assert step
    assert not set("`\n") & set(step)
    assert "](" not in step


def test_the_names_of_this_robot_are_put_in():
    assert "ros2 lifecycle set /robot/vmloc activate" in first_step("inactive", "/robot/vmloc")
    assert "ros2 topic hz /front/image" in first_step("publisher_silent", topic="/front/image")
