import threading
import time

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.node import Node

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.managed_node import ManagedNode


class Probe(ManagedNode):
    """Does what the test says in each transition, and keeps a diary."""

    def __init__(self):
        super().__init__("probe")
        self.acts = {}
        self.diary = []

    def _do(self, verb):
        self.diary.append(verb)
        self.acts.get(verb, lambda: None)()

    def configure(self):
        self._do("configure")

    def activate(self):
        self._do("activate")

    def deactivate(self):
        self._do("deactivate")

    def cleanup(self):
        self._do("cleanup")


@pytest.fixture
def probe(ros, spin):
    node = Probe()
    with spin(node):
        yield node
    node.acts.clear()
    node.destroy_node()


@pytest.fixture
def ask(ros, spin, wait):
    """Call a service: ask(kind, name, request) -> response."""
    node = Node("asker")
    clients = {}

    def call(kind, name, request):
        if name not in clients:
            clients[name] = node.create_client(kind, name)
        wait(clients[name].service_is_ready)
        future = clients[name].call_async(request)
        wait(future.done)
        return future.result()

    with spin(node, threads=2):
        yield call
    node.destroy_node()


@pytest.fixture
def change(ask):
    def change_state(label):
        request = ChangeState.Request()
        request.transition.label = label
        return ask(ChangeState, "/probe/change_state", request).success

    return change_state


def raises(error):
    def act():
        raise error

    return act


def test_a_whole_life(probe, change):
    assert probe.state == "unconfigured"
    for label in ("configure", "activate", "deactivate", "cleanup"):
        assert change(label)
    assert probe.diary == ["configure", "activate", "deactivate", "cleanup"]
    assert probe.state == "unconfigured"


def test_bring_up_configures_and_activates_once(probe):
    assert probe.bring_up()
    assert probe.state == "active"
    assert not probe.bring_up()
    assert probe.diary == ["configure", "activate"]


@pytest.mark.parametrize("error", [ConfigError("no bundle"), RuntimeError("out of memory")])
def test_a_failed_configure_is_explained_undone_and_can_be_repeated(probe, change, capfd, error):
    probe.acts["configure"] = raises(error)
    assert not change("configure")
    assert probe.state == "unconfigured"
    assert probe.diary == ["configure", "cleanup"]
    log = capfd.readouterr().err
    assert "configure failed: " in log and str(error) in log
    assert ("Traceback" in log) == isinstance(error, RuntimeError)
    probe.acts.clear()
    assert change("configure")


def test_a_failed_activate_leaves_the_node_inactive(probe, change):
    assert change("configure")
    probe.acts["activate"] = raises(ConfigError("no sensors"))
    assert not change("activate")
    assert probe.state == "inactive"
    assert probe.diary == ["configure", "activate", "deactivate"]


def test_a_transition_that_does_not_fit_the_state_is_refused(probe, change, capfd):
    assert not change("activate")
    assert not change("fly")
    assert "refused: the node is unconfigured; possible now: configure, shutdown" in (
        capfd.readouterr().err
    )
    assert change("configure")


def test_the_state_is_told_while_configure_runs_and_a_second_request_is_refused(
    probe, ask, change, wait
):
    ask(GetState, "/probe/get_state", GetState.Request())
    release = threading.Event()
    probe.acts["configure"] = lambda: release.wait(60.0)
    first = threading.Thread(target=probe.bring_up)
    first.start()
    wait(lambda: "configure" in probe.diary)
    started_s = time.monotonic()
    answer = ask(GetState, "/probe/get_state", GetState.Request())
    assert time.monotonic() - started_s < 5.0  # not only when it has ended
    assert answer.current_state.label == "configuring"
    assert not change("configure")
    release.set()
    first.join(5.0)
    assert probe.state == "active"


def test_shutdown_releases_everything(probe, change):
    assert probe.bring_up()
    assert change("shutdown")
    assert probe.state == "finalized"
    assert probe.diary[-2:] == ["deactivate", "cleanup"]


def test_a_node_that_is_destroyed_while_it_configures_releases_what_it_acquired(ros, spin, wait):
    node = Probe()
    release = threading.Event()
    node.acts["configure"] = lambda: release.wait(60.0)
    starter = threading.Thread(target=node.bring_up)
    starter.start()
    wait(lambda: node.diary == ["configure"])
    threading.Timer(0.2, release.set).start()
    node.destroy_node()
    starter.join(5.0)
    assert node.diary == ["configure", "activate", "deactivate", "cleanup"]
