"""Parsing of JSON text: by msgspec if it is installed (extra ``fast``), else by ``json``."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text, with the results and the exceptions of ``json.loads``.

    Raises:
        ValueError: The text is not JSON.
        RecursionError: The text is nested too deep.
    """
    return _parser()(text)


#: An integer beyond 64 bits. msgspec 0.18 wraps it around.
_LARGE = 2**64 + 1


@cache
def _parser() -> Callable[[str | bytes], Any]:
    """The fastest parser that is installed and right.

    msgspec is imported with the first response, so that importing the client costs no more for it.
    It keeps integers of any size, which orjson turns into floats without a word.
    """
    try:
        from msgspec import MsgspecError
        from msgspec.json import decode
    except ImportError:
        return json.loads
    if decode(str(_LARGE)) != _LARGE:
        return json.loads

    def parse(text: str | bytes) -> Any:
        # From bytes, ``json`` reads UTF-16 and UTF-32 as well.
        if isinstance(text, str):
            try:
                return decode(text)
            except (MsgspecError, UnicodeEncodeError, RecursionError):
                # An error, which ``json`` describes, or what only ``json`` accepts: a lone
                # surrogate, NaN, a number that is too large for a float.
                pass
        return json.loads(text)

    return parse
