"""Everything that can be wrong with the node, and what to do about it.

The node names these causes on `/diagnostics` and in its log; `docs/troubleshooting.md` is written
from them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from vmloc_ros.causes.cause import STATUSES, Cause, Level, Status
from vmloc_ros.causes.inference import INFERENCE
from vmloc_ros.causes.input import INPUT
from vmloc_ros.causes.localization import LOCALIZATION
from vmloc_ros.causes.model import MODEL
from vmloc_ros.causes.sync import SYNC
from vmloc_ros.causes.tf import TF

ALL = (*INPUT, *SYNC, *INFERENCE, *LOCALIZATION, *TF, *MODEL)

CAUSES: Mapping[str, Cause] = MappingProxyType({cause.key: cause for cause in ALL})
"""By key, in the order of the statuses."""

__all__ = ["CAUSES", "STATUSES", "Cause", "Level", "Status"]
