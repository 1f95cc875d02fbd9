"""The waits of one call."""

from __future__ import annotations

from launchdarkly_api.clock import Clock


class Waits:
    """Sleeps for one call, within a bound on the sum of all its waits."""

    def __init__(self, clock: Clock, bound: float) -> None:
        self._clock = clock
        #: Seconds of the bound that were not used.
        self.left: float = bound

    def allows(self, seconds: float) -> bool:
        """Whether a wait of this many seconds is within the bound."""
        return seconds <= self.left

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.left -= seconds
        self._clock.sleep(seconds)
