"""What colcon and pip install, built from a copy of the sources."""

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from catkin_pkg.package import parse_package

from vmloc_ros import __version__

ROOT = Path(__file__).parents[1]
SHARED = {
    str(path.relative_to(ROOT))
    for pattern in ("launch/*.launch.py", "config/**/*.*")
    for path in ROOT.glob(pattern)
} | {"package.xml"}


def packages_in(folder):
    """The Python packages below a folder, by dotted name."""
    return {
        ".".join(path.parent.relative_to(folder).parts)
        for room in ("vmloc_ros", "training")
        for path in (folder / room).rglob("__init__.py")
    }


def python(*arguments, cwd, **environment):
    """Run this Python with arguments in a folder; returns what it prints."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace with a copy of what is built, without caches and earlier builds."""
    folder = tmp_path_factory.mktemp("workspace")
    package = folder / "src" / "vmloc_ros"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("vmloc_ros", "training", "launch", "config", "resource"):
        shutil.copytree(ROOT / name, package / name, ignore=ignored)
    for name in ("package.xml", "setup.py", "setup.cfg", "pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, package)
    return folder


def colcon(workspace, verb):
    return python(
        *("-m", "colcon", "--log-base", "log", verb, "--base-paths", "src"),
        cwd=workspace,
        COLCON_HOME=workspace / "home",
    )


@pytest.fixture(scope="module")
def prefix(workspace):
    """The install space of a colcon build."""
    report = colcon(workspace, "build")
    assert "doesn't explicitly install" not in report  # the ament marker or the manifest
    return workspace / "install" / "vmloc_ros"


@pytest.fixture(scope="module")
def site(prefix):
    (folder,) = prefix.glob("lib/python*/site-packages")
    return folder


@pytest.fixture(scope="module")
def wheel(workspace):
    """The wheel that pip builds."""
    python(
        *("-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "wheel"),
        workspace / "src" / "vmloc_ros",
        cwd=workspace,
    )
    (path,) = workspace.glob("wheel/vmloc_ros-*.whl")
    return path


def test_colcon_takes_the_package_for_ros_ament_python(workspace):
    listed = colcon(workspace, "list").split()
    assert listed == ["vmloc_ros", "src/vmloc_ros", "(ros.ament_python)"]


def test_colcon_installs_every_package(site):
    assert packages_in(site) == packages_in(ROOT)


def test_colcon_installs_launch_files_and_configuration(prefix):
    share = prefix / "share" / "vmloc_ros"
    assert {name for name in SHARED if not (share / name).is_file()} == set()


def test_colcon_registers_the_package_with_ament(prefix):
    assert (prefix / "share/ament_index/resource_index/packages/vmloc_ros").is_file()


@pytest.mark.parametrize("script", ["vmloc", "localizer_node", "doctor"])
def test_ros2_run_finds_the_executables_and_they_take_the_active_python(prefix, script):
    path = prefix / "lib" / "vmloc_ros" / script
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").splitlines()[0] == "#!/usr/bin/env python3"


def test_the_command_answers_from_the_install_space(prefix, site, tmp_path):
    command = prefix / "lib" / "vmloc_ros" / "vmloc"
    assert "evaluate" in python(command, "--help", cwd=tmp_path, PYTHONPATH=site)


def test_the_wheel_holds_every_package(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    assert packages_in(tmp_path) == packages_in(ROOT)


def test_the_wheel_holds_launch_files_configuration_and_licence(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    share = f"vmloc_ros-{__version__}.data/data/share"
    wanted = {f"{share}/vmloc_ros/{name}" for name in SHARED}
    wanted.add(f"{share}/ament_index/resource_index/packages/vmloc_ros")
    assert wanted - names == set()
    assert any(name.endswith("/LICENSE") for name in names)


def test_pip_puts_the_commands_where_the_shell_finds_them(wheel, tmp_path):
    # Without --ignore-installed pip would take away the installation that the tests run in.
    options = ("--no-deps", "--ignore-installed", "--prefix", tmp_path)
    python("-m", "pip", "install", *options, wheel, cwd=tmp_path)
    assert {path.name for path in tmp_path.glob("bin/*")} == {"doctor", "localizer_node", "vmloc"}


def test_the_manifest_is_valid_and_has_the_version_of_the_package():
    warnings: list[str] = []
    package = parse_package(ROOT / "package.xml", warnings=warnings)
    package.validate(warnings=warnings)
    assert warnings == []
    assert (package.name, package.version) == ("vmloc_ros", __version__)
    assert package.get_build_type() == "ament_python"


def test_the_manifest_declares_every_ros_package_that_is_imported():
    ros = re.compile(r"rclpy|\w+_msgs|std_srvs|cv_bridge|sensor_msgs_py|tf2_\w+|launch(_ros)?")
    imported = {
        name
        for path in [*(ROOT / "vmloc_ros").rglob("*.py"), *(ROOT / "launch").glob("*.py")]
        for name in top_level_imports(path.read_text(encoding="utf-8"))
        if ros.fullmatch(name)
    }
    declared = {depend.name for depend in parse_package(ROOT / "package.xml").exec_depends}
    assert "rclpy" in imported
    assert imported - declared == set()


def top_level_imports(source):
    """The first parts of all imported names, at any depth of the source text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_the_changelog_starts_with_the_version_of_the_package():
    text = (ROOT / "CHANGELOG.rst").read_text(encoding="utf-8")
    assert re.findall(r"^\d+\.\d+\.\d+", text, re.MULTILINE)[0] == __version__
