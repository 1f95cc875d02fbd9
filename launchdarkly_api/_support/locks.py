"""A lock that works in forked processes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager


def lock_of_process() -> Callable[[], AbstractContextManager[object]]:
    """Create a reentrant lock that a forked process replaces.

    At the time of the fork, the lock may be held by a thread that the new process does not have,
    which would never release it.

    Returns:
        A function that returns the lock of the current process: ``with lock(): ...``.
    """
    lock = threading.RLock()

    def renew() -> None:
        nonlocal lock
        lock = threading.RLock()

    if hasattr(os, "register_at_fork"):  # pragma: no branch
        os.register_at_fork(after_in_child=renew)
    return lambda: lock
