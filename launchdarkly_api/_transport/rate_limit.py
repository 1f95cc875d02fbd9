"""Rate limits, learnt from every response, so that a used-up limit costs a wait and not a 429.

The service counts requests in windows of ten seconds: per account, per route and per access token.
A response may report how many requests remain in each window, and when the window is reset, in
epoch milliseconds. Any of these headers may be missing.
"""

from __future__ import annotations

import email.utils
import itertools
import os
import queue
import threading
import weakref
from collections.abc import Callable, Mapping
from datetime import timezone
from functools import lru_cache
from typing import NamedTuple

from launchdarkly_api._support.clock import Clock
from launchdarkly_api._transport.waits import Waits

GLOBAL, ROUTE, TOKEN = _KINDS = ("Global", "Route", "Auth-Token")
#: A 429 may ask for a wait without naming the limit that is used up.
_UNNAMED = "Unnamed"
_RESET, _TOKEN_RESET = "X-Ratelimit-Reset", "X-Ratelimit-Auth-Token-Reset"
_REMAINING = {kind: f"X-Ratelimit-{kind}-Remaining" for kind in _KINDS}
_LIMIT = {kind: f"X-Ratelimit-{kind}-Limit" for kind in _KINDS}
#: Seconds. ``Date`` has whole seconds, and the response took time to arrive: clocks that differ by
#: less are taken to agree.
_CLOCK_TOLERANCE = 2.0
#: Seconds. The service's windows last ten. A client that trusted a reset far in the future might
#: never send again.
MAX_WAIT = 3600.0
#: Seconds. A window rarely lasts longer. If only ``Date`` makes it seem longer, the response is
#: probably from a cache.
_USUAL_WAIT = 60.0
#: Combinations of origin, route and token to keep before the windows not in use are dropped.
_MAX_SCOPES = 1000
#: Seconds to wait at a time for the response to another request.
_MOMENT = 1.0
_MAX_DIGITS = 18


class RateLimitExceeded(Exception):
    """A request was not sent: a limit is used up, and the wait exceeds the call's remaining bound.

    ``wait`` is the time that the request would have to wait, in seconds.
    """

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class Limit(NamedTuple):
    """One limit as one response reports it."""

    kind: str
    remaining: int
    limit: int | None
    #: When the window is reset, in epoch seconds of the service's clock.
    reset: float


def read_limits(headers: Mapping[str, str]) -> list[Limit]:
    """The limits for which a response reports both the remaining requests and the reset."""
    reset = _whole(headers, _RESET)
    own_reset = _whole(headers, _TOKEN_RESET)
    found: list[Limit] = []
    if reset is None and own_reset is None:
        return found
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
    """Seconds by which this machine's clock is ahead of the service's, judged by ``Date``."""
    theirs = epoch_seconds(headers.get("Date") or "")
    ahead = 0.0 if theirs is None else now - theirs
    return ahead if abs(ahead) > _CLOCK_TOLERANCE else 0.0


def seconds_until(reset: float, ahead: float, now: float) -> float | None:
    """Seconds until a reset; ``None`` if it is in the past, or implausibly far in the future.

    ``ahead`` is the ``clock_difference``. It is ignored if the wait is unusually long with it and
    usual without it: the response, with an old ``Date``, may come from a cache.
    """
    wait, plain = reset + ahead - now, reset - now
    if wait > _USUAL_WAIT >= plain > 0:
        wait = plain
    return wait if 0 < wait <= MAX_WAIT else None


@lru_cache(maxsize=16)
def epoch_seconds(date: str) -> float | None:
    """Epoch seconds of an HTTP date (RFC 9110, 5.6.7); ``None`` if the text is not a date."""
    try:
        parsed = email.utils.parsedate_to_datetime(date)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).timestamp()


class Ticket:
    """A request's places in its windows.

    A place is in use until ``RateLimiter.release``, and at most as long as the ticket exists. So if
    a signal handler raises an exception, the places are given back, whichever line it interrupts.
    """

    __slots__ = ("__weakref__", "news", "number", "places", "thread", "waits_in", "windows")

    def __init__(self, number: int) -> None:
        #: Tickets are served in this order.
        self.number: int = number
        #: The thread that holds the ticket. It cannot wait for itself.
        self.thread: int = threading.get_ident()
        #: The windows of ``_KINDS``, and the unnamed one last.
        self.windows: tuple[_Window, ...] = ()
        #: For each window: how many requests the service must have counted before this one.
        self.places: list[int] = []
        #: The window in whose queue the ticket stands.
        self.waits_in: _Window | None = None
        #: Receives an item for each response that may free a place.
        self.news: queue.SimpleQueue[None] | None = None

    def queue_in(self, window: _Window) -> None:
        """Queue in this window alone, because a window keeps a place for each queued ticket."""
        if self.waits_in is not None:
            self.waits_in.waiting.discard(weakref.ref(self))
        self.waits_in = window
        window.waiting.enter(self)


