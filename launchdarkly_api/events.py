"""The events that are passed to hooks. ``Configuration.event_hooks`` has a list of hooks for each.

A hook is called in the thread that makes the call, with an event as its only argument. An exception
that it raises reaches the caller of the API, and the request is not sent, or not sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Its import fails if launchdarkly-api has overwritten files of this package.
from launchdarkly_api import _support as _support


@dataclass(frozen=True)
class RequestEvent:
    """A request is about to be sent. A hook may change ``headers``, to sign or trace the request.

    The change affects this attempt only: a retry starts from the headers of the call.
    """

    call: str
    method: str
    url: str
    headers: dict[str, Any]
    body: str | bytes | None = field(repr=False)
    #: The number of the attempt, from 1.
    attempt: int


@dataclass(frozen=True)
class ResponseEvent:
    """A response was received, with any status.

    If the call has ``_preload_content=False``, the body has not been read yet.
    """

    call: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    #: Seconds from sending the request to having read the response.
    elapsed: float
    attempt: int


@dataclass(frozen=True)
class RetryEvent:
    """The request will be sent again."""

    call: str
    method: str
    url: str
    #: The reason for the retry: ``status 503``, or the error of the transport.
    reason: str
    #: Seconds to wait before the retry.
    wait: float
    #: The number of the attempt that failed, from 1.
    attempt: int
