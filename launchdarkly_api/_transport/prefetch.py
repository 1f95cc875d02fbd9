"""Calls that are started ahead of time, and may be abandoned by their caller."""

from __future__ import annotations

from contextvars import ContextVar
from threading import get_ident


class Prefetch:
    """A call that runs ahead of time in its own thread, and that its caller may abandon."""

    def __init__(self) -> None:
        self.is_abandoned: bool = False
        #: The thread that makes the call; 0 until it runs.
        self.thread: int = 0


#: The call ahead of time that this context belongs to; ``None`` for any other call.
CURRENT: ContextVar[Prefetch | None] = ContextVar("page", default=None)


class Abandoned(Exception):
    """The caller no longer needs the page that this call was going to request."""


def check_not_abandoned() -> None:
    """Raise ``Abandoned`` if this thread runs a call that its caller has abandoned.

    The call may have waited for a rate limit, or between two attempts. This check keeps it from
    sending a request after the loop over the pages has ended.
    """
    call = CURRENT.get()
    # A hook may have started other calls in a copy of this context. Those run in other threads.
    if call is not None and call.is_abandoned and call.thread == get_ident():
        raise Abandoned
