"""Rate limits: so many requests a window, for the account, for a route and for a token."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Literal, get_args

from launchdarkly_api.sandbox.state import checks

#: How a spent limit is told: by the reset headers, by ``Retry-After``, or not at all.
Announcement = Literal["ratelimit", "retry-after", "none"]

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
    """A limit, and what of it is spent in the present window.

    The window opens with the first request after the one before has ended.
    """

    limit: int
    window_seconds: float
    route_limit: int
    announce: Announcement = "ratelimit"
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    #: By the clock that never steps back.
    _ends: float = 0.0
    _spent: int = 0
    _spent_by_route: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.limit = checks.whole("limit", self.limit)
        self.route_limit = checks.whole("route_limit", self.route_limit)
        self.window_seconds = checks.number("window_seconds", self.window_seconds, 0.001, 86_400)
        checks.choice("announce", self.announce, get_args(Announcement))

    def spend(self, route: str) -> tuple[bool, dict[str, str]]:
        """Take one request from the limits: whether there was one, and the headers to send."""
        with self._lock:
            now = time.monotonic()
            if now >= self._ends:
                self._ends = now + self.window_seconds
                self._spent = 0
                self._spent_by_route.clear()
            of_route = self._spent_by_route.get(route, 0)
            allowed = self._spent < self.limit and of_route < self.route_limit
            if allowed:
                self._spent += 1
                of_route = self._spent_by_route[route] = of_route + 1
            return allowed, self._headers(of_route, self._ends - now, allowed)

    def _headers(self, of_route: int, left: float, allowed: bool) -> dict[str, str]:
        if self.announce == "none":
            return {}
        if self.announce == "retry-after":
            return {} if allowed else {"Retry-After": str(max(1, math.ceil(left)))}
        # Rounded up: whoever waits until then must find the window open.
        reset = math.ceil((time.time() + left) * 1000)
        # The sandbox has one access token, so that its limit is the account's.
        account = (self.limit, self.limit - self._spent)
        route = (self.route_limit, self.route_limit - of_route)
        values = (*account, *route, reset, *account, reset)
        return dict(zip(RATE_LIMIT_HEADERS, map(str, values)))
