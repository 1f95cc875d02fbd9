"""The waits of one call, within a bound on their sum."""

from __future__ import annotations

import math
import queue
import threading

from launchdarkly_api._support.clock import Clock


class Waits:
    """The waits of one call: for rate limits, for retries, and for the responses of other calls.

    A sleep is charged as requested, and not as measured: the clock may be frozen or may be set, and
    ``time.sleep`` may be patched to return at once.
    """

    def __init__(self, clock: Clock, bound: float) -> None:
        """``bound`` is the most that this call may wait, in seconds."""
        self._clock = clock
        #: Seconds that this call may still wait. ``time.sleep`` takes no more than this maximum.
        self.left: float = min(bound, threading.TIMEOUT_MAX)
        #: The time that it must be by now, because this call slept until then.
        self._reached = -math.inf

    def allows(self, seconds: float) -> bool:
        """Whether a wait fits within the bound."""
        return seconds <= self.left

    def sleep(self, seconds: float) -> None:
        """Sleep, and charge it. A sleep longer than ``left`` leaves 0."""
        self.left = max(0.0, self.left - seconds)
        begin = self.monotonic()
        self._clock.sleep(seconds)
        self._reached = begin + seconds

    def wait_for(self, news: queue.SimpleQueue[None], seconds: float) -> bool:
        """Wait for another call, at most this long. Returns whether there are news.

        Only the time until the news is charged.
        """
        begin = self._clock.monotonic()
        try:
            # An exception from a signal handler leaves a queue whole, unlike a Condition.
            news.get(timeout=seconds)
        except queue.Empty:
            self.left = max(0.0, self.left - seconds)
            return False
        passed = self._clock.monotonic() - begin
        self.left = max(0.0, self.left - min(max(passed, 0.0), seconds))
        return True

    def monotonic(self) -> float:
        """The clock's ``monotonic``, but at least the end of what this call slept."""
        return max(self._clock.monotonic(), self._reached)

    def begin_attempt(self) -> None:
        """A request is about to be sent: its response reports windows by the clock alone."""
        self._reached = -math.inf
