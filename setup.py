"""Metadata and installation, for pip and for colcon (ament_python)."""

import re
from pathlib import Path

from setuptools import find_packages, setup

PACKAGE = "vmloc_ros"
SHARE = Path("share") / PACKAGE


def version() -> str:
    """Read the version from the package without importing it."""
    source = Path(PACKAGE, "__init__.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE).group(1)


def folder(name: str, pattern: str) -> list[tuple[str, list[str]]]:
    """List the files of a folder and of those below it, each to its place under share/."""
    places: dict[str, list[str]] = {}
    for path in sorted(Path(name).rglob(pattern)):
        places.setdefault(str(SHARE / path.parent), []).append(str(path))
    return list(places.items())


setup(
    name=PACKAGE,
    version=version(),
    description="VMLoc on ROS 2: from synchronised camera and depth or lidar to a pose.",
    long_description="Variational multimodal camera relocalisation as a ROS 2 node, with training, "
    "evaluation on bags and a self-contained demonstration.",
    author="vmloc_ros maintainers",
    author_email="maintainers@example.org",
    maintainer="vmloc_ros maintainers",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(include=["vmloc_ros*", "training*"]),
    package_data={"vmloc_ros": ["py.typed"], "training": ["py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (str(SHARE), ["package.xml"]),
        *folder("launch", "*.launch.py"),
        *folder("config", "*.*"),
    ],
    entry_points={
        "console_scripts": [
            "vmloc = training.cli:main",
            "doctor = vmloc_ros.ros.doctor:main",
            "localizer_node = vmloc_ros.ros.localizer_program:main",
        ],
    },
    install_requires=[
        "numpy>=1.26",
        "opencv-python-headless>=4.8",
        "pydantic>=2",
        "pyyaml",
        "rich",
        "safetensors",
        "scipy>=1.11",
        "torch>=2.7",
        "torchvision",
        "typer",
        "typing_extensions",
    ],
    extras_require={
        "train": [
            "embreex",
            "lightning>=2.6",
            "matplotlib",
            "rosbags>=0.11",
            "trimesh",
        ],
        # ROS 2 Jazzy as wheels. Pinned together: an unpinned ros-rclpy is another distribution.
        "ros": [
            "rosbags>=0.11",  # the player
            "ros-jazzy-common-interfaces==5.3.6",
            "ros-jazzy-rmw-fastrtps-cpp==8.4.3",
            "ros-rclpy[fastrtps]==7.1.6",
        ],
        "viz": ["rerun-sdk>=0.39"],  # vmloc watch; Python 3.10 gets 0.39
        "dev": [
            "colcon-common-extensions",
            "evo",
            "hypothesis",
            "mypy",
            "pre-commit",
            "pytest",
            "pytest-xdist",
            "ruff",
            # The last with the commands that colcon needs (setup.py install and develop).
            "setuptools>=77.0.3,<80",
        ],
    },
    zip_safe=False,
)