class _Tickets(set["weakref.ref[Ticket]"]):
    """A set of references to tickets, which keeps none of them alive.

    Not a ``WeakSet``: its callbacks are Python code, in which the exception of a signal handler is
    lost. Here the interpreter removes a dead ticket without running Python code.
    """

    __slots__ = ()

    def enter(self, ticket: Ticket) -> None:
        self.add(weakref.ref(ticket, self.discard))

    def tickets(self) -> list[Ticket]:
        held = [reference() for reference in list(self)]
        return [ticket for ticket in held if ticket is not None]


class _Window:
    """The client's knowledge of one limit. All times but ``reset`` are the clock's ``monotonic``.

    If an exception interrupts a change, the window remains usable: at worst, requests wait for the
    reset, or for the next response.
    """

    __slots__ = ("ends", "learnt", "left", "limit", "reset", "sent", "under_way", "waiting")

    def __init__(self) -> None:
        #: When the window is reset, in epoch seconds of the service's clock. Identifies the window.
        self.reset: float = 0.0
        #: The same on this machine's clock; ``None`` until a response from this window arrives.
        self.ends: float | None = None
        #: When ``ends`` was learnt.
        self.learnt: float = 0.0
        #: How many requests may still be sent; ``None`` if that is unknown.
        self.left: int | None = None
        #: How many requests fit in a window: as reported, else inferred from the remaining ones.
        self.limit: int | None = None
        #: How many requests have been sent in all windows of this limit.
        self.sent: int = 0
        #: The requests that were sent and have no response yet.
        self.under_way: _Tickets = _Tickets()
        #: The requests that queue for a place.
        self.waiting: _Tickets = _Tickets()

    def has_room(self, ticket: Ticket, now: float) -> bool:
        """Return whether the limit has room beyond the requests that are ahead in the queue."""
        # If the time is before ``learnt``, the clock was set back.
        if self.ends is not None and not self.learnt <= now < self.ends:
            # An expired window is assumed to repeat until a response says otherwise.
            self.ends = None
            self.left = None if self.limit is None else self.limit - len(self.under_way)
        if self.left is None:
            return True
        return self.left > (self.ahead_of(ticket) if self.waiting else 0)

    def ahead_of(self, ticket: Ticket) -> int:
        """How many requests of other threads are ahead in the queue."""
        return sum(
            other.number < ticket.number and other.thread != ticket.thread
            for other in self.waiting.tickets()
        )

    def may_change(self, ticket: Ticket, waited: bool) -> bool:
        """Whether to wait for other requests, whose responses may report an unknown reset.

        ``waited`` means that a moment passed without a response. Then any request may take a free
        place. If no place is free, the first request in the queue is sent to find out.
        """
        if waited:
            return (self.left or 0) <= 0 and self.ahead_of(ticket) > 0
        return self.ahead_of(ticket) > 0 or any(
            other.thread != ticket.thread for other in self.under_way.tickets()
        )

    def take(self, ticket: Ticket) -> int:
        """Take a place. Returns how many requests the service must have counted before this one."""
        under_way = len(self.under_way)
        self.under_way.enter(ticket)
        self.sent += 1
        if self.left is not None:
            if self.left > 0:
                self.left -= 1
            elif not under_way:
                # The responses no longer report the limit.
                self.left = None
        return self.sent - 1 - under_way

    def learn(self, reported: Limit, now: float, wait: float, place: int) -> None:
        """Update the window from a response, unless the response is from an earlier window."""
        if reported.reset < self.reset:
            return
        ends = now + wait
        same = reported.reset == self.reset and self.ends is not None
        # The service may have counted all other requests in flight, or none of them.
        lower, upper = reported.remaining - (self.sent - place - 1), reported.remaining
        fits = reported.remaining + 1
        if self.left is not None and (same or self.ends is None):
            self.left = min(max(self.left, lower), upper)
        else:
            self.left = lower
        if same and self.ends is not None:
            ends = min(ends, self.ends)
            fits = max(fits, self.limit or 0)
        self.learnt, self.ends = now, ends
        self.reset = reported.reset
        self.limit = reported.limit or fits

    def is_in_use(self, now: float) -> bool:
        """Whether the window's reset is known and still to come, or a request needs the window."""
        known = self.ends is not None and self.learnt <= now < self.ends
        return known or bool(self.under_way or self.waiting)

    def announce(self) -> None:
        """Wake the requests that wait for a response."""
        for ticket in self.waiting.tickets():
            news = ticket.news
            if news is not None:
                news.put(None)

    def close(self, now: float, wait: float) -> None:
        """Admit no request for ``wait`` seconds."""
        self.learnt, self.ends, self.left = now, now + wait, 0


