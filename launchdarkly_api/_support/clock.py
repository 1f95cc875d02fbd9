"""Time, in one place, so that a test can replace it."""

from __future__ import annotations

import time


class Clock:
    """The machine's clock.

    ``time`` is asked anew each time: freezegun, gevent and ``mock`` replace its functions.
    """

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed point. They do not go back unless a test moves the clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait this long."""
        time.sleep(seconds)
