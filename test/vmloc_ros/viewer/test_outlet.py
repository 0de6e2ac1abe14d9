import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from vmloc_ros.errors import ConfigError
from vmloc_ros.viewer.outlet import DATA_PORT, PAGE_PORT, Outlet


@pytest.fixture
def rerun() -> ModuleType:
    return pytest.importorskip("rerun", reason="rerun is not installed")


@pytest.fixture
def stream(rerun: ModuleType) -> Iterator[object]:
    stream = rerun.RecordingStream("test")
    yield stream
    stream.disconnect()


def test_without_rerun_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rerun", None)  # importing it raises ImportError
    with pytest.raises(ConfigError, match=r"pip install 'vmloc_ros\[viz\]'"):
        Outlet(web=True).check()


def test_without_a_display_the_error_names_the_other_outlets(rerun, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match=r"use --web, or --save FILE\.rrd"):
        Outlet().check()


def test_a_file_of_another_kind_is_refused(rerun, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"drive\.mcap: give the file a name that ends in"):
        Outlet(save=tmp_path / "drive.mcap").check()


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, stream):
    with pytest.raises(ConfigError, match=r"x\.rrd: cannot be written \(No such file"):
        Outlet(save=tmp_path / "none" / "x.rrd").open(stream)


def test_a_page_is_served_where_it_says_even_where_the_usual_ports_are_in_use(stream):
    with socket.socket() as data, socket.socket() as page:
        for taken, port in ((data, DATA_PORT), (page, PAGE_PORT)):
            with suppress(OSError):  # by somebody else: as well
                taken.bind(("0.0.0.0", port))
                taken.listen()
        url = urlsplit(Outlet(web=True).open(stream).removeprefix("serving "))
        source = urlsplit(parse_qs(url.query)["url"][0])
        assert url.port != PAGE_PORT and source.port != DATA_PORT
        with urlopen(url.geturl(), timeout=10.0) as answer:
            assert answer.status == 200
        socket.create_connection(("localhost", source.port), timeout=10.0).close()


def test_the_page_is_named_as_the_browser_reaches_it(stream):
    where = Outlet(web=True, host="robot.local").open(stream)
    assert where.startswith("serving http://robot.local:")
    assert "rerun%2Bhttp%3A%2F%2Frobot.local%3A" in where
