"""One request and its answer: from the rate limit's leave to the last byte."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from launchdarkly_api.clock import Clock
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    exception_for_status,
)
from launchdarkly_api.secret import masked
from launchdarkly_api.transport.answer import RESTResponse
from launchdarkly_api.transport.connections import Connections
from launchdarkly_api.transport.content import read_body
from launchdarkly_api.transport.errors import describe, detach, without_secrets
from launchdarkly_api.transport.observers import Observers
from launchdarkly_api.transport.rate_limit import RateLimiter, Ticket
from launchdarkly_api.transport.request import Request
from launchdarkly_api.transport.retry_after import parse_retry_after
from launchdarkly_api.transport.settings import number
from launchdarkly_api.transport.timeout import Patience
from launchdarkly_api.transport.wire import CURRENT, LARGEST_HEAD, Exchange, TooLarge

if TYPE_CHECKING:
    from launchdarkly_api.configuration import Configuration

#: urllib3 is to try once: what is repeated is decided where an answer was read whole.
_ONCE = Retry(total=False, redirect=False)
#: All that urllib3 lets out, beside its own errors.
_FAILURES = (HTTPError, HTTPException, OSError)


class _WithoutSecrets(logging.Filter):
    """Masks what urllib3 logs of a request, whose target may hold a credential."""

    def filter(self, record: logging.LogRecord) -> bool:
        exchange = CURRENT.get()
        if exchange is not None and isinstance(record.args, tuple):
            record.args = tuple(
                masked(arg, exchange.secrets) if isinstance(arg, str) else arg
                for arg in record.args
            )
        return True


_WITHOUT_SECRETS = _WithoutSecrets()


class LimitSpent(Exception):
    """A request was not sent: a limit is spent for longer than may be waited."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class Failure:
    """No usable answer came.

    - ``sent``: whether the request was sent, or some of it
    - ``headers``: those of the answer, if it began to come
    """

    def __init__(self, error: Exception, sent: bool, headers: Mapping[str, str] | None) -> None:
        self.error = error
        self.sent = sent
        self.headers = headers


class Sender:
    """What a client has in one process to send with. A forked child makes its own."""

    def __init__(self, configuration: Configuration, clock: Clock, observers: Observers) -> None:
        self.process: int = os.getpid()
        self.connections: Connections = Connections(configuration)
        self._configuration = configuration
        self._clock = clock
        self._observers = observers
        self._limiter = RateLimiter(clock)

    def send(
        self,
        request: Request,
        bounds: Patience,
        attempt: int,
        repeatable: bool,
        longest_wait: float,
    ) -> tuple[Request, RESTResponse | Failure]:
        """Send a request once. Returns it as it was sent, and what came.

        ``repeatable`` says that it is sent again if the connection turns out to be dead, and
        ``longest_wait`` how many seconds it may wait for a limit.

        Raises what a hook raises, ``LimitSpent``, and ``ApiException`` where more came than is let
        in.
        """
        ticket = None
        if self._configuration.respect_rate_limits:
            ticket = self._wait_for_limits(request, longest_wait)
        came: RESTResponse | Failure | None = None
        try:
            request = self._observers.request(request, attempt)
            start = self._clock.monotonic()
            outcome = came = self._transmit(request, bounds, start, attempt, repeatable)
        finally:
            if ticket is not None:
                self._learn(ticket, came)
        elapsed = self._clock.monotonic() - start
        if isinstance(outcome, Failure):
            self._observers.failure(request, describe(outcome.error).what, elapsed, attempt)
            return request, outcome
        try:
            self._observers.response(request, outcome, elapsed, attempt)
        except BaseException:
            outcome.urllib3_response.close()
            raise
        return request, outcome

    def _wait_for_limits(self, request: Request, longest: float) -> Ticket:
        token = str(hash(request.headers.get("Authorization")))
        while True:
            wait = self._limiter.reserve(request.origin, request.call, token)
            if isinstance(wait, Ticket):
                return wait
            if wait > longest:
                raise LimitSpent(wait)
            self._observers.limit(request, wait)
            self._clock.sleep(wait)

    def _learn(self, ticket: Ticket, outcome: RESTResponse | Failure | None) -> None:
        headers = asked = None
        if outcome is not None:
            headers = outcome.headers
        if isinstance(outcome, RESTResponse) and outcome.status == 429:
            asked = parse_retry_after(outcome.headers, self._clock.now())
        self._limiter.release(ticket, headers, asked)

    def _transmit(
        self, request: Request, bounds: Patience, start: float, attempt: int, repeatable: bool
    ) -> RESTResponse | Failure:
        most = int(number(self._configuration, "max_response_bytes", "bytes"))
        deadline = None if bounds.total is None else start + bounds.total
        exchange = Exchange(self._clock, bounds.read, deadline, repeatable, request.secrets)
        if request.secrets:
            logging.getLogger("urllib3.connectionpool").addFilter(_WITHOUT_SECRETS)
        response: BaseHTTPResponse | None = None
        handled = sys.exc_info()[1]
        before = CURRENT.set(exchange)
        try:
            response = self.connections.send(
                request.origin,
                request.method,
                request.target,
                body=request.body,
                headers=request.headers,
                timeout=bounds.timeout(),
                retries=_ONCE,
                redirect=False,
                preload_content=False,
            )
            if request.secrets:
                response.url = masked(response.url or "", request.secrets)
            answer = RESTResponse(response, b"")
            answer.request = request
            if request.preload or not answer.is_success:
                exchange.let_body_in(most)
                answer.data = read_body(response, most)
            else:
                exchange.release()
            return answer
        except BaseException as error:
            if response is not None:
                response.close()
            detach(error, handled)
            without_secrets(error, request.hidden)
            if isinstance(error, TooLarge):
                raise _too_large(request, response, most, attempt) from None
            if isinstance(error, _FAILURES):
                headers = None if response is None else response.headers
                return Failure(error, exchange.sent, headers)
            # From here: the frames below hold the request.
            raise error
        finally:
            CURRENT.reset(before)


def _too_large(
    request: Request, response: BaseHTTPResponse | None, most: int, attempt: int
) -> ApiException:
    error: ApiException
    if response is None:
        error = ApiConnectionException(0, f"The answer's head is larger than {LARGEST_HEAD} bytes")
    else:
        kind = ApiException if response.status < 300 else exception_for_status(response.status)
        reason = f"The answer is larger than Configuration.max_response_bytes ({most} bytes)"
        error = kind(response.status, reason)
        error.headers = response.headers
    error.method, error.url, error.tries = request.method, request.url, attempt
    return error
