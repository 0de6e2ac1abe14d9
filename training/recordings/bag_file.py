"""`BagFile`: a rosbag on disk, its topics and its messages."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore
from typing_extensions import Self

from vmloc_ros.errors import RecordingError


class BagFile:
    """An open bag: rosbag2 folder, or .mcap, .db3 or (ROS 1) .bag file. A context manager.

    Raises:
        RecordingError: missing or damaged; whatever the reader stumbles over, the bag is named.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._damage_named():
            # Bags of ROS 2 before Iron hold no definitions of their messages.
            default = get_typestore(Stores.ROS2_JAZZY)
            self._reader = AnyReader([path], default_typestore=default)

    def __enter__(self) -> Self:
        with self._damage_named():
            self._reader.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reader.close()

    def types(self) -> dict[str, str]:
        """Return the message type of each topic."""
        return {name: str(info.msgtype) for name, info in self._reader.topics.items()}

    def counts(self) -> dict[str, int]:
        """Return the number of messages of each topic."""
        return {name: info.msgcount for name, info in self._reader.topics.items()}

    def messages(self, topics: Collection[str]) -> Iterator[tuple[str, Any]]:
        """Yield topic and message of some topics in the order of their recording."""
        connections = [one for one in self._reader.connections if one.topic in topics]
        if not connections:  # rosbags would read everything
            return
        messages = self._reader.messages(connections)
        read = 0
        while True:
            with self._damage_named():
                following = next(messages, None)
                if following is None:
                    break
                connection, _, data = following
                msg = self._reader.deserialize(data, connection.msgtype)
            read += 1
            yield connection.topic, msg
        self._check_complete(read, sum(one.msgcount for one in connections))

    def _check_complete(self, read: int, expected: int) -> None:
        """Refuse a bag that ends early: a reader may take damage in the middle for the end."""
        if read != expected:
            raise RecordingError(
                f"{self._path}: is damaged, {read} of {expected} messages can be read"
            )

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        """Turn what the reader raises on a damaged file, which is anything, into one error."""
        try:
            yield
        except Exception as err:
            reason = " ".join(str(err).split()) or type(err).__name__
            raise RecordingError(f"{self._path}: cannot be read as a bag ({reason})") from err
