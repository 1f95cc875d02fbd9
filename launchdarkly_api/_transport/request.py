"""A request in the form that the transport takes."""

from __future__ import annotations

import re
from typing import Any

from launchdarkly_api._transport.boundary import Masker
from launchdarkly_api.exceptions import ApiValueError

#: RFC 9110, 9.1: a method is a token.
_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Request:
    """One request, ready to be sent. Its ``repr`` masks secrets.

    - ``call``: the name of the call that sends it
    - ``origin``: scheme, host and port
    - ``target``: path and query
    - ``preload``: whether to read the body of the response
    - ``secrets``: texts to mask in addition to the credentials in ``headers``
    - ``masker``: masks both in everything that is shown of the request and of its response
    """

    def __init__(
        self,
        call: str,
        method: str,
        origin: str,
        target: str,
        headers: dict[str, Any],
        body: str | bytes | None = None,
        timeout: Any = None,
        preload: bool = True,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self.call = call
        self.method = method
        self.origin = origin
        self.target = target
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.preload = preload
        self.masker: Masker = Masker(headers, secrets)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All texts to mask, including the credentials in the headers."""
        return self.masker.secrets

    def check(self) -> None:
        """Check the parts of the request line.

        Raises:
            ApiValueError: The method is not a token, or the target does not begin with ``/`` or
                holds a control character.
        """
        if not _METHOD.fullmatch(self.method):
            raise ApiValueError(f"{self.method!r:.60} is not an HTTP method")
        if not self.target.startswith("/") or _CONTROL.search(self.target):
            raise ApiValueError(
                f"The path {self.path!r:.60} must begin with / and hold no control character"
            )

    @property
    def path(self) -> str:
        """Path and query, with secrets masked."""
        return str(self.masker(self.target))

    @property
    def url(self) -> str:
        """The whole URL, with secrets masked."""
        return self.origin + self.path

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"

    def replaced(self, **changes: Any) -> Request:
        """Return a copy with these changes. Both belong to one call, and share a masker."""
        other = object.__new__(Request)
        vars(other).update(vars(self), **changes)
        if "headers" in changes:
            self.masker.learn(other.headers)
        return other