class RateLimiter:
    """The rate limits that one client knows. Threads share them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._start()

    def admit(
        self,
        origin: str,
        route: str,
        token: str,
        waits: Waits,
        waiting: Callable[[float], None],
    ) -> Ticket:
        """Take a place in every window of a request, and wait for it if a limit is used up.

        Requests are admitted in the order in which they ask. After a request has slept, the whole
        sleep counts as passed, even if the clock shows less.

        Args:
            origin: Scheme, host and port of the service.
            route: The name of the call.
            token: Identifies the access token.
            waits: The waits of the call.
            waiting: Called with the seconds before each sleep.

        Returns:
            The ticket to give to ``release``.

        Raises:
            RateLimitExceeded: The necessary wait is longer than the call may still wait.
        """
        ticket = Ticket(next(self._numbers))
        waited = False
        try:
            while True:
                with self._held():
                    wait = self._try(ticket, (origin, route, token), waits, waited)
                if wait is None:
                    return ticket
                if ticket.news is None:
                    if not waits.allows(wait):
                        raise RateLimitExceeded(wait)
                    waiting(wait)
                    waits.sleep(wait)
                    waited = False
                else:
                    if waits.left <= 0:
                        raise RateLimitExceeded(wait)
                    moment = min(wait, waits.left)
                    waited = not waits.wait_for(ticket.news, moment) and moment == wait
        finally:
            if ticket.waits_in is not None:
                ticket.waits_in.waiting.discard(weakref.ref(ticket))

    def release(
        self, ticket: Ticket, headers: Mapping[str, str] | None, asked: float | None = None
    ) -> None:
        """Give the places of a request back, and learn from its response.

        Args:
            ticket: The ticket that ``admit`` returned.
            headers: The headers of the response; ``None`` if no response arrived.
            asked: The seconds that a 429 asks to wait.
        """
        reported = read_limits(headers) if headers else []
        wall = self._clock.now() if reported else 0.0
        ahead = clock_difference(headers, wall) if headers and reported else 0.0
        with self._held():
            self._give_back(ticket, reported, asked, ahead, wall)

    def _give_back(
        self,
        ticket: Ticket,
        reported: list[Limit],
        asked: float | None,
        ahead: float,
        wall: float,
    ) -> None:
        """Give the places back while the lock is held."""
        now = self._clock.monotonic()
        named = False
        if asked is not None and asked > MAX_WAIT:
            asked = None
        for limit in reported:
            wait = seconds_until(limit.reset, ahead, wall)
            if asked is not None and limit.remaining <= 0:
                named, wait = True, asked
            if wait:
                number = _KINDS.index(limit.kind)
                ticket.windows[number].learn(limit, now, wait, ticket.places[number])
        if asked and not named:
            ticket.windows[-1].close(now, asked)
        reference = weakref.ref(ticket)
        for window in ticket.windows:
            window.under_way.discard(reference)
            if window.waiting:
                window.announce()

    def _try(
        self, ticket: Ticket, scope: tuple[str, str, str], waits: Waits, waited: bool
    ) -> float | None:
        """Take a place in every window while the lock is held.

        ``waited`` means that the ticket waited a moment for other requests, and none was released.

        Returns:
            ``None`` if the request may be sent; else the seconds to wait first, for ``ticket.news``
            if that is set.
        """
        windows = self._scopes.get(scope) or self._opened(scope)
        now = waits.monotonic()
        full = [window for window in windows if not window.has_room(ticket, now)]
        ticket.news = None
        if full:
            last = max(full, key=lambda window: window.ends or 0.0)
            if last.ends is not None:
                ticket.queue_in(last)
                return last.ends - now
            for window in full:
                if window.may_change(ticket, waited):
                    ticket.queue_in(window)
                    ticket.news = queue.SimpleQueue()
                    return _MOMENT
        ticket.windows = windows
        ticket.places = [window.take(ticket) for window in windows]
        waits.begin_attempt()
        return None

    def _held(self) -> threading.RLock:
        """The lock. A forked child starts anew: a thread of its parent may hold the old lock.

        The block that holds it must not contain a loop or a comprehension. Python 3.13 never
        releases the lock if a signal handler raises an exception where an ``if`` leads back to the
        beginning of a loop.
        """
        if self._process != os.getpid():
            self._start()
        return self._lock

    def _start(self) -> None:
        self._process = os.getpid()
        # A signal handler may make a call while its thread holds the lock.
        self._lock = threading.RLock()
        self._windows: dict[tuple[str, ...], _Window] = {}
        self._scopes: dict[tuple[str, str, str], tuple[_Window, ...]] = {}

    def _opened(self, scope: tuple[str, str, str]) -> tuple[_Window, ...]:
        if len(self._scopes) >= _MAX_SCOPES:
            self._forget()
        origin, route, token = scope
        names = ((), (route,), (token,), ())
        keys = [(kind, origin, *name) for kind, name in zip((*_KINDS, _UNNAMED), names)]
        windows = tuple(self._windows.setdefault(key, _Window()) for key in keys)
        self._scopes[scope] = windows
        return windows

    def _forget(self) -> None:
        """Drop the windows not in use, since their number grows with every new route and token."""
        now = self._clock.monotonic()
        self._scopes.clear()
        self._windows = {
            key: window for key, window in self._windows.items() if window.is_in_use(now)
        }


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name) or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _MAX_DIGITS else None
