"""Values that must not be shown: they work as they are, and look like ``***``."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, SupportsIndex, cast
from urllib.parse import quote

from launchdarkly_api._support.text import plain

if TYPE_CHECKING:
    from typing_extensions import Self
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Self = Any

MASK = "***"

#: What a header's name holds where its value may be a credential. An author is none.
_TELLING = re.compile(
    r"auth(?!or(?!i[sz]))|cookie|token|secret|passw|passphrase|passcode|credential|signature|session"
    r"|jwt|bearer|csrf|xsrf|saml|hmac"
    r"|(?:\b|_|api|access|private)key(?![a-z])"
    # Short words, which longer ones hold as well: ``X-Ping``, ``X-Bypass``.
    r"|(?<![a-z])(?:pass|pwd|pin|otp|totp|sid)(?![a-z])"
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

    def __new__(cls, text: object = "") -> Self:
        # Without this, a member of an enumeration of texts would become its name.
        return super().__new__(cls, plain(text) if isinstance(text, str) else text)

    def __repr__(self) -> str:
        return repr(MASK)

    def __getitem__(self, index: SupportsIndex | slice) -> Secret:
        # Tools that show long texts cut them first, and call ``repr`` on what is left.
        return Secret(super().__getitem__(index))


class NotText:
    """Stands in for a value that had to be text. It knows the type, and does not hold the value."""

    __slots__ = ("kind",)

    def __init__(self, value: object) -> None:
        self.kind: str = type(value).__name__

    def __repr__(self) -> str:
        return f"<{self.kind}, not shown>"


def secret(value: str | None) -> str | None:
    """The same text as a ``Secret``. None stays None; anything else becomes ``NotText``."""
    if value is None or isinstance(value, (Secret, NotText)):
        return value
    return Secret(value) if isinstance(value, str) else cast(Any, NotText(value))


class _GuardedDict(dict[str, Any]):
    """A dict of texts that keeps some of its values as ``Secret``.

    A value that is not text is not kept: ``NotText`` takes its place, until it is refused.
    """

    def __init__(self, items: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__()
        self.update(items)

    def _hides(self, name: str) -> bool:
        raise NotImplementedError

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(name, str):
            name = plain(name)
        if value is not None and (not isinstance(value, str) or self._hides(name)):
            value = secret(value)
        elif type(value) is not Secret and isinstance(value, str):
            value = plain(value)
        super().__setitem__(name, value)

    def update(self, *items: Any, **named: Any) -> None:
        for name, value in dict(*items, **named).items():
            self[name] = value

    def adopt(self, items: Iterable[tuple[str, Any]]) -> None:
        """Add texts that are a ``Secret`` already if they have to be."""
        super().update(items)

    def __ior__(self, items: Any) -> Self:  # type: ignore[override,misc]
        self.update(items)
        return self

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
    both = f"{plain(user)}:{plain(password)}"
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
