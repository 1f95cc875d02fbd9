"""Values that must not be shown: they work as they are, and look like ``***``."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, SupportsIndex
from urllib.parse import quote

MASK = "***"

#: What a header's name holds where its value may be a credential. An author is none.
_TELLING = re.compile(
    r"auth(?!or(?!i[sz]))|cookie|token|secret|passw|credential|signature|session|jwt|bearer"
    r"|(?:\b|_|api|access)key(?![a-z])"
)
#: What may stand for a character in a text that holds no such character.
_ESCAPES = re.compile(r"[\\%&+]")
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

    def __getitem__(self, index: SupportsIndex | slice) -> Secret:
        # Tools that show long texts cut them first, and call ``repr`` on what is left.
        return Secret(super().__getitem__(index))


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
    return bool(_TELLING.search(name)) and not name.startswith("x-ratelimit-")


def masked_headers(headers: Mapping[str, Any], secrets: Iterable[str] = ()) -> dict[str, Any]:
    """A copy of headers, for showing: without credentials, nor these secrets in other headers."""
    return {
        name: MASK if is_sensitive(name) else masked(value, secrets) if secrets else value
        for name, value in headers.items()
    }


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


def basic_credentials(user: str, password: str) -> Secret:
    """User and password as the value of an ``Authorization`` header (RFC 7617)."""
    both = f"{user}:{password}"
    try:
        octets = both.encode("latin-1")
    except UnicodeEncodeError:
        octets = both.encode("utf-8", "surrogatepass")
    return Secret("Basic " + base64.b64encode(octets).decode())


def _password(credentials: str) -> str:
    """The password of ``Basic`` credentials (RFC 7617)."""
    try:
        octets = base64.b64decode(credentials)
    except ValueError:
        return ""
    try:
        both = octets.decode()
    except UnicodeDecodeError:
        both = octets.decode("latin-1")
    return both.partition(":")[2]


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets, nor as URLs, JSON and HTML spell them."""
    # Longest first: one may be a part of another.
    hidden = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
    for one in hidden:
        text = text.replace(one, MASK)
    if hidden and _ESCAPES.search(text):
        for one in hidden:
            text = re.sub("".join(map(_spellings, one)), MASK, text)
    return text


def _spellings(character: str) -> str:
    """A pattern for all ways to write a character."""
    from html import escape

    in_url = quote(character.encode("utf-8", "surrogatepass"), safe="")
    if len(in_url) == 1:
        in_url = f"%{ord(character):02x}"
    utf16 = character.encode("utf-16-be", "surrogatepass").hex()
    in_json = "".join(rf"\\u{utf16[at : at + 4]}" for at in range(0, len(utf16), 4))
    in_html = rf"&#0*{ord(character)};|&#x0*{ord(character):x};|{re.escape(escape(character))}"
    plain = re.escape(character) + (r"|\+" if character == " " else "")
    return rf"(?:{plain}|\\{re.escape(character)}|(?i:{in_url}|{in_json}|{in_html}))"


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
