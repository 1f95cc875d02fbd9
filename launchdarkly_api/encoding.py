"""Arguments on their way into a request: path segments, query parameters, JSON text."""

# Values of any type come by here, so their parts are of no type that is known.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode

from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
#: A dot segment, also with what some servers drop before they resolve it.
_DOTS = re.compile(r"\s*\.\.?\s*([;?#\0].*)?", re.DOTALL)
#: A dot as no standard has it: in too many octets, and as IIS reads it.
_ODD_DOTS = re.compile(r"%c0%ae|%e0%80%ae|%u002e", re.IGNORECASE)
_PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*")


def encode_segment(name: str, value: Any, safe: str = "") -> str:
    """A path parameter, quoted whole: it names one thing, whatever it holds.

    ``ApiValueError`` where it would name another: empty, ``.`` or ``..`` in any spelling, or with
    a control character.
    """
    if not isinstance(value, str):
        raise ApiTypeError(
            f"Expected str, got {type(value).__name__} {value!r:.60}", [name], (str,)
        )
    if _PLAIN_SEGMENT.fullmatch(value):
        return value
    if not value:
        raise ApiValueError("A path parameter must not be empty", [name])
    if _CONTROLS.search(_decoded(value)):
        raise ApiValueError(
            f"A path parameter must hold no control character: {value!r:.60}", [name]
        )
    if _has_dot_segment(value):
        raise ApiValueError(f"A path parameter must hold no dot segment: {value!r:.60}", [name])
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError:
        raise ApiValueError(
            f"A path parameter must be valid Unicode: {value!r:.60}", [name]
        ) from None


def _has_dot_segment(value: str) -> bool:
    """Whether ``.`` or ``..`` is in it for anyone who decodes it once more, or slashes as well."""
    from unicodedata import category, normalize

    text = "".join(c for c in normalize("NFKC", _decoded(value)) if category(c) != "Cf")
    return any(_DOTS.fullmatch(part) for part in re.split(r"[/\\]", text))


def _decoded(value: str) -> str:
    """What is left when whoever comes after has decoded it as often as it can be."""
    while (decoded := unquote(_ODD_DOTS.sub(".", value))) != value:
        value = decoded
    return value


def check_path(path: str) -> None:
    """``ApiValueError`` where a path leads elsewhere than it says: a server would resolve it."""
    if _has_dot_segment(path.partition("?")[0]):
        raise ApiValueError(f"The path must hold no dot segment: {path!r:.60}")


def encode_query(parameters: Iterable[tuple[str, Any]]) -> str:
    """Query parameters as they stand after the question mark; those that are None are left out."""
    pairs = [(wire, _query_text(value)) for wire, value in parameters if value is not None]
    try:
        return urlencode(pairs) if pairs else ""
    except UnicodeEncodeError as error:
        raise ApiValueError(
            f"A query parameter must be valid Unicode: {error.object!r:.60}"
        ) from None


def _query_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def query_value(name: str, value: Any, expected: Any) -> Any:
    """A query argument in the form in which it is sent. None leaves it out, as what is empty does.

    A collection is joined with commas. Where a ``dict`` is expected, a mapping is too, as
    ``field:value``. A time may be epoch milliseconds, an aware ``datetime``, or an ISO 8601 text.
    """
    if value is None:
        return None
    if expected is datetime.datetime:
        return epoch_milliseconds(name, value)
    if expected is int:
        if isinstance(value, int) and not isinstance(value, bool):
            return int(value)
        raise ApiTypeError(
            f"Expected int, got {type(value).__name__} {value!r:.60}", [name], (int,)
        )
    if isinstance(value, str):
        return str(str.__str__(value))
    if isinstance(value, Mapping) and expected is dict:
        words = [
            f"{_word(name, field)}:{_word(name, word)}"
            for field, given in value.items()
            for word in _words_of_field(name, field, given)
        ]
    elif _is_list(value):
        words = [_word(name, item) for item in value]
    else:
        also, classes = (", or a mapping", (dict,)) if expected is dict else ("", ())
        raise ApiTypeError(
            f"Expected str or a list of str{also}, got {type(value).__name__} {value!r:.60}",
            [name],
            (str, list, *classes),
        )
    return ",".join(words) or None


def _is_list(value: Any) -> bool:
    """Whether this holds words, and may be read again."""
    return isinstance(value, Collection) and not isinstance(value, (str, bytes, bytearray, Mapping))


def _words_of_field(name: str, field: Any, given: Any) -> Collection[Any]:
    words: Collection[Any] = given if _is_list(given) else (given,)
    if not words:
        # Sent or left out, it would select everything.
        raise ApiValueError("A field needs a value", [name, _word(name, field)])
    return words


def _word(name: str, item: Any) -> str:
    """One item of a list in a query. The service splits at commas and knows no way to quote one."""
    if not isinstance(item, str):
        raise ApiTypeError(f"Expected str, got {type(item).__name__} {item!r:.60}", [name], (str,))
    if not item:
        raise ApiValueError("An item must not be empty", [name])
    if "," in item:
        raise ApiValueError(f"An item must hold no comma: {item!r:.60}", [name])
    return str(str.__str__(item))


def epoch_milliseconds(name: str, value: Any) -> int:
    """Epoch milliseconds from themselves, from an aware datetime, or from an ISO 8601 text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        from dateutil.parser import isoparse

        try:
            value = isoparse(value)
        except (ValueError, OverflowError):
            raise ApiValueError(f"{value!r:.60} is no time in ISO 8601", [name]) from None
    if not isinstance(value, datetime.datetime):
        raise ApiTypeError(
            "Expected epoch milliseconds, an aware datetime or an ISO 8601 text,"
            f" got {type(value).__name__} {value!r:.60}",
            [name],
            (int, datetime.datetime, str),
        )
    if value.tzinfo is None or value.utcoffset() is None:
        raise ApiValueError(
            f"{value.isoformat()} says no time zone; write {value.isoformat()}+00:00 for UTC",
            [name],
        )
    return round(value.timestamp() * 1000)


def encode_json(value: Any) -> str:
    """JSON text, as ``json.dumps`` lays it out by default."""
    try:
        return json.dumps(value, allow_nan=False)
    except RecursionError:
        raise ApiValueError("The body is nested too deep for JSON") from None
