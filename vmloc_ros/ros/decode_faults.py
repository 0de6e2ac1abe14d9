"""`DecodeFaults`: messages that could not be decoded, by modality."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from vmloc_ros.ros.snapshot import StreamHealth


class DecodeFaults:
    """Counts them. Any thread may add and read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._reasons: dict[str, str] = {}

    def add(self, faults: Mapping[str, str]) -> None:
        """Take in why messages of some modalities could not be decoded."""
        with self._lock:
            self._counts.update(faults.keys())
            self._reasons.update(faults)

    def complete(self, streams: Mapping[str, StreamHealth]) -> dict[str, StreamHealth]:
        """Return the health of the streams with these counts in it."""
        with self._lock:
            return {
                name: replace(
                    stream,
                    undecodable=self._counts[name],
                    decode_error=self._reasons.get(name, ""),
                )
                for name, stream in streams.items()
            }
