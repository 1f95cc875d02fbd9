"""What hooks are told: ``Configuration.event_hooks`` holds lists of callables for each of these.

A hook is called in the thread that makes the call, with one of these as its only argument. An
exception that it raises reaches the caller of the API, and the request is not sent, or not sent
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RequestEvent:
    """A request is about to be sent. A hook may change ``headers``, to sign or to trace.

    They are of this request alone: one that repeats it begins with those of the call.
    """

    call: str
    method: str
    url: str
    headers: dict[str, Any]
    body: str | bytes | None = field(repr=False)
    #: 1 for the first request of a call.
    attempt: int


@dataclass(frozen=True)
class ResponseEvent:
    """An answer came, whatever its status. With ``_preload_content=False`` its body is to come."""

    call: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    #: Seconds from sending to having read the answer.
    elapsed: float
    attempt: int


@dataclass(frozen=True)
class RetryEvent:
    """The request is going to be sent again."""

    call: str
    method: str
    url: str
    #: Why: ``status 503``, or what the transport said.
    reason: str
    #: Seconds that are waited first.
    wait: float
    #: The number of the request that failed, from 1.
    attempt: int
