"""Values that must not be shown: they work as they are, and look like ``***``."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"

#: Words in a header's name that tell of a credential.
_TELLING = (
    "auth",
    "cookie",
    "token",
    "secret",
    "password",
    "credential",
    "signature",
    "api-key",
    "apikey",
)
#: A shorter text is no credential, and to mask it everywhere would garble what is shown.
_SHORTEST = 6
#: What stands between the credentials of a header: ``Bearer x``, ``a=x; b=y``, ``user="x", ...``.
_SEPARATORS = re.compile(r"[\s;,\"]+")


class Secret(str):
    """A text that is used as it is, and whose ``repr`` tells nothing.

    A notebook, a debugger, ``vars()`` and a log record with ``%r`` all show the ``repr``.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)


def secret(value: str | None) -> str | None:
    """The same text as a ``Secret``; None stays None."""
    return Secret(value) if isinstance(value, str) else value


class _GuardedDict(dict[str, Any]):
    """A dict that keeps some of its values as ``Secret``."""

    def __init__(self, items: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(items)
        for name, value in self.items():
            if type(value) is str and self._hides(name):
                super().__setitem__(name, Secret(value))

    def _hides(self, name: str) -> bool:
        raise NotImplementedError

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(
            name, Secret(value) if type(value) is str and self._hides(name) else value
        )

    def update(self, *items: Any, **named: Any) -> None:
        for name, value in dict(*items, **named).items():
            self[name] = value

    def setdefault(self, name: str, default: Any = None) -> Any:
        if name not in self:
            self[name] = default
        return self[name]

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (dict(self),))


class SecretDict(_GuardedDict):
    """A dict whose ``repr`` shows the keys and masks the values."""

    def _hides(self, name: str) -> bool:  # noqa: ARG002
        return True

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, MASK))


class HeaderDict(_GuardedDict):
    """Headers to send. The ``repr`` masks those that may carry a credential."""

    def _hides(self, name: str) -> bool:
        return is_sensitive(name)

    def __repr__(self) -> str:
        return repr(masked_headers(self))


@lru_cache(maxsize=256)
def is_sensitive(header: str) -> bool:
    """Whether a header of this name may carry a credential. Rate limits' names do not."""
    name = str(header).lower()
    return any(word in name for word in _TELLING) and not name.startswith("x-ratelimit-")


def masked_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of headers, for showing."""
    return {name: MASK if is_sensitive(name) else value for name, value in headers.items()}


def credentials_in(headers: Mapping[str, Any]) -> Iterator[Secret]:
    """What nobody may read of these headers: whole values, and what they are made of."""
    for name, value in headers.items():
        if value and is_sensitive(name):
            text = _text(value)
            yield Secret(text)
            yield from map(Secret, _parts(text))


def _parts(value: str) -> Iterator[str]:
    """What stands behind a scheme (``Bearer x``), and the values of parameters and cookies."""
    first, *others = _SEPARATORS.split(value)
    if others and first.lower() == "basic":
        yield _password(others[0])
    for word in others if others and "=" not in first else (first, *others):
        yield word
        yield word.partition("=")[2]


def _password(credentials: str) -> str:
    """The password of ``Basic`` credentials (RFC 7617)."""
    try:
        return base64.b64decode(credentials).decode("latin-1").partition(":")[2]
    except ValueError:
        return ""


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets, nor as a URL spells them."""
    spelled = {
        s for hidden in secrets for s in (hidden, quote(hidden, safe=""), quote_plus(hidden))
    }
    # Longest first: one may be a part of another.
    for hidden in sorted(spelled, key=len, reverse=True):
        if len(hidden) >= _SHORTEST:
            text = text.replace(hidden, MASK)
    return text


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
