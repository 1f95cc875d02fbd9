"""An answer that was read whole, and what may be shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3.response import BaseHTTPResponse

from launchdarkly_api.exceptions import ApiException
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
        #: How many requests were sent for it.
        self.tries: int = 1

    @property
    def hidden(self) -> tuple[str, ...]:
        """Texts that nobody may read, and that the server was sent."""
        return () if self.request is None else self.request.hidden

    def shown_headers(self) -> urllib3.HTTPHeaderDict:
        """The headers, without what nobody may read."""
        hidden = self.hidden
        return urllib3.HTTPHeaderDict(
            (name, masked(value, hidden)) for name, value in self.headers.items()
        )

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
        self.headers: Mapping[str, str] = answer.shown_headers()

    def __str__(self) -> str:
        return f"{self.status} headers={masked_headers(self.headers)} body={self.data!r}"


def masked_exception(kind: type[ApiException], answer: RESTResponse) -> ApiException:
    """An exception that says of an answer what may be shown."""
    # What the service says is read before it is masked: a cookie's value may be a word of it.
    error = kind(http_resp=answer)
    shown = MaskedAnswer(answer)
    error.reason, error.body, error.headers = shown.reason, shown.data, shown.headers
    for name in ("code", "message", "error_id"):
        said = getattr(error, name)
        setattr(error, name, said and masked(said, answer.hidden))
    return error
