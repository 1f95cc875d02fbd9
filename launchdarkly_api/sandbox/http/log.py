"""The log of requests."""

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

#: The number of requests that the log keeps. Older ones are discarded.
CAPACITY = 10_000
MASK = "***"

#: A shorter token may be an ordinary word, and to mask it would garble other text.
SHORTEST_MASKED = 8


class TokenMask:
    """Masks the access token, except within a longer word."""

    def __init__(self, token: str) -> None:
        self._spellings: set[str] = set()
        if len(token) >= SHORTEST_MASKED:
            self._spellings = {token, quote(token, safe=""), json.dumps(token)[1:-1]}
        longest_first = sorted(map(re.escape, self._spellings), key=len, reverse=True)
        # A percent-encoded character may stand before the token.
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
        """Return the masked headers, with names in lower case."""
        return {
            name.lower(): MASK if name.lower() == "authorization" else self.text(value)
            for name, value in headers
        }


@dataclass(frozen=True)
class RecordedRequest:
    """One request and the status of its response.

    The access token is masked. A malformed request, such as one with a line that is too long, is
    recorded as far as it could be read. ``status`` is 0 if the connection was dropped without a
    response.
    """

    method: str
    #: The path as it was sent, percent-encoded.
    path: str
    #: The query as it was sent, without the question mark.
    query: str
    #: Header names in lower case.
    headers: Mapping[str, str]
    body: bytes
    #: The call, or None if the method and path match none.
    call: Call | None
    status: int
    #: The time that the sandbox took from reading the request to having the response, without the
    #: delays of faults and latency.
    milliseconds: float

    def json(self) -> Any:
        """Return the parsed body."""
        return json.loads(self.body)

    @property
    def target(self) -> str:
        """The path and the query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        status = self.status or "dropped"
        return f"{self.method or '-'} {self.target or '-'} {status} {self.milliseconds:.1f} ms"


class RequestLog(Sequence[RecordedRequest]):
    """The requests in the order of their responses. Read it like a list."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[RecordedRequest] = deque(maxlen=CAPACITY)

    def add(self, request: RecordedRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Remove all requests."""
        with self._lock:
            self._requests.clear()

    def of(self, call: Call) -> list[RecordedRequest]:
        """Return the requests of one call, such as ``requests.of("patch_experiment")``."""
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
