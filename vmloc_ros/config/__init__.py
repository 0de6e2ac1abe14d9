"""Every setting and its default, once: frozen models from which ROS parameters, YAML and docs come.

`json_schema_extra={"unit": ...}` gives a unit; pydantic's `ge`, `gt`, `le`, `lt` give bounds.
"""

from vmloc_ros.config.base import Config
from vmloc_ros.config.files import (
    describe_unknown,
    dump_config,
    load_config,
    parse_config,
)
from vmloc_ros.config.inputs import LidarConfig, PreprocessingConfig
from vmloc_ros.config.model import Modality, ModelConfig
from vmloc_ros.config.node import NodeConfig
from vmloc_ros.config.training import (
    AugmentationConfig,
    HoldoutConfig,
    ObjectiveConfig,
    OptimizerConfig,
    TrainConfig,
)

__all__ = [
    "AugmentationConfig",
    "Config",
    "HoldoutConfig",
    "LidarConfig",
    "Modality",
    "ModelConfig",
    "NodeConfig",
    "ObjectiveConfig",
    "OptimizerConfig",
    "PreprocessingConfig",
    "TrainConfig",
    "describe_unknown",
    "dump_config",
    "load_config",
    "parse_config",
]
