"""How fast parts of the package are on this machine, beside a yardstick in the same run."""
