"""The behaviour of a sandbox: its faults, its limits, its clock and its version of the API."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from launchdarkly_api.sandbox.control.bounds import (
    MAX_ADVANCE,
    Advance,
    Count,
    Probability,
    Requests,
    Seconds,
    StatusCode,
    Time,
    Window,
)
from launchdarkly_api.sandbox.control.face import Face
from launchdarkly_api.sandbox.http.faults import Fault, choices
from launchdarkly_api.sandbox.service.calls import Calls
from launchdarkly_api.sandbox.service.endpoints import ApiVersion, Call, api_version_of
from launchdarkly_api.sandbox.service.limits import Announcement, RateLimit
from launchdarkly_api.sandbox.service.recording import milliseconds
from launchdarkly_api.sandbox.state import checks
from launchdarkly_api.sandbox.state.clock import ClockReading


class Behaviour(Face):
    """The methods of ``Sandbox`` that change how it behaves."""

    # Faults.

    def fail_next(
        self,
        status: StatusCode | None = None,
        *,
        drop: bool = False,
        reset: bool = False,
        cut: bool = False,
        slow: Seconds = 0.0,
        trickle: Seconds = 0.0,
        applied: bool = False,
        count: Count = 1,
        call: Call | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> None:
        """Make the next requests fail. Planned faults are used in the order of these calls.

        Args:
            status: Respond with this status.
            drop: Close the connection without a response.
            reset: Reset the connection without a response: it ends with a TCP RST, which most
                clients report as another error than the end of a connection.
            cut: Apply the request and close the connection in the middle of the response.
            slow: Respond after ``slow`` seconds. Works alone or with the other faults.
            trickle: Send the response, its head and its body, in small pieces over ``trickle``
                seconds. Works alone or with ``status``, ``cut`` and ``slow``.
            applied: With ``status``, ``drop`` or ``reset``: apply the request first. A write then
                takes effect although the client sees a failure.
            count: The number of requests that fail.
            call: Affect this call only, such as ``"get_experiment"``.
            headers: Headers of the response, such as ``{"Retry-After": "2"}``.
            body: With ``status``: the body of the response, in place of the usual one.

        Raises:
            ValueError: The arguments are invalid or do not go together.
        """
        fault = Fault(
            status=status,
            drop=drop,
            reset=reset,
            cut=cut,
            slow=slow,
            trickle=trickle,
            applied=applied,
            headers=dict(headers or {}),
            body=body.encode() if isinstance(body, str) else body,
        )
        with self._changing():
            self._application.faults.plan(fault, call, count)

    def fail_rate(
        self,
        probability: Probability,
        *,
        statuses: Iterable[StatusCode] = (503,),
        drop: bool = False,
        reset: bool = False,
        cut: bool = False,
        slow: Seconds = 0.0,
        trickle: Seconds = 0.0,
        applied: bool = False,
        call: Call | None = None,
        seed: int = 0,
    ) -> None:
        """Make requests fail at random, each with one of the given faults.

        Replaces an earlier rate for the same call. The same seed and the same order of requests
        give the same faults.

        Args:
            probability: The probability that a request fails. 0 ends the rate.
            statuses: Faults: respond with one of these statuses.
            drop: A fault: close the connection without a response.
            reset: A fault: reset the connection without a response.
            cut: A fault: apply the request and close the connection in the middle of the
                response.
            slow: A fault: respond normally after ``slow`` seconds.
            trickle: A fault: send the response in small pieces over ``trickle`` seconds.
            applied: With ``statuses``, ``drop`` and ``reset``: apply the request first.
            call: Affect this call only.
            seed: The seed of the random choices.

        Raises:
            ValueError: An argument is invalid, or no fault is given.
        """
        faults = choices(
            statuses,
            drop=drop,
            reset=reset,
            cut=cut,
            slow=slow,
            trickle=trickle,
            applied=applied,
        )
        with self._changing():
            self._application.faults.at_random(faults, call, probability, seed)

    def latency(self, seconds: Seconds) -> None:
        """Delay the response of each call.

        Args:
            seconds: The delay in seconds, at most a day. 0 ends the delay.

        Raises:
            ValueError: The delay is negative or too long.
        """
        with self._changing():
            self._application.latency = checks.seconds("seconds", seconds)

    def rate_limit(
        self,
        limit: Requests | None,
        window_seconds: Window = 10.0,
        *,
        route_limit: Requests | None = None,
        announce: Announcement = "ratelimit",
    ) -> None:
        """Accept ``limit`` requests in each window and respond 429 to the others.

        By default there is no limit, and responses announce one that is too large to be reached.

        Args:
            limit: The requests per window for all calls together. ``None`` ends the limit.
                ``rate_limit(None, announce="none")`` also ends its announcement.
            window_seconds: The length of a window in seconds.
            route_limit: The requests per window for each call. The default is ``limit``.
            announce: How responses describe the limit: ``"ratelimit"`` with the headers
                ``X-Ratelimit-*``, ``"retry-after"`` with ``Retry-After`` on a 429, ``"none"`` not
                at all.

        Raises:
            ValueError: An argument is invalid.
        """
        made = RateLimit(limit, window_seconds, route_limit, announce)
        with self._changing():
            self._application.limit = made

    def clear_faults(self) -> None:
        """Remove all faults, limits and latency."""
        with self._changing():
            self._application.clear_faults()

    # The clock.

    def clock(self) -> ClockReading:
        """Return the time of the sandbox."""
        return self._state.clock.read()

    def set_clock(self, at: Time | datetime.datetime | None) -> ClockReading:
        """Stop the clock at a time, or let it run with the computer's clock.

        The clock gives the times in records and responses, such as the start of an iteration. Rate
        limits, latency and slow faults follow the computer's clock.

        Args:
            at: The time in epoch milliseconds or as a datetime with a time zone. ``None`` is the
                computer's clock.

        Returns:
            The time of the sandbox.

        Raises:
            ValueError: The time is invalid.
        """
        with self._changing():
            self._state.clock.set(None if at is None else milliseconds(at))
            return self._state.clock.read()

    def advance_clock(self, seconds: Advance) -> ClockReading:
        """Move the clock forward. A clock that stands still then stands at the later time.

        Args:
            seconds: The number of seconds, at most those of 1,000 years.

        Returns:
            The time of the sandbox.

        Raises:
            ValueError: The number is negative, or the time would be after the year 9999.
        """
        moved = round(checks.number("seconds", seconds, 0, MAX_ADVANCE) * 1000)
        with self._changing():
            self._state.clock.advance(moved)
            return self._state.clock.read()

    # The version of the API.

    @property
    def api_version(self) -> ApiVersion:
        """The version of the API that the sandbox imitates."""
        return "2026" if self._application.calls.newer else "2023"

    def set_api_version(self, api_version: ApiVersion) -> None:
        """Imitate another version of the API from the next request on. The data stays.

        Args:
            api_version: The version: ``"2023"`` or ``"2026"``.

        Raises:
            ValueError: The version is unknown.
        """
        newer = api_version_of(api_version, None) == "2026"
        with self._changing():
            before = self._application.calls
            self._application.calls = Calls(
                self._state,
                newer=newer,
                unusual=before.unusual,
                lenient=before.lenient,
                sample=before.sample,
            )
