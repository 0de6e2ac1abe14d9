"""What the node shows to the outside: topics, services, frames, and its diagnostics.

`docs/interface.md` is written from here.
"""

from vmloc_ros.interface.diagnostic_keys import DIAGNOSTIC_KEYS, DiagnosticKey
from vmloc_ros.interface.frames import FRAMES, CoordinateFrame
from vmloc_ros.interface.services import SERVICES, Service
from vmloc_ros.interface.topics import TOPICS, Topic

__all__ = [
    "DIAGNOSTIC_KEYS",
    "FRAMES",
    "SERVICES",
    "TOPICS",
    "CoordinateFrame",
    "DiagnosticKey",
    "Service",
    "Topic",
]
