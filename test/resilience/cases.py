"""Cases: a script for the server, and the attempts, waits and exception that must follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, NamedTuple

from launchdarkly_api.exceptions import ApiConnectionException
from test.fault_server import Reaction
from test.resilience.places import Setting, server
from test.resilience.tools import RecordingClock

Script = Sequence[Reaction] | Callable[[RecordingClock], Sequence[Reaction]]

SAFE_TO_REPEAT = ("GET", "PUT", "DELETE")
SENT_ONCE = ("POST", "PATCH")
METHODS = (*SAFE_TO_REPEAT, *SENT_ONCE)
#: The first attempt, and three retries.
ATTEMPTS = 4


class Failure(NamedTuple):
    """The exception that the caller gets."""

    #: A part of the message.
    says: str
    kind: type[Exception] = ApiConnectionException
    status: int | None = 0
    retry_after: float | None = None


@dataclass(frozen=True)
class Case:
    """One fault, and its consequences."""

    name: str
    #: Reactions to one request after the other; each request after them succeeds.
    script: Script
    #: None if the call succeeds.
    failure: Failure | None = None
    _: KW_ONLY
    method: str = "GET"
    attempts: int = 1
    #: Seconds before each further attempt; None if each wait is random.
    waits: Sequence[float] | None = None
    #: How many requests the server reads; None if it reads that of every attempt.
    requests: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    place: Setting = server


class Row(NamedTuple):
    """A row of the guide, and its cases."""

    happens: str
    does: str
    sees: str
    cases: Sequence[Case]


def succeeds(name: str, reaction: Reaction, method: str = "GET") -> Case:
    """The first attempt succeeds."""
    return Case(name, [reaction], method=method)


def recovers(name: str, *reactions: Reaction, method: str = "GET", **more: Any) -> Case:
    """Another attempt follows each of the reactions, and the last attempt succeeds."""
    return Case(name, reactions, method=method, attempts=len(reactions) + 1, **more)


def fails(
    name: str, reaction: Reaction, failure: Failure, method: str = "GET", **more: Any
) -> Case:
    """The first attempt fails, and no other follows."""
    return Case(name, [reaction], failure, method=method, **more)


def keeps_failing(
    name: str, reaction: Reaction, failure: Failure, method: str = "GET", **more: Any
) -> Case:
    """Every attempt fails in the same way."""
    script = [reaction] * ATTEMPTS
    return Case(name, script, failure, method=method, attempts=ATTEMPTS, **more)


def unread(
    name: str, place: Setting, failure: Failure, method: str = "GET", *, attempts: int = 1
) -> Case:
    """No attempt gets as far as a request."""
    return Case(name, [], failure, method=method, attempts=attempts, requests=0, place=place)


def by_method(name: str, reaction: Reaction, failure: Failure, **more: Any) -> list[Case]:
    """A method that is safe to repeat makes every attempt, and any other method makes one."""
    return [
        *(
            keeps_failing(f"{name} {method} for ever", reaction, failure, method, **more)
            for method in SAFE_TO_REPEAT
        ),
        *(fails(f"{name} {method}", reaction, failure, method, **more) for method in SENT_ONCE),
    ]
