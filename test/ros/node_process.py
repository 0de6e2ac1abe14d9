"""`Process`: a program of ours in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from waiting import PATIENCE_S, wait_until

ROOT = Path(__file__).parents[2]


def node_arguments(bundle: Path, parameters: Mapping[str, object]) -> list[str]:
    """Return the arguments of a localizer that publishes the pose of the camera itself."""
    values = {"bundle": bundle, "device": "cpu", "base_frame": "''"} | dict(parameters)
    given = [word for name, value in values.items() for word in ("-p", f"{name}:={value}")]
    return ["--ros-args", *given]


class Process:
    """A program of ours in a process of its own, its output in a file."""

    def __init__(self, log: Path, module: str, *arguments: str) -> None:
        self._log = log
        program = [module] if module.endswith(".py") else ["-m", f"vmloc_ros.ros.{module}"]
        command = [sys.executable, *program, *arguments]
        # The whole environment: half of that of the ROS wheels is worse than none.
        with log.open("w") as file:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={"OMP_NUM_THREADS": "1"} | dict(os.environ),
                stdout=file,
                stderr=file,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def has_loaded(self, library: str) -> bool:
        """Whether a shared library is in its memory."""
        return library in Path(f"/proc/{self._process.pid}/maps").read_text()

    @property
    def resident_mb(self) -> float:
        """Memory that it occupies."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def wait_for(self, text: str, timeout_s: float = PATIENCE_S) -> None:
        wait_until(lambda: text in self.log or self._process.poll() is not None, timeout_s)
        assert text in self.log

    def stop(self, number: int = signal.SIGINT, timeout_s: float = 60.0) -> int:
        """Send a signal; return the exit status."""
        self._process.send_signal(number)
        return self._process.wait(timeout_s)

    def wait(self, timeout_s: float = 60.0) -> int:
        return self._process.wait(timeout_s)

    def end(self) -> None:
        """End it in good order: DDS believes in a killed one for another 20 s."""
        if self._process.poll() is not None:
            return
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
