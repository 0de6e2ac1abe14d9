"""The doctor over real DDS: seeded faults, each with its finding and its exit status."""

import json
import os
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String

from vmloc_ros.ros.diagnostics import Diagnostics
from vmloc_ros.ros.doctor import main
from vmloc_ros.ros.managed_node import ManagedNode
from vmloc_ros.ros.snapshot import ModelHealth, Snapshot

MOST_LOADS = 2.0
"""Of torch's: how much the doctor may compute."""
PERIOD_S = 0.05
NS_PER_S = 1_000_000_000
WIDTH, HEIGHT = 64, 48


class Camera:
    """A driver whose faults can be chosen; publishes from a thread of its own."""

    def __init__(
        self,
        best_effort: bool = False,
        encoding: str = "rgb8",
        is_stamped: bool = True,
        depth_late_ns: int = 0,
        info_width: int = WIDTH,
    ) -> None:
        policy = ReliabilityPolicy.BEST_EFFORT if best_effort else ReliabilityPolicy.RELIABLE
        qos = QoSProfile(depth=10, reliability=policy)
        self.node = Node("camera_driver")
        self._rgb = self.node.create_publisher(Image, "camera/image", qos)
        self._depth = self.node.create_publisher(Image, "depth/image", qos)
        self._info = self.node.create_publisher(CameraInfo, "camera/camera_info", qos)
        self._encoding = encoding
        self._is_stamped = is_stamped
        self._depth_late_ns = depth_late_ns
        self._info_width = info_width
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.node.destroy_node()

    def _run(self) -> None:
        while not self._stop.wait(PERIOD_S):
            at_ns = time.time_ns() if self._is_stamped else 0
            colour = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            depth_mm = np.full((HEIGHT, WIDTH), 1500, np.uint16)
            self._rgb.publish(image(colour, self._encoding, at_ns))
            self._depth.publish(image(depth_mm, "16UC1", at_ns + self._depth_late_ns))
            info = CameraInfo(width=self._info_width, height=HEIGHT)
            info.k = [60.0, 0.0, 31.5, 0.0, 60.0, 23.5, 0.0, 0.0, 1.0]
            self._info.publish(stamped(info, at_ns))


def stamped(message: object, at_ns: int) -> object:
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(at_ns, NS_PER_S)
    message.header.frame_id = "camera_optical_frame"
    return message


def image(pixels: np.ndarray, encoding: str, at_ns: int) -> object:
    height, width = pixels.shape[:2]
    message = Image(height=height, width=width, encoding=encoding, step=pixels.nbytes // height)
    message.data = array("B", pixels.tobytes())
    return stamped(message, at_ns)


@contextmanager
def camera(**faults: object) -> Iterator[None]:
    driver = Camera(**faults)
    try:
        yield
    finally:
        driver.close()


@pytest.fixture
def examine(ros, capsys):
    """Run the doctor; return the exit status and the findings that are not OK."""

    def run(*arguments):
        status = main(["--json", "--listen", "1", *map(str, arguments)])
        report = json.loads(capsys.readouterr().out)
        assert report["exit_status"] == status
        return status, [found for found in report["findings"] if found["level"] != "OK"]

    return run


def errors(findings):
    return [(found["check"], found["cause"]) for found in findings if found["level"] == "ERROR"]


@pytest.fixture
def settings(tmp_path, tiny_bundle):
    """A parameter file of a node that needs nothing but its topics; settings as name=value."""

    def write(**parameters):
        values = {"bundle": str(tiny_bundle), "device": "cpu", "base_frame": "", **parameters}
        path = tmp_path / "robot.yaml"
        path.write_text(json.dumps({"/**": {"ros__parameters": values}}))  # JSON is YAML
        return "--params-file", path

    return write


def test_a_robot_that_is_well_has_no_errors(examine, settings):
    with camera():
        status, findings = examine(*settings())
    assert status == 0
    assert errors(findings) == []
    # No localizer runs in this test, and the profile depends on the shell.
    assert {found["check"] for found in findings} <= {"node", "large messages", "shared memory"}


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ({"is_stamped": False}, [("rgb", "zero_stamps"), ("depth", "zero_stamps")]),
        ({"encoding": "yuv444"}, [("rgb", "undecodable")]),
        ({"depth_late_ns": 25_000_000}, [("pairs", "no_overlap")]),
        ({"info_width": 1280}, [("camera_info", "")]),
    ],
    ids=["zero stamps", "undecodable", "no overlap", "camera_info of another size"],
)
def test_a_fault_of_the_driver_is_found(examine, settings, faults, expected):
    with camera(**faults):
        status, findings = examine(*settings())
    assert status == 1
    assert errors(findings) == expected


def test_a_missing_driver_is_found(examine, settings):
    status, findings = examine(*settings())
    assert status == 1
    assert errors(findings) == [("rgb", "no_publisher"), ("depth", "no_publisher")]


def test_another_name_of_the_topic_is_proposed(examine, settings):
    with camera():
        status, findings = examine(*settings(), "--image", "/front/image")
    assert status == 1
    (missing,) = (found for found in findings if found["level"] == "ERROR")
    assert {"/camera/image", "/depth/image"} <= set(missing["mend"].split())


def test_a_topic_of_another_type_is_found(examine, settings):
    node = Node("talker")
    node.create_publisher(String, "camera/image", 10)
    status, findings = examine(*settings(), "--depth", "")
    node.destroy_node()
    assert status == 1
    assert errors(findings) == [("rgb", "wrong_type")]


