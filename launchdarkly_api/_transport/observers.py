"""Reports each attempt to the hooks of the configuration and to the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from launchdarkly_api._support.charset import decode_text
from launchdarkly_api._support.secret import HeaderDict, masked_headers
from launchdarkly_api._transport.boundary import MASKING
from launchdarkly_api._transport.headers import merge_headers
from launchdarkly_api._transport.request import Request
from launchdarkly_api._transport.response import RESTResponse
from launchdarkly_api._transport.settings import TransportSettings, hooks_for

logger: logging.Logger = logging.getLogger("launchdarkly_api")
# Without this handler, Python would print warnings in a program that has not set up logging.
logger.addHandler(logging.NullHandler())
logger.addFilter(MASKING)


class Observers:
    """Reports the requests of one client."""

    def __init__(self, configuration: TransportSettings) -> None:
        self._configuration = configuration

    def request(self, request: Request, attempt: int) -> Request:
        """Report a request about to be sent. Returns it with the headers that hooks have set."""
        hooks = self._hooks("request")
        if hooks:
            from launchdarkly_api.events import RequestEvent

            event = RequestEvent(
                request.call,
                request.method,
                request.url,
                HeaderDict(request.headers),
                request.body,
                attempt,
            )
            for hook in hooks:
                hook(event)
            request = request.replaced(headers=merge_headers([event.headers]))
        if self._configuration.debug:
            body = request.body
            logger.debug(
                "> %s %s headers=%s body=%r",
                request.method,
                request.url,
                masked_headers(request.headers),
                decode_text(body, None, "replace") if isinstance(body, bytes) else body or "",
            )
        return request

    def response(
        self, request: Request, response: RESTResponse, elapsed: float, attempt: int
    ) -> None:
        """Report a response."""
        if logger.isEnabledFor(logging.DEBUG):
            self._log(request, str(response.status), elapsed, attempt)
            if self._configuration.debug:
                headers, kind = masked_headers(response.headers), response.getheader("Content-Type")
                body = decode_text(response.data, kind, "replace")
                logger.debug("< %s headers=%s body=%r", response.status, headers, body)
        hooks = self._hooks("response")
        if hooks:
            from launchdarkly_api.events import ResponseEvent

            event = ResponseEvent(
                request.call,
                request.method,
                request.url,
                response.status,
                request.masker(response.headers),
                elapsed,
                attempt,
            )
            for hook in hooks:
                hook(event)

    def failure(self, request: Request, cause: str, elapsed: float, attempt: int) -> None:
        """Report that no usable response arrived."""
        if logger.isEnabledFor(logging.DEBUG):
            self._log(request, cause, elapsed, attempt)

    def retry(self, request: Request, reason: str, wait: float, attempt: int) -> None:
        """Report that the request is going to be sent again."""
        logger.warning(
            "%s %s: %s; next attempt in %.2f s", request.method, request.path, reason, wait
        )
        hooks = self._hooks("retry")
        if hooks:
            from launchdarkly_api.events import RetryEvent

            event = RetryEvent(
                request.call, request.method, request.url, request.masker(reason), wait, attempt
            )
            for hook in hooks:
                hook(event)

    def limit(self, request: Request, wait: float) -> None:
        """Report that a request waits because a rate limit is used up."""
        logger.debug(
            "%s %s: the rate limit is used up; waiting %.2f s", request.method, request.path, wait
        )

    def _log(self, request: Request, outcome: str, elapsed: float, attempt: int) -> None:
        logger.debug(
            "%s %s: %s in %.0f ms, attempt %s",
            request.method,
            request.path,
            outcome,
            elapsed * 1000,
            attempt,
        )

    def _hooks(self, event: str) -> Sequence[Callable[[Any], Any]]:
        return hooks_for(event, self._configuration.event_hooks)
