"""A response that arrives slowly: its bytes, the head included, in small pieces over a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

#: The key of the ``Trickle`` in the WSGI environment. A server that does not know it sends the
#: response at once.
KEY = "launchdarkly_sandbox.trickle"

#: The time between two pieces.
INTERVAL_SECONDS = 0.02


class Trickle:
    """Tells how many bytes may be sent by now. Before ``start``, there are none.

    Args:
        seconds: The time over which the bytes are spread.
        over: Whether the sandbox was reset or stopped since. The rest is then not sent.
    """

    def __init__(self, seconds: float, over: Callable[[], bool]) -> None:
        self.over = over
        self._pieces = int(seconds / INTERVAL_SECONDS) + 1
        self._sent = 0
        self._size: int | None = None
        self._started = 0.0

    def start(self, size: int) -> None:
        """Release the first piece of a response that is now complete."""
        self._started = time.monotonic()
        self._size = size

    @property
    def ended(self) -> bool:
        """Whether all bytes were sent."""
        return self._size is not None and self._sent >= self._size

    def due(self) -> int:
        """Return how many bytes may be sent now."""
        if self._size is None:
            return 0
        released = int((time.monotonic() - self._started) / INTERVAL_SECONDS) + 1
        share = min(released / self._pieces, 1.0)
        return math.ceil(self._size * share) - self._sent

    def sent(self, count: int) -> None:
        """Note that bytes were sent."""
        self._sent += count
