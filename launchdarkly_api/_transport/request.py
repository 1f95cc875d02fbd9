"""A request on its way to the transport."""

from __future__ import annotations

import re
from typing import Any

from launchdarkly_api._transport.boundary import Masker
from launchdarkly_api.exceptions import ApiValueError

#: RFC 9110, 9.1: a method is a token.
_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Request:
    """One request, ready to be sent. Its ``repr`` shows nothing that nobody may read.

    - ``call``: the call that it is for
    - ``origin``: scheme, host and port
    - ``target``: path and query
    - ``preload``: whether the answer is to be read
    - ``secrets``: further texts that nobody may read, beside those that ``headers`` hold
    - ``masker``: masks those in whatever is shown of the request and of its response
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
        """Texts that nobody may read, those that headers hold included."""
        return self.masker.secrets

    def check(self) -> None:
        """``ApiValueError`` where the request line would not be one."""
        if not _METHOD.fullmatch(self.method):
            raise ApiValueError(f"{self.method!r:.60} is no HTTP method")
        if not self.target.startswith("/") or _CONTROL.search(self.target):
            raise ApiValueError(
                f"The path {self.path!r:.60} must begin with / and hold no control character"
            )

    @property
    def path(self) -> str:
        """Path and query, without what nobody may read."""
        return str(self.masker(self.target))

    @property
    def url(self) -> str:
        """The whole URL, without what nobody may read."""
        return self.origin + self.path

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"

    def replaced(self, **changes: Any) -> Request:
        """The same request but for this. Both are of one call, and share a masker."""
        other = object.__new__(Request)
        vars(other).update(vars(self), **changes)
        if "headers" in changes:
            self.masker.learn(other.headers)
        return other