def test_best_effort_images_for_a_node_that_forces_reliable_are_found(examine, settings):
    with camera(best_effort=True):
        status, findings = examine(*settings(reliability="reliable"))
        followed, _ = examine(*settings(reliability="auto"))
    assert status == 1
    assert errors(findings) == [("rgb", "incompatible_qos"), ("depth", "incompatible_qos")]
    assert findings[-1]["message"] == (
        "/depth/image: /camera_driver offers BEST_EFFORT, less than the node asks for "
        "(Best effort publisher and reliable subscription)"
    )
    assert followed == 0


def test_a_damaged_bundle_is_found(examine, settings, tiny_bundle, tmp_path):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in tiny_bundle.iterdir():
        (damaged / path.name).write_bytes(path.read_bytes())
    with (damaged / "model.safetensors").open("ab") as file:
        file.write(b"x")
    with camera():
        status, findings = examine(*settings(), "--bundle", damaged)
    assert status == 1
    (found,) = (found for found in findings if found["level"] == "ERROR")
    assert found["check"] == "bundle"
    assert "model.safetensors: damaged or changed" in found["message"]


def test_an_unknown_parameter_and_a_device_that_is_not_here_are_found(examine, settings):
    with camera():
        status, findings = examine(*settings(sync_slopp_s=0.01), "--device", "cuda:99")
    assert status == 1
    assert errors(findings) == [("parameter file", ""), ("device", "")]
    messages = [found["message"] for found in findings if found["level"] == "ERROR"]
    assert "unknown key 'sync_slopp_s', did you mean 'sync_slop_s'?" in messages[0]
    assert "device 'cuda:99' is not here" in messages[1]


def test_what_the_running_node_reports_is_repeated_with_its_mend(examine, spin):
    node = ManagedNode("vmloc")
    snapshot = Snapshot(model=ModelHealth(state="unconfigured", failure="bundle: damaged"))
    diagnostics = Diagnostics(node, lambda: snapshot)
    with spin(node):
        status, findings = examine("--image", "", "--depth", "")
    diagnostics.close()
    node.destroy_node()
    assert status == 1
    found = {finding["check"]: finding for finding in findings}
    assert "ros2 lifecycle set /vmloc configure" in found["node"]["mend"]
    model = found["/vmloc model"]
    assert (model["level"], model["cause"]) == ("ERROR", "configure_failed")
    assert "bundle: damaged" in model["message"]
    assert "ros2 lifecycle set /vmloc configure" in model["mend"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--listen", "0"], "--listen must be above 0"),
        (["--ros-args", "--bogus"], "ROS does not accept this"),
        (["--image", "a b"], "'a b' is no topic"),
        (["--namespace", "a b"], "ROS does not accept this"),
    ],
)
def test_arguments_that_cannot_be_used_are_one_line_and_status_2(ros, capsys, arguments, message):
    assert main(["--listen", "0.1", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    said = [line for line in printed.err.splitlines() if line.startswith("error: ")]
    assert len(said) == 1 and message in said[0]


@pytest.mark.parametrize(
    ("module", "check", "words"),
    [
        ("cv2", "packages", "cv2 cannot be imported: built for another NumPy"),
        ("torchvision", "packages", "torchvision.ops cannot be imported: built for another NumPy"),
        ("rclpy", "ROS 2", "rclpy cannot be imported: built for another NumPy"),
    ],
)
def test_a_broken_package_is_found_and_the_rest_is_checked_still(
    start, tmp_path, monkeypatch, module, check, words
):
    (tmp_path / f"{module}.py").write_text("raise ImportError('built for another NumPy')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    program = start("doctor", "--json", "--listen", "0.1", "--bundle", tmp_path)
    assert program.wait(60.0) == 1
    report = json.loads(program.log)
    (found,) = (finding for finding in report["findings"] if finding["message"] == words)
    assert (found["level"], found["check"]) == ("ERROR", check)
    assert {"python", "discovery", "bundle"} <= {f["check"] for f in report["findings"]}


def cpu_of_ended_children_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def test_the_program_asks_the_running_node_for_what_it_is_not_told_and_computes_little_itself(
    start, start_node, peer, wait
):
    start_node()
    wait(peer.is_matched)
    stop = threading.Event()

    def drive() -> None:
        number = 0
        while not stop.wait(0.1):
            number += 1
            peer.send(number)

    driver = threading.Thread(target=drive)
    driver.start()
    before_s = cpu_of_ended_children_s()
    subprocess.run([sys.executable, "-c", "import torch, torchvision.ops"], check=True)
    loaded_s = cpu_of_ended_children_s()
    program = start("doctor", "--json")
    program.wait(120.0)
    stop.set()
    driver.join()
    # Loading torch is most of it on any machine, and seconds differ from one to the next.
    assert cpu_of_ended_children_s() - loaded_s < MOST_LOADS * (loaded_s - before_s)
    report = json.loads(program.log)
    found = {finding["check"]: finding for finding in report["findings"]}
    assert found["node"]["message"] == "/vmloc is active"
    assert found["bundle"]["level"] == "OK"  # named by the node's parameter
    assert found["parameters"]["message"] == "those of the running /vmloc"
    assert found["rgb"]["level"] == found["depth"]["level"] == found["pairs"]["level"] == "OK"
    assert found["clock"]["level"] == "WARN"  # the peer's stamps are years old
    assert found["extrinsic"]["level"] == "OK"  # base_frame of the node is empty
