"""`Throttle`: lets through what a slow link can carry."""


class Throttle:
    """Lets the first of each period pass, by the time of the data: at most `rate_hz` on average."""

    def __init__(self, rate_hz: float) -> None:
        self._period_ns = max(1, round(1e9 / rate_hz))
        self._last: int | None = None

    def passes(self, stamp_ns: int) -> bool:
        """Say whether what was taken at `stamp_ns` may pass; time may jump."""
        period = stamp_ns // self._period_ns
        is_new = period != self._last
        self._last = period
        return is_new
