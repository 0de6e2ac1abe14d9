"""`LocalizerProcess`: the localizer node in a process of its own."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from vmloc_ros.errors import VmlocError

STOP_TIMEOUT_S = 20.0


class LocalizerProcess:
    """Runs the node from construction until `stop`; its output goes to a file.

    Args:
        parameters: by name, each as YAML: `''` in quotes is an empty string.
        log: the file.
        namespace: of the node.
    """

    def __init__(self, parameters: Mapping[str, str], log: Path, namespace: str = "/") -> None:
        given = [word for name, value in parameters.items() for word in ("-p", f"{name}:={value}")]
        command = [sys.executable, "-m", "vmloc_ros.ros.localizer_program", "--ros-args"]
        self._log = log
        with log.open("w", encoding="utf-8") as file:
            # Its own session: Ctrl-C ends us, and we end the node.
            self._process = subprocess.Popen(
                [*command, "-r", f"__ns:={namespace}", *given],
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def __enter__(self) -> "LocalizerProcess":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def log(self) -> str:
        """The output so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def check(self) -> None:
        """Do nothing while the node runs.

        Raises:
            VmlocError: it has ended; the last line of its output says why.
        """
        if (status := self._process.poll()) is not None:
            last = self.log.strip().rpartition("\n")[2]
            raise VmlocError(f"the node ended with status {status}: {last or 'without a word'}")

    def stop(self) -> int:
        """End it as Ctrl-C does, if it still runs; return its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
