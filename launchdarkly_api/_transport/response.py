"""A response of the service: status, headers and body."""

from __future__ import annotations

from typing import Any

import urllib3
from urllib3.response import BaseHTTPResponse


class RESTResponse:
    """A response of the service. ``data`` is its body, empty if the body was not read."""

    def __init__(self, response: BaseHTTPResponse, data: bytes = b"") -> None:
        self.urllib3_response = response
        self.status: int = response.status
        self.reason: str | None = response.reason
        # A test double, such as a recorder's response, may hold its headers in another mapping.
        headers: Any = response.headers
        if not isinstance(headers, urllib3.HTTPHeaderDict):
            headers = urllib3.HTTPHeaderDict(headers.items())
        self.headers: urllib3.HTTPHeaderDict = headers
        self.data: Any = data
        #: The number of requests that were sent to get it.
        self.attempts: int = 1

    @property
    def tries(self) -> int:
        """Alias of ``attempts``, for code written for earlier versions."""
        return self.attempts

    @property
    def is_success(self) -> bool:
        return 200 <= self.status <= 299

    def getheaders(self) -> Any:
        """The headers, as a case-insensitive mapping."""
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """The value of one header; ``default`` if the response does not have it."""
        value: str | None = self.headers.get(name, default)
        return value
