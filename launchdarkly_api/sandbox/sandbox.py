"""``Sandbox``: the Python interface to set up, inspect and break the stand-in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from launchdarkly_api.sandbox.contents import Contents
from launchdarkly_api.sandbox.http.application import Application
from launchdarkly_api.sandbox.http.faults import Fault, choices
from launchdarkly_api.sandbox.http.log import RecordedRequest, RequestLog
from launchdarkly_api.sandbox.lifecycle import Lifecycle
from launchdarkly_api.sandbox.service.calls import Calls
from launchdarkly_api.sandbox.service.endpoints import ApiVersion, Call, Era, api_version_of
from launchdarkly_api.sandbox.service.limits import Announcement, RateLimit
from launchdarkly_api.sandbox.state import checks, demo

if TYPE_CHECKING:
    from launchdarkly_api import Configuration
else:
    # Annotations must also resolve at run time.
    Configuration = Any


class Sandbox(Contents):
    """A local stand-in for LaunchDarkly's Experiments (beta) API.

    ::

        with Sandbox() as sandbox:
            api = ExperimentsBetaApi(ApiClient(sandbox.configuration()))
            api.get_experiments("demo", "test")

    It starts with the demo data: the project ``demo`` with the environment ``test``, the flag
    ``checkout-button``, the metrics ``signup``, ``revenue`` and ``page-load-ms`` and the
    randomization unit ``user``. All methods are thread-safe.

    Args:
        host: The address to listen on. The default accepts connections from this computer only.
        port: The port to listen on. 0 selects a free port.
        access_token: The access token that requests must send.
        api_version: The version of the API to imitate: ``"2023"``, the contract of the ten calls,
            or ``"2026"``, the service of today. The default is ``"2023"``.
        era: An alias of ``api_version``, for programs that use the earlier name.
        state: A file that keeps all data across restarts. By default data is kept in memory only.
        lenient: Accept a PATCH without the content type of a semantic patch.
        sample_traffic: Give each iteration that is started in ``demo`` a fixed sample of traffic,
            so that there are results to read.
        unusual_values: Send values that no document lists, such as timestamps as strings.

    Raises:
        ValueError: An argument is invalid.
        OSError: The state file cannot be used.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        access_token: str = demo.ACCESS_TOKEN,
        era: Era = "2023",
        state: str | os.PathLike[str] | None = None,
        lenient: bool = False,
        sample_traffic: bool = True,
        api_version: ApiVersion | None = None,
        unusual_values: bool = False,
    ) -> None:
        newer = api_version_of(era, api_version) == "2026"
        checks.boolean("unusual_values", unusual_values)
        checks.access_token(access_token)
        checks.not_empty("host", host)
        checks.not_empty("state", state)
        checks.port(port)
        self._access_token = access_token
        self._life = Lifecycle(host, port, state)
        self._state = self._life.state
        self._calls = Calls(
            self._state, newer=newer, unusual=unusual_values, lenient=lenient, sample=sample_traffic
        )
        self._application = Application(self._calls, access_token)

    # Life.

    def start(self) -> Sandbox:
        """Start to serve requests. Does nothing if the sandbox is running.

        A stopped sandbox can be started again: it uses the same port and has the same state.

        Returns:
            The sandbox itself.

        Raises:
            OSError: The port is taken, or the state file is in use.
            RuntimeError: The sandbox belongs to another process.
        """
        self._life.start(self._application)
        return self

    def stop(self) -> None:
        """Close all connections, the port and the state file. Does nothing if it is stopped."""
        self._life.stop(self._application)

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        server = self._life.server
        return f"<Sandbox at {server.url}>" if server else "<Sandbox, not running>"

    @property
    def running(self) -> bool:
        """Whether the sandbox serves requests."""
        return self._life.server is not None

    @property
    def url(self) -> str:
        """The URL of the running sandbox, such as ``http://127.0.0.1:43210``.

        Raises:
            RuntimeError: The sandbox is not running.
        """
        return self._life.url

    @property
    def access_token(self) -> str:
        """The access token that requests must send."""
        return self._access_token

    def configuration(self) -> Configuration:
        """Return a client configuration for the sandbox, with its URL and access token.

        Raises:
            RuntimeError: The sandbox is not running.
        """
        from launchdarkly_api import Configuration

        return Configuration(host=self.url, api_key={"ApiKey": self._access_token})

    @property
    def requests(self) -> RequestLog:
        """The requests that arrived, oldest first. Read it like a list."""
        return self._application.requests

    @property
    def on_request(self) -> Callable[[RecordedRequest], None] | None:
        """A listener that is called with each request before its response is sent.

        It runs in the thread that serves the request. An exception that it raises is logged and
        does not change the response.
        """
        return self._application.on_request

    @on_request.setter
    def on_request(self, listener: Callable[[RecordedRequest], None] | None) -> None:
        self._application.on_request = listener

    def reset(self) -> None:
        """Return to the demo data: clear state, requests, faults, limits, latency and listener.

        A request without a response loses its connection and changes nothing.

        Raises:
            RuntimeError: The sandbox is stopped, or belongs to another process.
        """
        self._life.check_usable()
        with self._state.lock:
            self._state.replace_all([demo.project()])
            self._application.reset()

    # Faults.

    def fail_next(
        self,
        status: int | None = None,
        *,
        drop: bool = False,
        cut: bool = False,
        slow: float = 0.0,
        applied: bool = False,
        count: int = 1,
        call: Call | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> None:
        """Make the next requests fail. Planned faults are used in the order of these calls.

        Args:
            status: Respond with this status.
            drop: Close the connection without a response.
            cut: Apply the request and close the connection in the middle of the response.
            slow: Respond after ``slow`` seconds. Works alone or with the other faults.
            applied: With ``status`` or ``drop``: apply the request first. A write then takes
                effect although the client sees a failure.
            count: The number of requests that fail.
            call: Affect this call only, such as ``"get_experiment"``.
            headers: Headers of the response, such as ``{"Retry-After": "2"}``.
            body: With ``status``: the body of the response, in place of the usual one.

        Raises:
            ValueError: The arguments are invalid or do not go together.
        """
        self._life.check_usable()
        fault = Fault(
            status=status,
            drop=drop,
            cut=cut,
            slow=slow,
            applied=applied,
            headers=dict(headers or {}),
            body=body.encode() if isinstance(body, str) else body,
        )
        self._application.faults.plan(fault, call, count)

    def fail_rate(
        self,
        probability: float,
        *,
        statuses: Iterable[int] = (503,),
        drop: bool = False,
        cut: bool = False,
        slow: float = 0.0,
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
            cut: A fault: apply the request and close the connection in the middle of the
                response.
            slow: A fault: respond normally after ``slow`` seconds.
            applied: With ``statuses`` and ``drop``: apply the request first.
            call: Affect this call only.
            seed: The seed of the random choices.

        Raises:
            ValueError: An argument is invalid, or no fault is given.
        """
        self._life.check_usable()
        faults = choices(statuses, drop=drop, cut=cut, slow=slow, applied=applied)
        self._application.faults.at_random(faults, call, probability, seed)

    def latency(self, seconds: float) -> None:
        """Delay the response of each call.

        Args:
            seconds: The delay in seconds, at most a day. 0 ends the delay.

        Raises:
            ValueError: The delay is negative or too long.
        """
        self._life.check_usable()
        self._application.latency = checks.seconds("seconds", seconds)

    def rate_limit(
        self,
        limit: int | None,
        window_seconds: float = 10.0,
        *,
        route_limit: int | None = None,
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
        self._life.check_usable()
        self._application.limit = RateLimit(limit, window_seconds, route_limit, announce)

    def clear_faults(self) -> None:
        """Remove all faults, limits and latency."""
        self._life.check_usable()
        self._application.clear_faults()
