import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from vmloc_ros.ros import profiles

NAMESPACE = "{http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles}"


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A package that is installed somewhere without its share/ folder."""
    package = tmp_path / "lib" / "vmloc_ros" / "ros" / "profiles.py"
    monkeypatch.setattr(profiles, "__file__", str(package))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    monkeypatch.delenv(profiles.VARIABLE, raising=False)
    return tmp_path


def install(prefix: Path) -> Path:
    path = prefix / "share" / "vmloc_ros" / "config" / "fastdds_large_messages.xml"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_the_profile_of_the_checkout_is_found_and_holds_an_image():
    path = profiles.large_messages_profile()
    assert path is not None
    root = ElementTree.parse(path).getroot()
    sizes = [int(element.text) for element in root.iter(f"{NAMESPACE}segment_size")]
    assert sizes == [64 * 2**20]
    defaults = [e.get("is_default_profile") for e in root.iter(f"{NAMESPACE}participant")]
    assert defaults == ["true"]


def test_a_pip_installation_is_found(nowhere):
    assert profiles.large_messages_profile() is None
    path = install(nowhere / "prefix")
    assert profiles.large_messages_profile() == path


def test_a_colcon_workspace_is_found(nowhere, monkeypatch):
    path = install(nowhere / "install" / "vmloc_ros")
    other = nowhere / "opt"
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{other}{os.pathsep}{nowhere}/install/vmloc_ros")
    assert profiles.large_messages_profile() == path


def test_the_profile_is_used_unless_the_user_has_set_another(nowhere, monkeypatch):
    path = install(nowhere / "prefix")
    monkeypatch.setenv(profiles.VARIABLE, "mine.xml")
    profiles.use_large_messages_profile()
    assert os.environ[profiles.VARIABLE] == "mine.xml"
    monkeypatch.delenv(profiles.VARIABLE)
    profiles.use_large_messages_profile()
    assert os.environ[profiles.VARIABLE] == str(path)
    monkeypatch.delenv(profiles.VARIABLE)
