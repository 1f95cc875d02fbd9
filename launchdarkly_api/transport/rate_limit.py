"""Rate limits, learnt from every answer, so that a spent limit costs a wait and no 429.

The service counts requests in windows of ten seconds: of the account, of a route, of a token. Each
answer may say how many are left of each and when the window ends, in epoch milliseconds. Any of it
may be missing.
"""

from __future__ import annotations

import email.utils
import threading
from collections.abc import Callable, Mapping
from datetime import timezone
from functools import lru_cache
from typing import NamedTuple

from launchdarkly_api.clock import Clock
from launchdarkly_api.transport.waits import Waits

GLOBAL, ROUTE, TOKEN = _KINDS = ("Global", "Route", "Auth-Token")
#: A 429 may say how long to wait, and not for which of the limits.
_UNNAMED = "Unnamed"
_RESET, _TOKEN_RESET = "X-Ratelimit-Reset", "X-Ratelimit-Auth-Token-Reset"
_REMAINING = {kind: f"X-Ratelimit-{kind}-Remaining" for kind in _KINDS}
_LIMIT = {kind: f"X-Ratelimit-{kind}-Limit" for kind in _KINDS}
#: A date in an answer is cut to seconds and took its time to come: less is no disagreement.
_CLOCK_TOLERANCE = 2.0
#: Seconds. The service's windows are of ten; to believe in much more could shut a client for good.
LONGEST_LIMIT = 3600.0
#: Seconds that a window may well have to go. A date that makes more of it is an old one.
_USUAL_WAIT = 60.0
#: How many routes, tokens and hosts may be known before what has ended of them is forgotten.
_MOST_SCOPES = 1000
#: Seconds to wait for an answer that is under way.
_MOMENT = 1.0
_MOST_DIGITS = 18


class Limit(NamedTuple):
    """What one answer says of one limit."""

    kind: str
    remaining: int
    limit: int | None
    #: When the window ends, in epoch seconds of the service's clock.
    reset: float


def read_limits(headers: Mapping[str, str]) -> list[Limit]:
    """The limits of which an answer tells both what is left and when it is reset."""
    reset = _whole(headers, _RESET)
    own_reset = _whole(headers, _TOKEN_RESET)
    found: list[Limit] = []
    for kind, ends in (
        (GLOBAL, reset),
        (ROUTE, reset),
        (TOKEN, reset if own_reset is None else own_reset),
    ):
        remaining = None if ends is None else _whole(headers, _REMAINING[kind])
        if ends is not None and remaining is not None:
            found.append(Limit(kind, remaining, _whole(headers, _LIMIT[kind]), ends / 1000))
    return found


def clock_difference(headers: Mapping[str, str], now: float) -> float:
    """Seconds that this machine's clock is ahead of the service's, by the answer's ``Date``."""
    theirs = epoch_seconds(headers.get("Date") or "")
    ahead = 0.0 if theirs is None else now - theirs
    return ahead if abs(ahead) > _CLOCK_TOLERANCE else 0.0


def seconds_until(reset: float, ahead: float, now: float) -> float | None:
    """Seconds until a limit is reset; None where it is past, or too far ahead to be true.

    ``ahead`` is ``clock_difference``. Something between may have kept the answer, with its date.
    """
    wait, plain = reset + ahead - now, reset - now
    if wait > _USUAL_WAIT >= plain > 0:
        wait = plain
    return wait if 0 < wait <= LONGEST_LIMIT else None


@lru_cache(maxsize=16)
def epoch_seconds(date: str) -> float | None:
    """An HTTP date (RFC 9110, 5.6.7), or None where it is none."""
    try:
        parsed = email.utils.parsedate_to_datetime(date)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).timestamp()


class _Window:
    """What is known of one limit. Times are of the clock's ``monotonic``."""

    __slots__ = ("ends", "left", "limit", "reset", "sent", "under_way")

    def __init__(self) -> None:
        #: When it ends on the service's clock, which tells one window from the next.
        self.reset = 0.0
        #: The same on ours; None where no answer of this window came yet.
        self.ends: float | None = None
        #: How many may be sent; None where nothing is known.
        self.left: int | None = None
        #: How many a window holds.
        self.limit: int | None = None
        #: How many were ever sent, and how many of them are not answered.
        self.sent = self.under_way = 0

    def is_spent(self, now: float) -> bool:
        """Whether nothing is left. One that has ended is followed by one like it, till told."""
        if self.ends is not None and self.ends <= now:
            self.ends = None
            self.left = None if self.limit is None else self.limit - self.under_way
        return self.left is not None and self.left <= 0

    def take(self) -> int:
        """Take a place. Returns after how many others the service may have counted it last."""
        place = self.sent - self.under_way
        self.sent += 1
        self.under_way += 1
        if self.left is not None:
            # Where all that there was is promised away and no answer told of it, nothing is known.
            self.left = self.left - 1 if self.left > 0 else None
        return place

    def learn(self, told: Limit, ends: float, place: int) -> None:
        """Take over what an answer says, unless it is of a window before this."""
        if told.reset < self.reset:
            return
        same = told.reset == self.reset and self.ends is not None
        # The service may have counted all that were sent, or none that had this one's company.
        least, most = told.remaining - (self.sent - place - 1), told.remaining
        if self.left is not None and (same or self.ends is None):
            self.left = min(max(self.left, least), most)
        else:
            self.left = least
        self.ends = min(ends, self.ends) if same and self.ends is not None else ends
        self.reset = told.reset
        self.limit = told.limit or self.limit

    def close(self, until: float) -> None:
        """Nothing may be sent before this time."""
        self.ends, self.left = until, 0


