"""An answer that was read whole, and what may be shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3.response import BaseHTTPResponse

from launchdarkly_api.secret import masked, masked_headers
from launchdarkly_api.transport.request import Request


class RESTResponse:
    """An answer of the service. ``data`` is its body."""

    def __init__(self, response: BaseHTTPResponse, data: bytes) -> None:
        self.urllib3_response = response
        self.status: int = response.status
        self.reason: str | None = response.reason
        self.headers: urllib3.HTTPHeaderDict = response.headers
        self.data: Any = data
        #: What it answers, as it was sent.
        self.request: Request | None = None

    @property
    def hidden(self) -> tuple[str, ...]:
        """Texts that nobody may read, and that the server was sent."""
        return () if self.request is None else self.request.hidden

    @property
    def is_success(self) -> bool:
        return 200 <= self.status <= 299

    def getheaders(self) -> Any:
        """The headers, as a case-insensitive mapping."""
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """One header's value."""
        value: str | None = self.headers.get(name, default)
        return value


class MaskedAnswer:
    """An answer as it may be shown and kept: a server may send back what it was sent."""

    def __init__(self, answer: RESTResponse) -> None:
        hidden = answer.hidden
        self.status: int = answer.status
        self.reason: str = masked(answer.reason or "", hidden)
        data = answer.data
        self.data: str = masked(
            data if isinstance(data, str) else data.decode("utf-8", "replace"), hidden
        )
        self.headers: Mapping[str, str] = urllib3.HTTPHeaderDict(
            (name, masked(value, hidden)) for name, value in answer.headers.items()
        )

    def __str__(self) -> str:
        return f"{self.status} headers={masked_headers(self.headers)} body={self.data!r}"
