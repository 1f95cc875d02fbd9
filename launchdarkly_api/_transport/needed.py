"""Whether the result of a call that was started ahead of time is still needed."""

from __future__ import annotations

from contextvars import ContextVar
from threading import get_ident


class Wanted:
    """A call that runs ahead of time in its own thread, and that its caller may give up."""

    def __init__(self) -> None:
        self.is_wanted: bool = True
        #: The thread that makes the call; 0 until it runs.
        self.thread: int = 0


#: The call ahead of time that this context belongs to; ``None`` for any other call.
CURRENT: ContextVar[Wanted | None] = ContextVar("page", default=None)


class GivenUp(Exception):
    """The caller no longer needs the page that this call was going to request."""


def check_needed() -> None:
    """Raise ``GivenUp`` if this thread runs a call that its caller has given up.

    The call may have waited for a rate limit, or between two attempts. This check keeps it from
    sending a request after the loop over the pages has ended.
    """
    call = CURRENT.get()
    # A hook may have started other calls in a copy of this context. Those run in other threads.
    if call is not None and not call.is_wanted and call.thread == get_ident():
        raise GivenUp
