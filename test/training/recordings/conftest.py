"""What the tests of this folder share lies beside them: lidar_bags.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
