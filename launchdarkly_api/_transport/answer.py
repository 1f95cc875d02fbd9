"""A response that was read whole."""

from __future__ import annotations

from typing import Any

import urllib3
from urllib3.response import BaseHTTPResponse


class RESTResponse:
    """A response of the service. ``data`` is its body."""

    def __init__(self, response: BaseHTTPResponse, data: bytes = b"") -> None:
        self.urllib3_response = response
        self.status: int = response.status
        self.reason: str | None = response.reason
        # A double of a response, such as a recorder's, may hold its headers in another mapping.
        headers: Any = response.headers
        if not isinstance(headers, urllib3.HTTPHeaderDict):
            headers = urllib3.HTTPHeaderDict(headers.items())
        self.headers: urllib3.HTTPHeaderDict = headers
        self.data: Any = data
        #: How many requests were sent for it.
        self.tries: int = 1

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
