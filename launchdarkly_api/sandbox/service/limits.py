"""Rate limits: the requests that a window allows for the account, a route and a token."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Literal, get_args

from launchdarkly_api.sandbox.state import checks

#: How responses describe a limit: with reset headers, with ``Retry-After``, or not at all.
Announcement = Literal["ratelimit", "retry-after", "none"]

#: The limit that responses announce if none is set: more than a window can serve.
GENEROUS = 1_000_000

RATE_LIMIT_HEADERS = (
    "X-Ratelimit-Global-Limit",
    "X-Ratelimit-Global-Remaining",
    "X-Ratelimit-Route-Limit",
    "X-Ratelimit-Route-Remaining",
    "X-Ratelimit-Reset",
    "X-Ratelimit-Auth-Token-Limit",
    "X-Ratelimit-Auth-Token-Remaining",
    "X-Ratelimit-Auth-Token-Reset",
)


@dataclass
class RateLimit:
    """A limit and the requests that the current window has used.

    A window starts with the first request after the end of the window before. Without a limit,
    responses announce one that is too large to be reached. The limit of a route is that of all
    calls together, unless it is given.
    """

    limit: int | None = None
    window_seconds: float = 10.0
    route_limit: int | None = None
    announce: Announcement = "ratelimit"
    _limit: int = field(init=False, repr=False)
    _route_limit: int = field(init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    #: The end of the window by the monotonic clock.
    _ends: float = 0.0
    _spent: int = 0
    _spent_by_route: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._limit = GENEROUS if self.limit is None else checks.whole("limit", self.limit)
        of_route = self._limit if self.route_limit is None else self.route_limit
        self._route_limit = checks.whole("route_limit", of_route)
        self.window_seconds = checks.number("window_seconds", self.window_seconds, 0.001, 86_400)
        checks.choice("announce", self.announce, get_args(Announcement))

    def spend(self, route: str) -> tuple[bool, dict[str, str]]:
        """Count one request if the limits allow it.

        Returns:
            Whether the limits allow the request, and the headers of its response.
        """
        with self._lock:
            left = self._left()
            of_route = self._spent_by_route.get(route, 0)
            allowed = self._spent < self._limit and of_route < self._route_limit
            if allowed:
                self._spent += 1
                of_route = self._spent_by_route[route] = of_route + 1
            return allowed, self._headers(of_route, left, allowed)

    def announced(self, route: str = "") -> dict[str, str]:
        """The headers of a response to a request that does not count."""
        with self._lock:
            return self._headers(self._spent_by_route.get(route, 0), self._left(), True)

    def _left(self) -> float:
        """The seconds that are left of the window, after the start of a new one if necessary."""
        now = time.monotonic()
        if now >= self._ends:
            self._ends = now + self.window_seconds
            self._spent = 0
            self._spent_by_route.clear()
        return self._ends - now

    def _headers(self, of_route: int, left: float, allowed: bool) -> dict[str, str]:
        if self.announce == "none":
            return {}
        if self.announce == "retry-after":
            return {} if allowed else {"Retry-After": str(max(1, math.ceil(left)))}
        # Rounded up: a client that waits until then must find the next window.
        reset = math.ceil((time.time() + left) * 1000)
        # The sandbox has one access token, so the limit of the token is the limit of the account.
        account = (self._limit, self._limit - self._spent)
        route = (self._route_limit, self._route_limit - of_route)
        values = (*account, *route, reset, *account, reset)
        return dict(zip(RATE_LIMIT_HEADERS, map(str, values)))
