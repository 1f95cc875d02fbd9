"""Checks of arguments. Each returns the checked value or raises a ``ValueError`` with advice."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Collection, Iterable
from typing import Any

#: A token of RFC 9110, such as the name of a header.
HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"


class UnknownError(ValueError):
    """An argument names a project, environment, flag or experiment that does not exist."""


class TakenError(ValueError):
    """The key of something new is taken."""


def whole(name: str, value: Any, minimum: int = 0) -> int:
    """A whole number of any type, including those of NumPy."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or number < minimum:
        raise ValueError(f"{name} must be a whole number, at least {minimum}, not {value!r:.80}")
    return number


def number(name: str, value: Any, minimum: float, maximum: float) -> float:
    """A number within bounds, not in a string."""
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


def string(name: str, value: Any) -> str:
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
    """Any iterable except a string, whose letters would become the items."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ValueError(f"{name} must be a list, not {value!r:.80}")
    return list(value)


def port(value: Any) -> int:
    if (converted := whole("port", value, minimum=0)) > 65_535:
        raise ValueError(f"port must be at most 65535, not {value!r:.80}")
    return converted


def seconds(name: str, value: Any) -> float:
    """A delay in seconds, at most a day."""
    return number(name, value, 0.0, 86_400.0)


def probability(name: str, value: Any) -> float:
    return number(name, value, 0.0, 1.0)


def access_token(value: Any) -> str:
    """A token that fits into a header."""
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+( +[!-~]+)*", value):
        raise ValueError(
            "access_token must be made of printable ASCII characters, without blanks around it"
        )
    return value
