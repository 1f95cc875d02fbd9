"""Whether the result of a call that was started ahead of time is still needed."""

from __future__ import annotations

from contextvars import ContextVar
from threading import get_ident


class Wanted:
    """A call in a thread of its own, which its caller may give up."""

    def __init__(self) -> None:
        self.is_wanted: bool = True
        #: The thread that makes the call; 0 until it runs.
        self.thread: int = 0


#: The call ahead that this context belongs to.
CURRENT: ContextVar[Wanted | None] = ContextVar("page", default=None)


class GivenUp(Exception):
    """The caller no longer needs the page that this call was going to request."""


def check_needed() -> None:
    """Raise ``GivenUp`` if this thread makes a call ahead that was given up.

    A call may wait for a rate limit, or between two attempts. This keeps it from sending a request
    after a loop has ended.
    """
    call = CURRENT.get()
    # A hook may have begun other calls, in a copy of this context, which have other threads.
    if call is not None and not call.is_wanted and call.thread == get_ident():
        raise GivenUp
