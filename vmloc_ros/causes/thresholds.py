"""Where a number becomes a fault. The rules and their documentation read these."""

LATELY_S = 5.0
""""Lately": how far back the rules look at what was counted."""

SILENT_S = 1.0
"""Silence of a topic that is a fault."""
SILENT_PERIODS = 3.0
"""A slow sensor may be silent for this many of its periods."""
SILENT_AT_MOST_S = 5.0
"""No sensor may be silent for longer than this, however slow it was."""

START_S = 1.0
"""After the activation nobody is blamed for the lack of pairs for so long."""
FIRST_FIX_S = 2.0
"""After the activation nobody is blamed for the lack of a pose for so long."""

FEWEST_MESSAGES = 5
"""Messages of a stream lately, below which nothing is said about its partners."""
UNMATCHED_SHARE = 0.2
"""Share of messages without a partner that is a fault, for the stream that has the fewest."""
FORGIVEN_UNMATCHED = 3
"""Messages without a partner lately that are no fault: a lidar's until its rate is known."""
WIDE_GAP_SHARE = 0.8
"""Share of `sync_slop_s` beyond which the stamps of pairs are too far apart for comfort."""

FEWEST_DROPPED = 20
"""Pairs that may give way to newer ones lately whatever is served."""
SLOW_SHARE = 0.5
"""Share of `fix_timeout_s` that a pose may take inside the node."""

FEWEST_REJECTED = 3
"""Refused estimates lately, below which nothing is said."""
REJECTED_SHARE = 0.2
"""Share of refused estimates lately that is a fault; a single odd image is none."""
