"""Whether an argument is what it should be. ``ValueError`` says what it should be."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Collection, Iterable
from typing import Any


def whole(name: str, value: Any, minimum: int = 0) -> int:
    """A whole number of any type, NumPy's included."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or number < minimum:
        raise ValueError(f"{name} must be a whole number, at least {minimum}, not {value!r:.80}")
    return number


def number(name: str, value: Any, minimum: float, maximum: float) -> float:
    """A number that is not text."""
    try:
        converted = math.nan if isinstance(value, (str, bytes)) else float(value)
    except (TypeError, ValueError, OverflowError):
        converted = math.nan
    if not minimum <= converted <= maximum:
        raise ValueError(
            f"{name} must be a number from {minimum:g} to {maximum:g}, not {value!r:.80}"
        )
    return converted


def boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, not {value!r:.80}")
    return value


def text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, not {value!r:.80}")
    return value


def choice(name: str, value: Any, choices: Collection[str]) -> str:
    """One of some strings."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r:.80}")
    return str(value)


def not_empty(name: str, value: Any) -> None:
    """Anything but the empty string."""
    if value == "":
        raise ValueError(f"{name} must not be empty")


def items(name: str, value: Any) -> list[Any]:
    """A list of any kind. A string is none: its letters would be taken for the items."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ValueError(f"{name} must be a list, not {value!r:.80}")
    return list(value)


def port(value: Any) -> int:
    if (converted := whole("port", value, minimum=0)) > 65_535:
        raise ValueError(f"port must be at most 65535, not {value!r:.80}")
    return converted


def seconds(name: str, value: Any) -> float:
    """How long to wait. A day is more than any test waits."""
    return number(name, value, 0.0, 86_400.0)


def probability(name: str, value: Any) -> float:
    return number(name, value, 0.0, 1.0)


def access_token(value: Any) -> str:
    """What can stand in a header."""
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+( +[!-~]+)*", value):
        raise ValueError(
            "access_token must be made of printable ASCII characters, without blanks around it"
        )
    return value
