"""`Outlet`: where the picture goes."""

import os
import socket
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from vmloc_ros.errors import ConfigError

DATA_PORT, PAGE_PORT = 9876, 9090
"""Those of rerun itself; others are taken where these are in use."""


def load_rerun() -> ModuleType:
    """Import rerun, which is not needed for anything else.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return import_module("rerun")
    except ImportError as err:
        raise ConfigError("watching needs rerun: pip install 'vmloc_ros[viz]'") from err


@dataclass(frozen=True, slots=True)
class Outlet:
    """A file, else a page for browsers, else a window on this machine."""

    save: Path | None = None
    """An .rrd file."""
    web: bool = False
    host: str = "localhost"
    """Name or address by which the browser reaches this machine."""

    def check(self) -> None:
        """Say early what cannot work.

        Raises:
            ConfigError: no rerun, a file that is no .rrd, or no display for a window.
        """
        load_rerun()
        if self.save is not None and self.save.suffix != ".rrd":
            raise ConfigError(f"{self.save}: give the file a name that ends in .rrd")
        if self.save is None and not self.web and not _has_display():
            raise ConfigError("there is no display for a window: use --web, or --save FILE.rrd")

    def open(self, stream: Any) -> str:
        """Connect a `rerun.RecordingStream`; return where to look, in words.

        Raises:
            ConfigError: the file cannot be written, or no window or server can be opened.
        """
        self.check()
        try:
            if self.save is not None:
                return _save(stream, self.save)
            return _serve(stream, self.host) if self.web else _spawn(stream)
        except RuntimeError as err:  # rerun's own
            raise ConfigError(f"rerun: {str(err).strip().splitlines()[0]}") from err


def _save(stream: Any, path: Path) -> str:
    try:
        path.open("ab").close()  # says why not more clearly than rerun does
    except OSError as err:
        raise ConfigError(f"{path}: cannot be written ({err.strerror})") from err
    stream.save(path)
    return f"writing {path}; look at it with: rerun {path}"


def _serve(stream: Any, host: str) -> str:
    data_port, page_port = _free_port(DATA_PORT), _free_port(PAGE_PORT)
    page = f"http://{host}:{page_port}"
    stream.serve_grpc(grpc_port=data_port, cors_allow_origin=[page])
    load_rerun().serve_web_viewer(web_port=page_port, open_browser=False)
    return f"serving {page}/?url={quote(f'rerun+http://{host}:{data_port}/proxy', safe='')}"


def _spawn(stream: Any) -> str:
    # pip's scripts are not on the PATH of an environment that is not activated.
    viewer = Path(sys.executable).with_name("rerun")
    executable = str(viewer) if viewer.is_file() else None
    load_rerun().spawn(recording=stream, executable_path=executable)
    return "showing in the window of rerun"


def _has_display() -> bool:
    is_x = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"))
    return is_x or not sys.platform.startswith("linux")


def _free_port(wanted: int) -> int:
    """Return a port that nobody listens on: of one that is taken rerun only logs that it is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigError("no port is free for the browser's page")
