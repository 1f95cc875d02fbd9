"""Headers to send: checked, merged without regard to case, with secrets that do not show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from launchdarkly_api.exceptions import ApiValueError
from launchdarkly_api.secret import HeaderDict, Secret, is_sensitive

#: RFC 9110, 5.6.2: what a header's name is made of.
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
#: RFC 9110, 5.5: what no header's value may hold, and what HTTP/1.1 cannot carry.
_BREAK = re.compile(r"[\r\n\0]")
_UNFIT = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
#: RFC 9112, 6: these say where a request ends. A wrong one makes the rest of it another request.
_FRAMING = frozenset(("content-length", "transfer-encoding"))


def merge_headers(layers: Iterable[Mapping[str, Any]]) -> HeaderDict:
    """One set of headers out of several, later ones winning.

    A header whose value is None is not sent, whatever earlier layers have. ``ApiValueError`` names
    the header that would break the request's frame, and not its value, which may be a secret.
    """
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer.items():
            if value is None:
                merged.pop(str(name).lower(), None)
                continue
            key, sensitive = _known(name)
            text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
            if sensitive:
                # Also in the frame that an error leaves from.
                value = text = Secret(text)
            if _UNFIT.search(text):
                raise ApiValueError(f"The value of the header {name!r} holds {_why_unfit(text)}")
            merged[key] = (name, text)
    return HeaderDict(merged.values())


@lru_cache(maxsize=256)
def _known(name: str) -> tuple[str, bool]:
    """A header's name without regard to case, and whether its value may be a secret."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ApiValueError(f"{name!r:.60} is no name that a header may have")
    key = name.lower()
    if key in _FRAMING:
        raise ApiValueError(f"The header {name!r} is set by the transport; leave it out")
    return key, is_sensitive(name)


def _why_unfit(text: str) -> str:
    if _BREAK.search(text):
        return "a line break or a NUL"
    return "a character that no header may hold"
