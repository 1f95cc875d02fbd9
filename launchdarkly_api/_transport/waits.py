"""The waits of one call, within a bound on their sum."""

from __future__ import annotations

import math
import queue
import threading

from launchdarkly_api._support.clock import Clock


class Waits:
    """The waits of one call: for rate limits, for retries, and for the responses of other calls.

    A sleep counts with the requested time, not with the measured time: the clock may be frozen or
    set, and ``time.sleep`` may be patched to return at once.
    """

    def __init__(self, clock: Clock, bound: float) -> None:
        """``bound`` is the largest sum of this call's waits, in seconds."""
        self._clock = clock
        #: Seconds that this call may still wait. Longer than ``TIMEOUT_MAX``, a sleep may fail.
        self.left: float = min(bound, threading.TIMEOUT_MAX)
        #: The earliest time that it can be now, because this call slept until then.
        self._reached = -math.inf

    def allows(self, seconds: float) -> bool:
        """Whether a wait fits within the bound."""
        return seconds <= self.left

    def sleep(self, seconds: float) -> None:
        """Sleep, and subtract the seconds from ``left``, which does not fall below 0."""
        self.left = max(0.0, self.left - seconds)
        begin = self.monotonic()
        self._clock.sleep(seconds)
        self._reached = begin + seconds

    def wait_for(self, news: queue.SimpleQueue[None], seconds: float) -> bool:
        """Wait at most ``seconds`` for news from another call. Returns whether there is any.

        Only the time until the news is subtracted from ``left``.
        """
        begin = self._clock.monotonic()
        try:
            # If a signal handler raises an exception, a queue stays intact, unlike a Condition.
            news.get(timeout=seconds)
        except queue.Empty:
            self.left = max(0.0, self.left - seconds)
            return False
        passed = self._clock.monotonic() - begin
        self.left = max(0.0, self.left - min(max(passed, 0.0), seconds))
        return True

    def monotonic(self) -> float:
        """The clock's ``monotonic``, but not before the end of this call's last sleep."""
        return max(self._clock.monotonic(), self._reached)

    def begin_attempt(self) -> None:
        """Forget earlier sleeps, since the clock alone times the response of the next request."""
        self._reached = -math.inf
