"""The Python packages that the node stands on: there, and fit for each other."""

import importlib
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

from vmloc_ros import __version__
from vmloc_ros.ros.checkup.finding import Finding, error, ok

NUMPY_MEND = "pip install --upgrade numpy opencv-python-headless"
TORCH_MEND = "install the two in one call, so that they fit: pip install -U torch torchvision"

LIGHT = ("numpy", "cv2")
"""What listening takes, and loads at once."""
REQUIRED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "numpy": (("numpy",), NUMPY_MEND),
    "cv2": (("opencv-python-headless", "opencv-python"), NUMPY_MEND),
    "scipy.spatial.transform": (("scipy",), "pip install --upgrade scipy"),
    "torch": (("torch",), TORCH_MEND),
    # Its compiled operators load with this module: they fit one build of torch only.
    "torchvision.ops": (("torchvision",), TORCH_MEND),
    "safetensors.torch": (("safetensors",), "pip install --upgrade safetensors"),
}
"""Module that proves the package: the names of its distribution, and the mend."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package of `REQUIRED`."""

    module: str
    version: str
    """Empty where no installed distribution says."""
    failure: str
    """Why it cannot be imported, empty where it can."""


HEAVY = tuple(module for module in REQUIRED if module not in LIGHT)


def observe_packages(modules: Sequence[str] = tuple(REQUIRED)) -> list[Package]:
    """Import modules of `REQUIRED`."""
    return [
        Package(module, _version(REQUIRED[module][0]), import_failure(module)) for module in modules
    ]


def judge_packages(packages: list[Package]) -> Iterator[Finding]:
    """Say what is installed, and what does not load."""
    yield ok("python", f"Python {platform.python_version()}, vmloc_ros {__version__}")
    good = [package for package in packages if not package.failure]
    if good:
        yield ok("packages", ", ".join(f"{_title(p)} {p.version}".rstrip() for p in good))
    for package in packages:
        if package.failure:
            reason = f"{package.module} cannot be imported: {package.failure}"
            yield error("packages", reason, REQUIRED[package.module][1])


def import_failure(module: str) -> str:
    """Import a module; return why it cannot be, empty where it can."""
    try:
        importlib.import_module(module)
    # What compiled packages raise that were built for other versions of their neighbours.
    except (ImportError, OSError, RuntimeError, AttributeError, TypeError, ValueError) as err:
        return " ".join(str(err).split())[:200] or type(err).__name__
    return ""


def _title(package: Package) -> str:
    return REQUIRED[package.module][0][0].removesuffix("-python-headless")


def _version(distributions: tuple[str, ...]) -> str:
    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return ""
