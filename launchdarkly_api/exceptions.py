"""The exceptions of this library, and the mapping from a status to an exception.

::

    OpenApiException
     ├── ApiTypeError (TypeError)            a value of the wrong type, sent or received
     ├── ApiValueError (ValueError)          a value that is not allowed, sent or received
     ├── ApiAttributeError (AttributeError)  a model has no such attribute
     ├── ApiKeyError (KeyError)              an unknown name
     ├── future.ResultTimeout (TimeoutError) a background call did not finish in time
     └── ApiException                        a call that did not succeed
          ├── BadRequestException            400
          ├── UnauthorizedException          401
          ├── ForbiddenException             403
          ├── NotFoundException              404
          ├── MethodNotAllowedException      405
          ├── ConflictException              409
          ├── UnprocessableEntityException   422
          ├── RateLimitedException           429
          ├── ServiceException               5xx
          └── ApiConnectionException (urllib3 HTTPError)       no usable response
               └── ApiTimeoutException (TimeoutError)          no response in time

``InsecureTransportWarning`` is a warning, not an error.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

import urllib3.exceptions

from launchdarkly_api._support.charset import decode_text
from launchdarkly_api._support.errors import (
    ApiAttributeError,
    ApiKeyError,
    ApiTypeError,
    ApiValueError,
    OpenApiException,
    PathItem,
    render_path,
)
from launchdarkly_api._support.printable import printable

__all__ = [
    "ApiAttributeError",
    "ApiConnectionException",
    "ApiException",
    "ApiKeyError",
    "ApiTimeoutException",
    "ApiTypeError",
    "ApiValueError",
    "BadRequestException",
    "ConflictException",
    "ForbiddenException",
    "InsecureTransportWarning",
    "MethodNotAllowedException",
    "NotFoundException",
    "OpenApiException",
    "PathItem",
    "RateLimitedException",
    "ServiceException",
    "UnauthorizedException",
    "UnprocessableEntityException",
    "exception_for_status",
    "render_path",
]

if TYPE_CHECKING:
    from launchdarkly_api.model_utils import Model
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Model = Any


class ApiException(OpenApiException):
    """A call that did not succeed.

    Every attribute is plain data, so that the exception can be pickled and stored. The access token
    is masked in all of them.

    - ``status``: the HTTP status, or 0 if no response was received
    - ``reason``: the reason phrase, or a description of the failure
    - ``body``: the body of the response as text, or None
    - ``headers``: the headers of the response, or None
    - ``code``, ``message``, ``error_id``: the code, message and id in the body, or None
    - ``error``: the body as the error model of the contract, or None
    - ``retry_after``: the seconds that the service asks to wait, or None
    - ``method``, ``url``: the request that failed, or None
    - ``attempts``: the number of requests that were sent
    - ``note``: further information from this library, or None
    """

    #: The name of the contract's model for the body of a response with this status.
    error_model: ClassVar[str | None] = None

    status: int | None = None
    reason: str | None = None
    body: str | None = None
    headers: Mapping[str, str] | None = None
    code: str | None = None
    message: str | None = None
    error_id: str | None = None
    error: Model | None = None
    retry_after: float | None = None
    method: str | None = None
    url: str | None = None
    attempts: int = 1
    note: str | None = None

    def __init__(
        self, status: int | None = None, reason: str | None = None, http_resp: Any = None
    ) -> None:
        self.status = status
        self.reason = reason
        self.body = None
        self.headers = None
        if http_resp is not None:
            self.status = http_resp.status
            self.reason = http_resp.reason
            # Test doubles written for 13.0.0 may have only the method.
            get = getattr(http_resp, "getheaders", None)
            self.headers = get() if get else http_resp.headers
            self.body = _body_text(http_resp.data, self.headers)
            self._read_body()

    @property
    def tries(self) -> int:
        """Alias of ``attempts``, for code written for earlier versions."""
        return self.attempts

    @tries.setter
    def tries(self, number: int) -> None:
        self.attempts = number

    def _read_body(self) -> None:
        try:
            body: Any = json.loads(self.body or "")
        except (ValueError, RecursionError):
            return
        if isinstance(body, dict):
            fields = cast("dict[str, Any]", body)
            self.code = _text(fields, "code")
            self.message = _text(fields, "message")
            self.error_id = _text(fields, "id")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.args, self.__dict__.copy()))

    def __str__(self) -> str:
        outcome = [str(part) for part in (self.status, self.reason) if part]
        parts = [_shortened(" ".join(outcome), 400) or "No response"]
        if self.message:
            parts.append(f": {_shortened(self.message, 1000)}")
        elif self.body:
            parts.append(f": {_shortened(self.body)}")
        if self.code:
            parts.append(f" [{_shortened(self.code)}]")
        if self.method and self.url:
            parts.append(f" ({self.method} {self.url}")
            parts.append(f", {self.attempts} attempts)" if self.attempts > 1 else ")")
        if self.retry_after is not None:
            parts.append(f"; the service asks to wait {self.retry_after:g} s")
        if self.error_id:
            parts.append(f"; error id {_shortened(self.error_id)}")
        if self.note:
            parts.append(f". {self.note}")
        return printable("".join(parts))


class BadRequestException(ApiException):
    """400: the service could not understand the request, or rejects it."""

    error_model: ClassVar[str | None] = "InvalidRequestErrorRep"


class UnauthorizedException(ApiException):
    """401: the access token is missing or not valid."""

    error_model: ClassVar[str | None] = "UnauthorizedErrorRep"


class ForbiddenException(ApiException):
    """403: the access token does not allow this call."""

    error_model: ClassVar[str | None] = "ForbiddenErrorRep"


class NotFoundException(ApiException):
    """404: a key in the path does not exist."""

    error_model: ClassVar[str | None] = "NotFoundErrorRep"


class MethodNotAllowedException(ApiException):
    """405: the resource does not support this method."""

    error_model: ClassVar[str | None] = "MethodNotAllowedErrorRep"


class ConflictException(ApiException):
    """409: the key is already in use, or the resource was changed at the same time."""

    error_model: ClassVar[str | None] = "StatusConflictErrorRep"


class UnprocessableEntityException(ApiException):
    """422: the patch could not be applied."""


class RateLimitedException(ApiException):
    """429: too many calls; ``retry_after`` is the time to wait, if the service reports it."""

    error_model: ClassVar[str | None] = "RateLimitedErrorRep"


class ServiceException(ApiException):
    """5xx: the service, or a proxy in front of it, failed."""


class ApiConnectionException(ApiException, urllib3.exceptions.HTTPError):
    """No usable response: refused, reset, cut off, host not found, TLS or proxy failure.

    ``status`` is 0 and ``__cause__`` is the exception that the transport raised.
    """


class ApiTimeoutException(
    ApiConnectionException, urllib3.exceptions.TimeoutError, builtins.TimeoutError
):
    """The connection or the response timed out."""


class InsecureTransportWarning(urllib3.exceptions.SecurityWarning):
    """An access token is sent to another machine over plain HTTP, on which others can read it."""


_BY_STATUS: dict[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    405: MethodNotAllowedException,
    409: ConflictException,
    422: UnprocessableEntityException,
    429: RateLimitedException,
}


def exception_for_status(status: int) -> type[ApiException]:
    """Return the exception class for the status of a response that is not a success.

    Args:
        status: The HTTP status.

    Returns:
        ``ApiException`` or a subclass.
    """
    if 500 <= status <= 599:
        return ServiceException
    return _BY_STATUS.get(status, ApiException)


def _rebuild(cls: type[ApiException], args: tuple[Any, ...], state: dict[str, Any]) -> ApiException:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _body_text(data: Any, headers: Any) -> Any:
    if not isinstance(data, bytes):
        return data
    # Test doubles may have headers of any type, or none.
    get = getattr(headers, "get", None)
    declared = (get("Content-Type") or get("content-type")) if get else None
    return decode_text(data, declared if isinstance(declared, str) else None, "replace")


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def _shortened(body: str, limit: int = 200) -> str:
    words = " ".join(body.split())
    return words if len(words) <= limit else f"{words[:limit]}…"
