"""The clock, defined in one place, so that tests can replace it."""

from __future__ import annotations

import time


class Clock:
    """The machine's clock.

    The functions of ``time`` are looked up at each call, because freezegun, gevent and ``mock``
    replace them.
    """

    def now(self) -> float:
        """Return the seconds since the Unix epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return the seconds since a fixed point. They never decrease, except in tests."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for a number of seconds."""
        time.sleep(seconds)
