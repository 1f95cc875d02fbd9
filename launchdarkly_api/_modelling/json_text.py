"""Parses JSON text: with msgspec if it is installed (extra ``fast``), otherwise with ``json``."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any


def parse_json(text: str | bytes) -> Any:
    """Parse a JSON text, with the results and exceptions of ``json.loads``.

    Raises:
        ValueError: The text is not JSON.
        RecursionError: The text is nested too deep.
    """
    return _parser()(text)


#: An integer beyond 64 bits, which msgspec 0.18 decodes wrongly: it wraps around.
_LARGE = 2**64 + 1


@cache
def _parser() -> Callable[[str | bytes], Any]:
    """Return the fastest installed parser that is correct.

    msgspec is imported with the first response, so that it does not slow down importing the client.
    It preserves integers of any size; orjson silently turns large ones into floats.
    """
    try:
        from msgspec import MsgspecError
        from msgspec.json import decode
    except ImportError:
        return json.loads
    if decode(str(_LARGE)) != _LARGE:
        return json.loads

    def parse(text: str | bytes) -> Any:
        # ``json`` also reads bytes in UTF-16 and UTF-32, so it parses all bytes.
        if isinstance(text, str):
            try:
                return decode(text)
            except (MsgspecError, UnicodeEncodeError, RecursionError):
                # Either an error, which ``json`` describes below, or a text that only ``json``
                # accepts: with a lone surrogate, NaN, or a number too large for a float.
                pass
        return json.loads(text)

    return parse
