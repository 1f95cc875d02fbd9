"""Request headers: checked, merged without regard to case, and with their secrets hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.secret import HeaderDict, NotText, Secret, is_sensitive, secret
from launchdarkly_api._support.text import checked_text, plain, text_of
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

#: RFC 9110, 5.6.2: a header's name is a token.
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
#: RFC 9110, 5.5: characters that end or damage a header, and all that a value must not have.
_BREAK = re.compile(r"[\r\n\0]")
_UNFIT = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
#: RFC 9112, 6: these determine the end of a request. If one of them is wrong, the server takes the
#: rest of the request for another request.
_FRAMING = frozenset(("content-length", "transfer-encoding"))


def guarded_headers(headers: Any) -> Any:
    """Hide the credentials in the headers of a caller, or all of a value that is not a mapping."""
    if type(headers) is HeaderDict:
        return headers
    if isinstance(headers, Mapping):
        return HeaderDict(cast("Mapping[str, Any]", headers))
    return secret(headers)


def checked_headers(argument: str, headers: Any) -> HeaderDict:
    """Return headers that come from ``guarded_headers``, if the caller gave a mapping.

    Raises:
        ApiTypeError: The caller gave a value of another type.
    """
    if not isinstance(headers, HeaderDict):
        kind = headers.kind if isinstance(headers, NotText) else "str"
        raise ApiTypeError(f"{argument} is of type {kind}; give a mapping", [argument])
    return headers


def merge_headers(layers: Iterable[Mapping[str, Any]]) -> HeaderDict:
    """Merge several layers of headers. A later layer overrides an earlier one.

    A value of ``None`` removes the header that earlier layers set.

    Raises:
        ApiTypeError: A name or a value is not text.
        ApiValueError: A name or a value has a character that it must not have, or the transport
            sets the header itself. The message names the header but does not show its value, which
            may be a secret.
    """
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer.items():
            if value is None:
                merged.pop(text_of(name).lower(), None)
                continue
            key, spelled, sensitive = (_checked_name if type(name) is str else _known)(name)
            if sensitive or not isinstance(value, str):
                # Hidden here too, because a traceback may show this function's variables.
                value = cast(Any, secret(value))
            if not isinstance(value, str):
                checked_text(f"The value of the header {name!r:.60}", value)
            text: str = value if type(value) in (str, Secret) else plain(value)
            # Text that is printable ASCII, as nearly every value is, has no such character.
            if not (text.isascii() and text.isprintable()) and _UNFIT.search(text):
                raise ApiValueError(f"The value of the header {name!r} holds {_why_unfit(text)}")
            merged[key] = (spelled, text)
    headers = HeaderDict()
    headers.adopt(merged.values())
    return headers


def _known(name: Any) -> tuple[str, str, bool]:
    """A header's name in lower case and as given, and whether its value may be a secret."""
    if not isinstance(name, str):
        raise ApiTypeError(f"{shown(name)} is of type {type(name).__name__}; give a header's name")
    return _checked_name(plain(name))


@lru_cache(maxsize=256)
def _checked_name(name: str) -> tuple[str, str, bool]:
    if not _NAME.fullmatch(name):
        raise ApiValueError(f"{name!r:.60} is not a valid header name")
    key = name.lower()
    if key in _FRAMING:
        raise ApiValueError(f"The header {name!r} is set by the transport; leave it out")
    return key, name, is_sensitive(name)


def _why_unfit(text: str) -> str:
    if _BREAK.search(text):
        return "a line break or a NUL"
    return "a character that no header may hold"
