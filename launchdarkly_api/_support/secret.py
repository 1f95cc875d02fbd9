"""Values that must not be shown. They can be used as they are, but their ``repr`` is ``***``."""

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

#: The parts of a header's name that indicate a credential. ``Author`` does not.
_TELLING = re.compile(
    r"auth(?!or(?!i[sz]))|cookie|token|secret|passw|passphrase|passcode|credential|signature|session"
    r"|jwt|bearer|csrf|xsrf|saml|hmac"
    r"|(?:\b|_|api|access|private)key(?![a-z])"
    # Short words count only if they are not part of a longer one: ``X-Ping``, ``X-Bypass``.
    r"|(?<![a-z])(?:pass|pwd|pin|otp|totp|sid)(?![a-z])"
)
#: The characters that begin an escape, or stand for a space.
_ESCAPES = re.compile(r"[\\%&+]")
#: Shorter texts are not masked: they are unlikely to be credentials, and may occur in any text.
_SHORTEST = 6
#: The separators in a header with credentials: ``Bearer x``, ``a=x; b=y``, ``user="x", ...``.
_SEPARATORS = re.compile(r"[\s;,\"]+")


class Secret(str):
    """A string whose ``repr`` is masked.

    Notebooks, debuggers, ``vars()`` and log records with ``%r`` show the ``repr``.
    """

    __slots__ = ()

    def __new__(cls, text: object = "") -> Self:
        # ``plain``, because ``str`` of a member of a string enumeration is its name.
        return super().__new__(cls, plain(text) if isinstance(text, str) else text)

    def __repr__(self) -> str:
        return repr(MASK)

    def __getitem__(self, index: SupportsIndex | slice) -> Secret:
        # Tools that shorten long texts call ``repr`` on a slice, which must be masked too.
        return Secret(super().__getitem__(index))


class NotText:
    """A placeholder for a value that should be text. It holds the type, but not the value."""

    __slots__ = ("kind",)

    def __init__(self, value: object) -> None:
        self.kind: str = type(value).__name__

    def __repr__(self) -> str:
        return f"<{self.kind}, not shown>"


def secret(value: str | None) -> str | None:
    """Convert text to a ``Secret``. None stays None, and any other value becomes ``NotText``."""
    if value is None or isinstance(value, (Secret, NotText)):
        return value
    return Secret(value) if isinstance(value, str) else cast(Any, NotText(value))


class _GuardedDict(dict[str, Any]):
    """A dict of strings that stores some of its values as ``Secret``.

    A value that is not a string is replaced by ``NotText``, until a later check refuses it.
    """

    def __init__(self, items: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__()
        if items:
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
        """Add items without conversion. Values to be masked must already be ``Secret``."""
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
    """Headers to send. The ``repr`` masks those that may hold a credential."""

    def _hides(self, name: str) -> bool:
        return is_sensitive(name)

    def __repr__(self) -> str:
        return repr(masked_headers(self))


@lru_cache(maxsize=256)
def is_sensitive(header: str) -> bool:
    """Return whether a header of this name may hold a credential. Rate limit headers do not."""
    name = str(header).lower()
    return bool(_TELLING.search(name)) and not name.startswith("x-ratelimit-")


def masked_headers(headers: Mapping[str, Any], secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Return a copy of headers for display, without credentials and without these secrets."""
    return {
        name: MASK if is_sensitive(name) else masked(value, secrets) if secrets else value
        for name, value in headers.items()
    }


def credentials_in(headers: Mapping[str, Any]) -> Iterator[Secret]:
    """Yield the credentials in headers: whole values, and their parts."""
    for name, value in headers.items():
        if value and is_sensitive(name):
            text = _text(value)
            yield Secret(text)
            yield from map(Secret, _parts(text))


def _parts(value: str) -> Iterator[str]:
    """Yield the credential after a scheme (``Bearer x``), and values of parameters and cookies."""
    first, *others = _SEPARATORS.split(value)
    if others and first.lower() == "basic":
        yield _password(others[0])
    for word in others if others and "=" not in first else (first, *others):
        yield word
        yield word.partition("=")[2]


def basic_credentials(user: str, password: str) -> Secret:
    """Return an ``Authorization`` header for a user and a password (RFC 7617)."""
    both = f"{plain(user)}:{plain(password)}"
    try:
        octets = both.encode("latin-1")
    except UnicodeEncodeError:
        octets = both.encode("utf-8", "surrogatepass")
    return Secret("Basic " + base64.b64encode(octets).decode())


def _password(credentials: str) -> str:
    """Return the password in ``Basic`` credentials (RFC 7617)."""
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
    """Mask these secrets in a text, also as escaped in URLs, JSON and HTML."""
    # Longest first, because a secret may be a part of another.
    hidden = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
    for one in hidden:
        text = text.replace(one, MASK)
    if hidden and _ESCAPES.search(text):
        for one in hidden:
            text = re.sub("".join(map(_spellings, one)), MASK, text)
    return text


def _spellings(character: str) -> str:
    """Return a pattern for a character and all of its escaped forms."""
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
