"""The clock of a sandbox: the computer's, one that is ahead of it, or one that stands still.

The clock gives the times in records and responses. Rate limits, latency and slow faults follow the
computer's clock, because clients wait for them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

#: The end of the year 9999, the last year that most software supports.
LATEST = 253_402_300_799_999

_current: ContextVar[Clock | None] = ContextVar("clock of the sandbox", default=None)


@dataclass(frozen=True)
class ClockReading:
    """The time of the sandbox.

    Attributes:
        now: The time in epoch milliseconds.
        at: The time at which the clock stands still, in epoch milliseconds, or None if it runs.
        offset_milliseconds: The milliseconds that a running clock is ahead of the computer's.
    """

    now: int
    at: int | None
    offset_milliseconds: int


def _of_computer() -> int:
    return time.time_ns() // 1_000_000


class Clock:
    """A clock that can be set. Times are in epoch milliseconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at: int | None = None
        self._offset = 0

    def read(self) -> ClockReading:
        with self._lock:
            now = _of_computer() + self._offset if self._at is None else self._at
            return ClockReading(now, self._at, self._offset)

    def set(self, at: int | None, offset: int = 0) -> None:
        """Stand still at a time, or run ``offset`` milliseconds ahead of the computer's clock."""
        with self._lock:
            self._at, self._offset = at, offset if at is None else 0

    def advance(self, milliseconds: int) -> None:
        """Move the clock. One that stands still does so at the later time.

        Raises:
            ValueError: The time would be after the year 9999.
        """
        with self._lock:
            now = _of_computer() + self._offset if self._at is None else self._at
            if now + milliseconds > LATEST:
                raise ValueError("The clock cannot be set to a time after the year 9999")
            if self._at is None:
                self._offset += milliseconds
            else:
                self._at += milliseconds

    @contextmanager
    def applied(self) -> Generator[None, None, None]:
        """Make this the clock of ``now`` in the current thread."""
        before = _current.set(self)
        try:
            yield
        finally:
            _current.reset(before)


def now() -> int:
    """The time of the sandbox that the current thread works for, in epoch milliseconds."""
    clock = _current.get()
    return _of_computer() if clock is None else clock.read().now
