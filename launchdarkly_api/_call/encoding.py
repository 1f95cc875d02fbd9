"""Encodes arguments for a request: path segments, query parameters, JSON text."""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.scalars import boolean, whole_number
from launchdarkly_api._support.secret import Secret
from launchdarkly_api._support.text import plain, text_of
from launchdarkly_api._transport.dot_segments import decoded_fully, has_dot_segment, has_dots
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
#: Whether a text is a segment of a path as it is, as nearly every key is.
is_plain_segment = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*").fullmatch


def encode_segment(name: str, value: Any, safe: str = "") -> str:
    """Quote a path parameter so that it is always exactly one segment of the path.

    Args:
        name: The name of the parameter, for messages.
        value: Its value.
        safe: The characters to keep unquoted.

    Returns:
        The quoted segment.

    Raises:
        ApiTypeError: The value is not text.
        ApiValueError: The value is empty, is or contains a dot segment in any encoding, contains a
            control character, or cannot be encoded.
    """
    if not isinstance(value, str):
        raise not_text(name, value)
    text = plain(value)
    if is_plain_segment(text):
        return text
    if not text:
        raise ApiValueError("A path parameter must not be empty", [name])
    decoded = decoded_fully(text)
    if _CONTROLS.search(decoded):
        raise ApiValueError(
            f"A path parameter must hold no control character: {text!r:.60}", [name]
        )
    if has_dots(decoded):
        raise ApiValueError(f"A path parameter must hold no dot segment: {text!r:.60}", [name])
    if _SURROGATES.search(text):
        raise ApiValueError(f"A path parameter must be valid Unicode: {text!r:.60}", [name])
    return quote(text, safe=plain(safe))


def not_text(name: str, value: Any) -> ApiTypeError:
    """Return the exception for a path parameter that is not text."""
    return ApiTypeError(f"Expected str, got {type(value).__name__}", [name], (str,))


def check_path(path: str) -> None:
    """Refuse a path with dot segments, which a server would resolve to another path.

    Raises:
        ApiValueError: The path has a dot segment.
    """
    if has_dot_segment(path.partition("?")[0]):
        raise ApiValueError(f"The path must hold no dot segment: {path!r:.60}")


def encode_query(parameters: Iterable[tuple[str, Any]]) -> str:
    """Encode query parameters as the part after the question mark. None is left out.

    Raises:
        ApiValueError: A name or value is not valid Unicode.
    """
    pairs = [(text_of(wire), _query_text(value)) for wire, value in parameters if value is not None]
    for wire, text in pairs:
        # Checked before encoding, because the encoder's error would contain the whole value, which
        # may be a credential.
        if _SURROGATES.search(text) or _SURROGATES.search(wire):
            raise ApiValueError(f"A query parameter must be valid Unicode: {text!r:.60}", [wire])
    return urlencode(pairs) if pairs else ""


def _query_text(value: Any) -> str:
    if isinstance(value, Secret):
        return value
    known = boolean(value)
    if known is not None:
        return str(known).lower()
    try:
        return text_of(value)
    except ValueError:
        # For example, an integer with more digits than Python converts to text.
        raise ApiValueError(f"A query parameter is not text: {shown(value)}") from None


def query_value(name: str, value: Any, expected: Any) -> Any:
    """Validate a query argument and convert it to the form in which it is sent.

    A collection becomes a comma-separated list. If a ``dict`` is expected, a mapping becomes a list
    of ``field:value``. A time may be epoch milliseconds, an aware ``datetime``, or ISO 8601 text.

    Args:
        name: The name of the argument, for messages.
        value: Its value.
        expected: The type of the parameter, as in ``Parameter``.

    Returns:
        The value to send, or None if the parameter is to be left out: for None and for an empty
        collection.

    Raises:
        ApiTypeError: The argument has another type.
        ApiValueError: An item is empty or holds a comma, or a time has no time zone.
    """
    if value is None:
        return None
    # Not ``is``, because tools that freeze the clock replace ``datetime`` with a subclass.
    if issubclass(expected, datetime):
        return epoch_milliseconds(name, value)
    if expected is int:
        number = whole_number(value)
        if number is not None:
            return number
        raise ApiTypeError(
            f"Expected int, got {type(value).__name__} {shown(value)}", [name], (int,)
        )
    if isinstance(value, str):
        return plain(value)
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
            f"Expected str or a list of str{also}, got {type(value).__name__} {shown(value)}",
            [name],
            (str, list, *classes),
        )
    return ",".join(words) or None


def _is_list(value: Any) -> bool:
    """Return whether this is a collection of items that can be read more than once."""
    return isinstance(value, Collection) and not isinstance(value, (str, bytes, bytearray, Mapping))


def _words_of_field(name: str, field: Any, given: Any) -> Collection[Any]:
    words: Collection[Any] = given if _is_list(given) else (given,)
    if len(words) == 0:
        # Whether it is sent or left out, an empty filter would select everything.
        raise ApiValueError("A field needs a value", [name, _word(name, field)])
    return words


def _word(name: str, item: Any) -> str:
    """Check an item of a comma-separated list, in which the service cannot escape commas."""
    if not isinstance(item, str):
        raise ApiTypeError(f"Expected str, got {type(item).__name__} {shown(item)}", [name], (str,))
    word = plain(item)
    if not word:
        raise ApiValueError("An item must not be empty", [name])
    if "," in word:
        raise ApiValueError(f"An item must hold no comma: {word!r:.60}", [name])
    return word


def epoch_milliseconds(name: str, value: Any) -> int:
    """Convert epoch milliseconds, an aware datetime or ISO 8601 text to epoch milliseconds.

    Raises:
        ApiTypeError: The value has another type.
        ApiValueError: The text is not ISO 8601, or the time has no time zone.
    """
    number = whole_number(value)
    if number is not None:
        return number
    if isinstance(value, str):
        from dateutil.parser import isoparse

        value = plain(value)
        try:
            value = isoparse(value)
        except (ValueError, OverflowError):
            raise ApiValueError(f"{value!r:.60} is not a time in ISO 8601", [name]) from None
    if not isinstance(value, datetime):
        raise ApiTypeError(
            "Expected epoch milliseconds, an aware datetime or an ISO 8601 text,"
            f" got {type(value).__name__} {shown(value)}",
            [name],
            (int, datetime, str),
        )
    if value.tzinfo is None or value.utcoffset() is None:
        raise ApiValueError(
            f"{value.isoformat()} has no time zone; write {value.isoformat()}+00:00 for UTC",
            [name],
        )
    return round(value.timestamp() * 1000)


def encode_json(value: Any) -> str:
    """Return JSON text in the default format of ``json.dumps``.

    Raises:
        ApiValueError: The value is nested too deep.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except RecursionError:
        raise ApiValueError("The body is nested too deep for JSON") from None
