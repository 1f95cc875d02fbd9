"""The transport: sends a request until there is a response to return or an error to raise.

It retries as the retry policy allows, follows a redirect of a GET within the same origin, and
turns every failure of urllib3 into an ``ApiException``.
"""

from __future__ import annotations

import os
import urllib.parse
import warnings
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from launchdarkly_api._support.absent import absent_names
from launchdarkly_api._support.caller import level_of_caller
from launchdarkly_api._support.clock import Clock
from launchdarkly_api._support.secret import Secret, credentials_in
from launchdarkly_api._transport.errors import describe
from launchdarkly_api._transport.hosts import is_loopback
from launchdarkly_api._transport.observers import Observers
from launchdarkly_api._transport.rate_limit import RateLimitExceeded
from launchdarkly_api._transport.redirect import MAX_REDIRECTS, REDIRECTS, redirect
from launchdarkly_api._transport.request import Request as Request
from launchdarkly_api._transport.response import RESTResponse as RESTResponse
from launchdarkly_api._transport.retry_after import retry_after
from launchdarkly_api._transport.sender import Failure, Sender
from launchdarkly_api._transport.settings import number
from launchdarkly_api._transport.timeout import timeouts_for
from launchdarkly_api._transport.waits import Waits
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    InsecureTransportWarning,
    RateLimitedException,
    exception_for_status,
)
from launchdarkly_api.retry import (
    after_error,
    after_response,
    policy_from,
    repeats,
    wait_before_repeating,
)

if TYPE_CHECKING:
    from launchdarkly_api.configuration import Configuration
else:
    # Programs ask for annotations at run time too.
    Configuration = Any
    __getattr__ = absent_names(__name__)


_NOT_SENT = "The rate limit is used up; nothing was sent"


class RESTClient:
    """Sends requests for one configuration. Safe to share between threads and across ``fork``."""

    def __init__(self, configuration: Configuration, clock: Clock | None = None) -> None:
        self.configuration = configuration
        self.clock: Clock = clock or Clock()
        self._observers = Observers(configuration)
        self._sender = Sender(configuration, self.clock, self._observers)
        self._policy: tuple[Any, Retry] = (None, policy_from(None, self.clock))
        self._warned: set[str] = set()

    def request(self, request: Request) -> RESTResponse | BaseHTTPResponse:
        """Send a request until it succeeds or may not be repeated.

        Args:
            request: The request to send.

        Returns:
            The successful response. If ``request.preload`` is false, it is urllib3's, unread.

        Raises:
            ApiException: The response is not a success, or no usable response arrived. The subclass
                depends on the status or the failure.
            ApiTypeError: The timeout of the request or of the configuration is not a number.
            ApiValueError: The request or the configuration has a value that cannot be used.
        """
        request.check()
        self._warn_of_plain_http(request)
        timeouts = timeouts_for(request.timeout, self.configuration.timeout)
        waits = Waits(self.clock, number(self.configuration, "max_retry_wait", "seconds"))
        policy = self._current_policy()
        attempts = followed = 0
        sent, outcome = request, None
        while True:
            repeatable = policy.total != 0 and repeats(policy, request.method)
            try:
                sent, outcome = self._own_sender().send(
                    request, timeouts, attempts + 1, repeatable, waits
                )
            except RateLimitExceeded as limited:
                if outcome is None:
                    error: ApiException = RateLimitedException(429, _NOT_SENT)
                    error.method, error.url, error.attempts = request.method, request.url, 0
                else:
                    error = _exception(sent, outcome, attempts, self.clock.now())
                error.retry_after = limited.wait
                raise error from error.__cause__
            attempts += 1
            response, why = None, ""
            if isinstance(outcome, Failure):
                reason = describe(outcome.error).cause
                following = after_error(policy, sent, outcome.error, outcome.sent)
            else:
                if outcome.status in REDIRECTS:
                    target, why = _redirected(sent, outcome, followed, policy)
                    if target:
                        request, followed = request.replaced(target=target), followed + 1
                        continue
                response, reason = outcome.urllib3_response, f"status {outcome.status}"
                following = after_response(policy, sent, response)
            wait = None
            if following is not None:
                wait = wait_before_repeating(following, response, waits.left)
            if following is None or wait is None:
                if isinstance(outcome, RESTResponse) and outcome.is_success:
                    outcome.attempts = attempts
                    return outcome if request.preload else outcome.urllib3_response
                raise _exception(sent, outcome, attempts, self.clock.now(), why)
            policy = following
            self._observers.retry(sent, reason, wait, attempts)
            waits.sleep(wait)

    def close(self) -> None:
        """Close the connections. The next request opens new ones."""
        self._own_sender().connections.close()

    def __getstate__(self) -> dict[str, Any]:
        return {"configuration": self.configuration, "clock": self.clock}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    @property
    def pool_manager(self) -> urllib3.PoolManager:
        """urllib3's manager for the configured host."""
        parts = urllib.parse.urlsplit(self.configuration.host)
        return self._own_sender().connections.route(f"{parts.scheme}://{parts.netloc}").manager

    def _own_sender(self) -> Sender:
        if self._sender.process != os.getpid():
            # This process was forked. Its parent still uses the old sender and its sockets.
            self._sender = Sender(self.configuration, self.clock, self._observers)
        return self._sender

    def _warn_of_plain_http(self, request: Request) -> None:
        """Warn, at the line that called the library, if credentials are sent without TLS."""
        if request.origin in self._warned or not any(credentials_in(request.headers)):
            return
        parts = urllib.parse.urlsplit(request.origin)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            # If a filter turns the warning into an exception, it is raised for every call.
            warnings.warn(
                f"The access token is sent to {request.origin} without TLS, and can be read on the"
                " way; set Configuration.host to an https:// URL",
                InsecureTransportWarning,
                stacklevel=level_of_caller(),
            )
        self._warned.add(request.origin)

    def _current_policy(self) -> Retry:
        retries = self.configuration.retries
        given, policy = self._policy
        if given is not retries:
            policy = policy_from(retries, self.clock)
            self._policy = retries, policy
        return policy


def _redirected(
    request: Request, response: RESTResponse, followed: int, policy: Retry
) -> tuple[Secret, str]:
    location = response.headers.get("Location", "")
    limit = MAX_REDIRECTS if policy.redirect in (None, True) else int(policy.redirect)
    led = redirect(request.method, request.origin, request.target, location, followed, limit)
    return Secret(led.target), led.reason


def _exception(
    request: Request, outcome: RESTResponse | Failure, attempts: int, now: float, why: str = ""
) -> ApiException:
    """Return the exception for an outcome that is not a success.

    ``why`` is the reason for not following a redirect.
    """
    if isinstance(outcome, Failure):
        error: ApiException = _failed(request, outcome.error)
        error.__cause__ = outcome.error
    else:
        error = exception_for_status(outcome.status)(http_resp=outcome)
        if why:
            error.reason = f"{error.reason}: {why}"
        if outcome.status == 407:
            error.reason = f"{error.reason}: put user and password into Configuration.proxy"
        error.retry_after = retry_after(outcome.headers, now)
    error.method, error.url, error.attempts = request.method, request.url, attempts
    return error


def _failed(request: Request, error: Exception) -> ApiConnectionException:
    failure = describe(error)
    host = urllib.parse.urlsplit(request.origin).netloc
    sentence = f"{request.call} at {host} got no response: {failure.cause}"
    if failure.remedy:
        sentence += f"; {failure.remedy}"
    kind = ApiTimeoutException if failure.is_timeout else ApiConnectionException
    return kind(status=0, reason=sentence)
