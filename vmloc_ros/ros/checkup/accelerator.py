"""The device that the model is to run on."""

import warnings
from dataclasses import dataclass
from pathlib import Path

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.checkup.finding import Finding, error, ok, warn

NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """What torch sees of CUDA."""

    asked: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    built_for: str = ""
    """CUDA version of the torch build, empty for a build without CUDA."""
    devices: tuple[str, ...] = ()
    """Names of the devices that can be used."""
    complaint: str = ""
    """What torch says against the driver."""
    has_driver: bool = False
    """An NVIDIA driver is loaded on this machine."""
    chosen: str = ""
    """The device of torch; empty where what was asked for is refused."""
    refusal: str = ""
    """Why it is refused."""


def observe_accelerator(device: str) -> Accelerator:
    """Ask torch for its devices, and for `device` (auto, cpu, cuda or cuda:N)."""
    import torch

    from vmloc_ros.localizer import select_device

    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    chosen, refusal = "", ""
    try:
        chosen = str(select_device(device))
    except ConfigError as err:
        refusal = str(err)
    return Accelerator(
        asked=device,
        built_for=torch.version.cuda or "",
        devices=tuple(torch.cuda.get_device_name(number) for number in range(count)),
        complaint=" ".join(str(complaints[0].message).split()) if complaints else "",
        has_driver=NVIDIA_DRIVER.exists(),
        chosen=chosen,
        refusal=refusal,
    )


def judge_accelerator(seen: Accelerator) -> Finding:
    """Say where the model would run."""
    if seen.refusal:
        return error("device", seen.refusal, _mend(seen))
    if seen.devices:
        names = ", ".join(f"cuda:{number} {name}" for number, name in enumerate(seen.devices))
        return ok("device", f"{seen.chosen}; here: {names}")
    if seen.asked == "auto" and (seen.complaint or seen.has_driver):
        reason = seen.complaint or _no_cuda(seen)
        return warn(
            "device", f"{seen.chosen}, though there is an NVIDIA driver: {reason}", _mend(seen)
        )
    return ok("device", f"{seen.chosen}; {_no_cuda(seen)}")


def _no_cuda(seen: Accelerator) -> str:
    if not seen.built_for:
        return "this build of torch is without CUDA"
    return f"torch (for CUDA {seen.built_for}) finds no device"


def _mend(seen: Accelerator) -> str:
    """Return how to come to a device of CUDA, or to do without."""
    if seen.complaint:
        return (
            f"update the NVIDIA driver, or install a torch for an older CUDA than {seen.built_for}"
        )
    if seen.has_driver and not seen.built_for:
        return "install a torch with CUDA: pip install -U torch torchvision"
    if seen.has_driver and not seen.devices:
        return "nvidia-smi must show the device; in a container: docker run --gpus all"
    return "device: auto takes CUDA where it is there; cpu always works"
