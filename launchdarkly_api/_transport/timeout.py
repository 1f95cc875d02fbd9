"""How patient a request is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any, NamedTuple, cast

from urllib3.exceptions import TimeoutStateError
from urllib3.util.timeout import Timeout

from launchdarkly_api._transport.platform import in_browser
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

#: What operating systems take for a wait; nobody waits so long for an answer.
_LONGEST = 1_000_000.0
_FORMS = "give seconds, a (connect, read) pair or a urllib3.Timeout"


class Patience(NamedTuple):
    """Seconds. No part of it is ever without an end."""

    #: Until there is a connection.
    connect: float
    #: Until the next part of the answer comes.
    read: float
    #: From connecting to the last byte; None bounds each wait and not the whole.
    total: float | None = None

    def timeout(self) -> Timeout:
        """Return what urllib3 takes.

        A browser connects and waits for the response in one step, for which urllib3 gives it the
        time to connect.
        """
        connect = max(self.connect, self.read) if in_browser() else self.connect
        return Timeout(self.total, connect, self.read)


DEFAULT = Patience(connect=10.0, read=60.0)
_USUAL = DEFAULT[:2]


def patience(asked: Any, configured: Any) -> Patience:
    """The patience for a request: what the call asks for, else ``Configuration.timeout``.

    One number is for the whole request; a pair is (connect, read). What is None, the whole or a
    part, means what is configured, and there it means ``DEFAULT``: nothing waits for ever by
    accident. ``ApiTypeError`` or ``ApiValueError`` where it is no time to wait.
    """
    if asked is None and type(configured) is tuple and configured == _USUAL:
        # What nearly every call has, and each of them would have checked anew.
        return DEFAULT
    usual = _patience(configured, DEFAULT, "Configuration.timeout")
    return usual if asked is None else _patience(asked, usual, "_request_timeout")


def _patience(value: Any, usual: Patience, name: str) -> Patience:
    if value is None:
        return usual
    total = None
    if isinstance(value, Timeout):
        connect, read, total = _parts(value)
    elif isinstance(value, (tuple, list)):
        pair = cast("Sequence[Any]", value)
        if len(pair) != 2:
            raise ApiValueError(f"{name} is {pair!r}; a pair is (connect, read), in seconds")
        connect, read = pair
    else:
        connect = read = total = value
    return Patience(
        usual.connect if connect is None else _seconds(connect, name),
        usual.read if read is None else _seconds(read, name),
        None if total is None else _seconds(total, name),
    )


def _parts(timeout: Timeout) -> tuple[Any, Any, Any]:
    """Connect, read, total; None where it says nothing, which to urllib3 is no limit."""
    timeout = timeout.clone()
    total: Any = timeout.total
    connect: Any = timeout.connect_timeout
    try:
        read: Any = timeout.read_timeout
    except TimeoutStateError:
        # There is a total, and no limit of its own for reading.
        read = total
    unset = Timeout.DEFAULT_TIMEOUT
    return None if connect is unset else connect, read, None if total is unset else total


def _seconds(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ApiTypeError(f"{name} is a {type(value).__name__}; {_FORMS}")
    seconds: Any = value
    if not 0 < seconds < math.inf:
        raise ApiValueError(f"{name} is {value!r}; seconds are above 0 and finite")
    return float(min(seconds, _LONGEST))
