"""The log of what arrived."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload
from urllib.parse import quote

from launchdarkly_api.sandbox.service.endpoints import Call

#: How many requests the log remembers; older ones fall out.
CAPACITY = 10_000
MASK = "***"

#: A shorter token may well be an ordinary word, and masking it would garble what is shown.
SHORTEST_MASKED = 8


class TokenMask:
    """Masks the access token where it stands by itself, not as a part of a longer word."""

    def __init__(self, token: str) -> None:
        self._spellings: set[str] = set()
        if len(token) >= SHORTEST_MASKED:
            self._spellings = {token, quote(token, safe=""), json.dumps(token)[1:-1]}
        longest_first = sorted(map(re.escape, self._spellings), key=len, reverse=True)
        # The digits before may be those of a percent-encoded character.
        self._pattern = re.compile(
            rf"(?:(?<=%[0-9A-Fa-f][0-9A-Fa-f])|(?<![\w-]))(?:{'|'.join(longest_first)})(?![\w-])",
            re.ASCII,
        )

    def text(self, value: str) -> str:
        if any(spelling in value for spelling in self._spellings):
            return self._pattern.sub(MASK, value)
        return value

    def body(self, value: bytes) -> bytes:
        return self.text(value.decode("latin-1")).encode("latin-1")

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """The headers, their names in lower case."""
        return {
            name.lower(): MASK if name.lower() == "authorization" else self.text(value)
            for name, value in headers
        }


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it arrived, and how it was answered.

    The access token is masked wherever it stood. What is no request, such as a line that is too
    long, is here with what is known of it. ``status`` is the status of the answer, or 0
    where the connection was dropped without one.
    """

    method: str
    #: The path as it was sent, percent-encoded.
    path: str
    #: The query as it was sent, without the question mark.
    query: str
    #: Header names in lower case.
    headers: Mapping[str, str]
    body: bytes
    #: The call that the method and path stand for, None where they are none.
    call: Call | None
    status: int
    #: The sandbox's own time, from having read the request to having the answer. What a fault or
    #: the latency lets it wait is not in it.
    milliseconds: float

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        status = self.status or "dropped"
        return f"{self.method or '-'} {self.target or '-'} {status} {self.milliseconds:.1f} ms"


class RequestLog(Sequence[RecordedRequest]):
    """The requests in the order in which they were answered, read like a list."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[RecordedRequest] = deque(maxlen=CAPACITY)

    def add(self, request: RecordedRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._requests.clear()

    def of(self, call: Call) -> list[RecordedRequest]:
        """The requests of one call, such as ``requests.of("patch_experiment")``."""
        return [request for request in self if request.call == call]

    def _snapshot(self) -> list[RecordedRequest]:
        with self._lock:
            return list(self._requests)

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(self._snapshot())

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordedRequest]: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | list[RecordedRequest]:
        return self._snapshot()[index]

    def __repr__(self) -> str:
        return f"<RequestLog of {len(self)} requests>"
