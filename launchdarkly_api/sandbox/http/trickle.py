"""A response that arrives slowly: its bytes, the head included, in small pieces over a time."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

#: The key of the ``Trickle`` in the WSGI environment. A server that does not know it sends the
#: response at once.
KEY = "launchdarkly_sandbox.trickle"

#: The time between two pieces.
INTERVAL_SECONDS = 0.02


@dataclass(frozen=True)
class Trickle:
    """How slowly a response arrives."""

    #: The time over which its bytes are spread.
    seconds: float
    #: Set if the sandbox is reset or stopped. The rest is then not sent.
    over: threading.Event

    def pieces(self, response: bytes) -> Iterator[bytes]:
        """Return the pieces of a response. Each one comes when it is due.

        Raises:
            ConnectionAbortedError: The sandbox was reset or stopped.
        """
        count = int(self.seconds / INTERVAL_SECONDS) + 1
        started = time.monotonic()
        sent = 0
        while True:
            due = int((time.monotonic() - started) / INTERVAL_SECONDS) + 1
            end = math.ceil(len(response) * min(due / count, 1.0))
            yield response[sent:end]
            sent = end
            if sent == len(response):
                return
            if self.over.wait(INTERVAL_SECONDS):
                raise ConnectionAbortedError("reset or stopped")
