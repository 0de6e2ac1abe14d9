import pytest

from vmloc_ros.ros.checkup.accelerator import Accelerator, judge_accelerator, observe_accelerator
from vmloc_ros.ros.checkup.finding import Level


def test_a_device_of_cuda_is_named():
    found = judge_accelerator(
        Accelerator(built_for="12.8", devices=("NVIDIA Orin",), has_driver=True, chosen="cuda")
    )
    assert (found.level, found.message) == (Level.OK, "cuda; here: cuda:0 NVIDIA Orin")


def test_a_machine_without_a_gpu_is_well():
    found = judge_accelerator(Accelerator(built_for="12.8", chosen="cpu"))
    assert found.level == Level.OK
    assert found.message == "cpu; torch (for CUDA 12.8) finds no device"


@pytest.mark.parametrize(
    ("seen", "mend"),
    [
        ({"built_for": "12.8", "complaint": "driver too old"}, "update the NVIDIA driver"),
        ({"built_for": ""}, "install a torch with CUDA"),
        ({"built_for": "12.8"}, "docker run --gpus all"),
    ],
)
def test_a_gpu_that_is_not_used_warns_with_what_is_in_the_way(seen, mend):
    found = judge_accelerator(Accelerator(has_driver=True, chosen="cpu", **seen))
    assert found.level == Level.WARN
    assert mend in found.mend


def test_a_gpu_that_nobody_asked_for_is_no_matter():
    found = judge_accelerator(Accelerator(asked="cpu", has_driver=True, chosen="cpu"))
    assert found.level == Level.OK


def test_a_device_that_is_not_here_is_an_error():
    found = judge_accelerator(observe_accelerator("cuda:99"))
    assert found.level == Level.ERROR
    assert "device 'cuda:99' is not here" in found.message


def test_the_cpu_is_always_here():
    seen = observe_accelerator("cpu")
    assert (seen.chosen, seen.refusal) == ("cpu", "")
