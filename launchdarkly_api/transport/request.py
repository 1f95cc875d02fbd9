"""A request on its way to the transport."""

from __future__ import annotations

import re
from typing import Any

from launchdarkly_api.exceptions import ApiValueError
from launchdarkly_api.secret import credentials_in, masked

#: RFC 9110, 9.1: a method is a token.
_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Request:
    """One request, ready to be sent. Its ``repr`` shows nothing that nobody may read.

    - ``call``: the call that it is for
    - ``origin``: scheme, host and port
    - ``target``: path and query
    - ``preload``: whether the answer is to be read
    - ``secrets``: texts that nobody may read, beside those that ``headers`` hold
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
        self.secrets = secrets

    def check(self) -> None:
        """``ApiValueError`` where the request line would not be one."""
        if not _METHOD.fullmatch(self.method):
            raise ApiValueError(f"{self.method!r:.60} is no HTTP method")
        if not self.target.startswith("/") or _CONTROL.search(self.target):
            path = masked(self.target, self.hidden)
            raise ApiValueError(
                f"The path {path!r:.60} must begin with / and hold no control character"
            )

    @property
    def hidden(self) -> tuple[str, ...]:
        """All texts that nobody may read."""
        return (*self.secrets, *credentials_in(self.headers))

    @property
    def path(self) -> str:
        """Path and query, without what nobody may read."""
        return masked(self.target, self.hidden)

    @property
    def url(self) -> str:
        """The whole URL, without what nobody may read."""
        return self.origin + self.path

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"

    def replaced(self, **changes: Any) -> Request:
        """The same request but for this."""
        other = object.__new__(Request)
        vars(other).update(vars(self), **changes)
        return other