class Ticket(NamedTuple):
    """A request's places in its windows: those of ``_KINDS``, and last the one without a name."""

    windows: tuple[_Window, ...]
    places: list[int]


class LimitSpent(Exception):
    """A request was not sent: a limit is spent for longer than the call may wait."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class RateLimiter:
    """What is known of the limits of one client. Threads share it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # One that a signal handler may take again, which calls while the main thread has it.
        self._lock = threading.RLock()
        self._answered = threading.Condition(self._lock)
        self._waiting = 0
        self._windows: dict[tuple[str, ...], _Window] = {}
        self._scopes: dict[tuple[str, str, str], tuple[_Window, ...]] = {}

    def reserve(self, origin: str, route: str, token: str) -> Ticket | float:
        """Take a request's place in every window, or say how many seconds to wait first.

        A place that was taken is given back by ``release``.
        """
        scope = (origin, route, token)
        with self._lock:
            windows = self._scopes.get(scope) or self._opened(scope)
            while True:
                now = self._clock.monotonic()
                spent = [window for window in windows if window.is_spent(now)]
                wait = max(
                    (window.ends - now for window in spent if window.ends is not None), default=0.0
                )
                if wait > 0:
                    return wait
                # All of a new window may be under way: then its first answer tells when it ends. It
                # cannot come if it is a hook, called for that request, that makes this one.
                if not any(window.under_way for window in spent) or not self._wait_for_answer():
                    return Ticket(windows, [window.take() for window in windows])

    def admit(
        self, origin: str, route: str, token: str, waits: Waits, waiting: Callable[[float], None]
    ) -> Ticket:
        """Take a place in every window, as soon as there is one."""
        while True:
            wait = self.reserve(origin, route, token)
            if isinstance(wait, Ticket):
                return wait
            if not waits.allows(wait):
                raise LimitSpent(wait)
            waiting(wait)
            waits.sleep(wait)

    def release(
        self, ticket: Ticket, headers: Mapping[str, str] | None, asked: float | None = None
    ) -> None:
        """An answer came, with these headers, or none will: the request is no longer under way.

        ``asked`` are the seconds that a 429 asks to wait.
        """
        told = read_limits(headers) if headers else []
        wall = self._clock.now() if told else 0.0
        ahead = clock_difference(headers, wall) if headers and told else 0.0
        with self._lock:
            now = self._clock.monotonic()
            named = False
            for window in ticket.windows:
                window.under_way -= 1
            if asked is not None and asked > LONGEST_LIMIT:
                asked = None
            for limit in told:
                wait = seconds_until(limit.reset, ahead, wall)
                if asked is not None and limit.remaining <= 0:
                    named, wait = True, asked
                if wait:
                    number = _KINDS.index(limit.kind)
                    ticket.windows[number].learn(limit, now + wait, ticket.places[number])
            if asked and not named:
                ticket.windows[-1].close(now + asked)
            if self._waiting:
                self._answered.notify_all()

    def _wait_for_answer(self) -> bool:
        self._waiting += 1
        try:
            return self._answered.wait(_MOMENT)
        finally:
            self._waiting -= 1

    def _opened(self, scope: tuple[str, str, str]) -> tuple[_Window, ...]:
        if len(self._scopes) >= _MOST_SCOPES:
            self._forget()
        origin, route, token = scope
        names = ((), (route,), (token,), ())
        keys = [(kind, origin, *name) for kind, name in zip((*_KINDS, _UNNAMED), names)]
        windows = tuple(self._windows.setdefault(key, _Window()) for key in keys)
        self._scopes[scope] = windows
        return windows

    def _forget(self) -> None:
        """Drop what can be learnt anew: there are as many scopes as routes that were called."""
        now = self._clock.monotonic()
        self._scopes.clear()
        self._windows = {
            key: window
            for key, window in self._windows.items()
            if window.under_way or (window.ends is not None and window.ends > now)
        }


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    try:
        text = headers[name]
    except KeyError:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _MOST_DIGITS else None
