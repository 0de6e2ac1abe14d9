"""The program before there is a node."""

import signal

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_still_imports_ends_it_without_a_word(start_node, wait, number):
    node = start_node()
    wait(lambda: node.has_loaded("libtorch_cpu"))  # torch's Python part is still to come
    assert node.stop(number, timeout_s=60.0) == 0
    assert node.log == ""


def test_it_says_how_it_is_used(start):
    program = start("localizer_program", "--help")
    assert program.wait() == 0
    assert program.log.startswith("usage: localizer_node --ros-args -p bundle:=PATH ")


def test_parameters_without_the_word_that_makes_them_some_are_refused(start):
    program = start("localizer_program", "-p", "bundle:=/model")
    assert program.wait() == 2
    assert program.log == (
        "error: '-p' comes before --ros-args: write localizer_node --ros-args -p bundle:=PATH\n"
    )
