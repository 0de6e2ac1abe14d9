"""The name of the machine that a figure belongs to."""

import os
import platform
from pathlib import Path

import torch

_EXTENSIONS = {"avx512f": "AVX-512", "amx_tile": "AMX"}


def hardware() -> str:
    """Return the GPU where there is one, else the processor and how many threads torch has."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"{_processor()}, {torch.get_num_threads()} of {os.cpu_count()} cores"


def device_name(device: torch.device) -> str:
    """Return the name of a device: of a processor with what makes products of matrices fast."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    lines = _cpu_lines()
    flags = {flag for line in lines if line.startswith("flags") for flag in line.split()}
    fast = [name for flag, name in _EXTENSIONS.items() if flag in flags]
    return f"{_processor()} with {' and '.join(fast)}" if fast else _processor()


def _processor() -> str:
    names = (line.partition(":")[2] for line in _cpu_lines() if line.startswith("model name"))
    return next(names, "").strip() or platform.processor() or platform.machine()


def _cpu_lines() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
