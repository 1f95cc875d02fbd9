"""One attempt: from the rate limiter's permission to the last byte of the response."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from http.client import HTTPException

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from launchdarkly_api._support.clock import Clock
from launchdarkly_api._transport.boundary import MASKING, detach
from launchdarkly_api._transport.connections import Connections
from launchdarkly_api._transport.content import read_body
from launchdarkly_api._transport.errors import describe, is_before_sending
from launchdarkly_api._transport.observers import Observers
from launchdarkly_api._transport.platform import permitted
from launchdarkly_api._transport.prefetch import check_not_abandoned
from launchdarkly_api._transport.rate_limit import RateLimiter, Ticket
from launchdarkly_api._transport.request import Request
from launchdarkly_api._transport.response import RESTResponse
from launchdarkly_api._transport.retry_after import parse_retry_after
from launchdarkly_api._transport.settings import TransportSettings, number
from launchdarkly_api._transport.timeout import Timeouts
from launchdarkly_api._transport.waits import Waits
from launchdarkly_api._transport.wire import CURRENT, LARGEST_HEAD, Exchange, TooLarge
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    exception_for_status,
)

#: urllib3 makes one attempt: a retry is decided only after the whole response has been read.
_ONCE = Retry(total=False, redirect=False)
#: The errors that urllib3 raises: its own, and those of the standard library that it lets through.
_FAILURES = (HTTPError, HTTPException, OSError)


class Failure:
    """No usable response arrived.

    - ``error``: the error that the transport raised
    - ``sent``: whether the service may have received any part of the request
    - ``headers``: the headers of the response, if they arrived
    """

    def __init__(self, error: Exception, sent: bool, headers: Mapping[str, str] | None) -> None:
        self.error = error
        self.sent = sent
        self.headers = headers


class Sender:
    """Sends the requests of one client in one process. A forked child creates its own sender."""

    def __init__(
        self, configuration: TransportSettings, clock: Clock, observers: Observers
    ) -> None:
        self.process: int = os.getpid()
        self.connections: Connections = Connections(configuration)
        self._configuration = configuration
        self._clock = clock
        self._observers = observers
        self._limiter = RateLimiter(clock)

    def send(
        self, request: Request, timeouts: Timeouts, attempt: int, repeatable: bool, waits: Waits
    ) -> tuple[Request, RESTResponse | Failure]:
        """Send a request once. An exception that a hook raises passes through.

        Args:
            request: The request to send.
            timeouts: The timeouts of the request.
            attempt: The number of this attempt, from 1.
            repeatable: Whether the request may be sent again if the connection proves to be dead.
            waits: The waits of the call, which limit the wait for a rate limit.

        Returns:
            The request as it was sent, and its outcome.

        Raises:
            RateLimitExceeded: A rate limit requires a longer wait than the call may make.
            Abandoned: The caller no longer needs the response.
            ApiException: The response is larger than allowed.
        """
        route = self.connections.route(request.origin)
        if route.proxy_headers:
            request.masker.learn(route.proxy_headers)
        ticket = None
        if self._configuration.respect_rate_limits:
            ticket = self._limiter.admit(
                request.origin,
                request.call,
                str(hash(request.headers.get("Authorization"))),
                waits,
                lambda seconds: self._observers.limit(request, seconds),
            )
        learnt: RESTResponse | Failure | None = None
        try:
            if request.method == "GET":
                check_not_abandoned()
            request = self._observers.request(request, attempt)
            start = self._clock.monotonic()
            outcome = learnt = self._transmit(
                request, route.manager, timeouts, start, attempt, repeatable
            )
        finally:
            if ticket is not None:
                self._learn(ticket, learnt)
        elapsed = self._clock.monotonic() - start
        if isinstance(outcome, Failure):
            self._observers.failure(request, describe(outcome.error).cause, elapsed, attempt)
            return request, outcome
        try:
            self._observers.response(request, outcome, elapsed, attempt)
        except BaseException:
            outcome.urllib3_response.close()
            raise
        return request, outcome

    def _learn(self, ticket: Ticket, outcome: RESTResponse | Failure | None) -> None:
        headers = asked = None
        if outcome is not None:
            headers = outcome.headers
        if isinstance(outcome, RESTResponse) and outcome.status == 429:
            asked = parse_retry_after(outcome.headers, self._clock.now())
        self._limiter.release(ticket, headers, asked)

    def _transmit(
        self,
        request: Request,
        manager: PoolManager,
        timeouts: Timeouts,
        start: float,
        attempt: int,
        repeatable: bool,
    ) -> RESTResponse | Failure:
        limit = int(number(self._configuration, "max_response_bytes", "bytes"))
        deadline = None if timeouts.total is None else start + timeouts.total
        exchange = Exchange(self._clock, timeouts.read, deadline, repeatable)
        if request.masker.hides_url:
            logging.getLogger("urllib3.connectionpool").addFilter(MASKING)
        response: BaseHTTPResponse | None = None
        handled = sys.exc_info()[1]
        before = CURRENT.set(exchange)
        try:
            # Looked up at each attempt, so that a patch or wrapper put in place meanwhile is used.
            response = manager.request(
                request.method,
                request.origin + request.target,
                body=request.body,
                # Recorders and mocks may store these, so they receive plain ``str`` objects.
                headers=permitted(
                    {name: str.__str__(text) for name, text in request.headers.items()}
                ),
                timeout=timeouts.timeout(),
                retries=_ONCE,
                redirect=False,
                preload_content=False,
            )
            if request.masker.hides_url:
                response.url = request.masker(response.url)
            outcome = RESTResponse(response)
            if request.preload or not outcome.is_success:
                exchange.admit_body(limit)
                outcome.data = read_body(response, limit)
            else:
                exchange.release()
            return outcome
        except BaseException as error:
            if response is not None:
                response.close()
            detach(error, handled)
            if isinstance(error, TooLarge):
                raise _too_large(request, response, limit, attempt) from None
            if isinstance(error, _FAILURES):
                headers = None if response is None else RESTResponse(response).headers
                sent = exchange.sent and not is_before_sending(error)
                return Failure(error, sent, headers)
            raise
        finally:
            CURRENT.reset(before)


def _too_large(
    request: Request, response: BaseHTTPResponse | None, limit: int, attempt: int
) -> ApiException:
    error: ApiException
    if response is None:
        error = ApiConnectionException(0, f"The response head is larger than {LARGEST_HEAD} bytes")
    else:
        kind = ApiException if response.status < 300 else exception_for_status(response.status)
        reason = f"The response is larger than Configuration.max_response_bytes ({limit} bytes)"
        error = kind(response.status, reason)
        error.headers = RESTResponse(response).headers
    error.method, error.url, error.attempts = request.method, request.url, attempt
    return error
