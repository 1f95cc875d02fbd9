"""The timeouts of a request."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from numbers import Real
from typing import Any, NamedTuple, cast

from urllib3.exceptions import TimeoutStateError
from urllib3.util.timeout import Timeout

from launchdarkly_api._transport.platform import in_browser
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

#: Seconds. A longer timeout is cut to this, because operating systems may refuse it.
_MAX_SECONDS = 1_000_000.0
_FORMS = "give seconds, a (connect, read) pair or a urllib3.Timeout"


class Timeouts(NamedTuple):
    """The timeouts of one request, in seconds. Every single wait has a limit."""

    #: Until the connection is made.
    connect: float
    #: Until the next part of the response arrives.
    read: float
    #: From connecting to the last byte; ``None`` limits each wait but not their sum.
    total: float | None = None

    def timeout(self) -> Timeout:
        """Return the same timeouts in urllib3's form.

        A browser connects and waits for the response in one step, to which urllib3 applies the
        connect timeout.
        """
        return _in_form_of_urllib3(self)


@lru_cache(maxsize=16)
def _in_form_of_urllib3(timeouts: Timeouts) -> Timeout:
    connect = max(timeouts.connect, timeouts.read) if in_browser() else timeouts.connect
    # urllib3 copies it before it starts the timer.
    return Timeout(timeouts.total, connect, timeouts.read)


DEFAULT = Timeouts(connect=10.0, read=60.0)
_DEFAULT_PAIR = DEFAULT[:2]


def timeouts_for(requested: Any, configured: Any) -> Timeouts:
    """The timeouts of a request: those that the call asks for, else ``Configuration.timeout``.

    A number limits the whole request; a pair is (connect, read). ``None``, for all timeouts or for
    one of them, means the configured value, and in the configuration it means ``DEFAULT``: no
    request waits forever by accident.

    Raises:
        ApiTypeError: A timeout is not a number.
        ApiValueError: A timeout is not above 0 and finite, or a sequence is not a pair.
    """
    if requested is None and type(configured) is tuple and configured == _DEFAULT_PAIR:
        # The fast path: nearly every call uses the default, which needs no check.
        return DEFAULT
    default = _timeouts(configured, DEFAULT, "Configuration.timeout")
    return default if requested is None else _timeouts(requested, default, "_request_timeout")


def _timeouts(value: Any, default: Timeouts, name: str) -> Timeouts:
    if value is None:
        return default
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
    return Timeouts(
        default.connect if connect is None else _seconds(connect, name),
        default.read if read is None else _seconds(read, name),
        None if total is None else _seconds(total, name),
    )


def _parts(timeout: Timeout) -> tuple[Any, Any, Any]:
    """The connect, read and total timeouts; ``None`` for each that is unset or unlimited."""
    timeout = timeout.clone()
    total: Any = timeout.total
    connect: Any = timeout.connect_timeout
    try:
        read: Any = timeout.read_timeout
    except TimeoutStateError:
        # There is a total timeout, but no separate read timeout.
        read = total
    unset = Timeout.DEFAULT_TIMEOUT
    return None if connect is unset else connect, read, None if total is unset else total


def _seconds(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ApiTypeError(f"{name} is a {type(value).__name__}; {_FORMS}")
    seconds: Any = value
    if not 0 < seconds < math.inf:
        raise ApiValueError(f"{name} is {value!r}; seconds are above 0 and finite")
    return float(min(seconds, _MAX_SECONDS))
