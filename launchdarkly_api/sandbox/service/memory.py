"""What was computed before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

#: How many results are remembered. Computing one takes tens of milliseconds.
CAPACITY = 256


class Memory:
    """The last results, by what they were computed from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self._known)

    def recall(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The result of a key; computed if it is not known."""
        with self._lock:
            if key in self._known:
                known: T = self._known[key]
                return known
        # Not under the lock, so that one long computation does not hold up the others.
        result = compute()
        with self._lock:
            while len(self._known) >= CAPACITY:
                del self._known[next(iter(self._known))]
            self._known[key] = result
        return result
