"""Numbers, times and names as text that a person reads."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

#: From this probability on, a sample-ratio mismatch is warned of. The service names no limit; this
#: is the counterpart of the p-value of 0.01 that tests for a mismatch customarily use.
MISMATCH_THRESHOLD = 0.99

#: Characters of one text.
MAX_TEXT = 300

#: No number of seconds in this century is as large, and no number of milliseconds after 1973 as
#: small.
_SECONDS_BELOW = 10**11


def shortened(text: str, limit: int = MAX_TEXT) -> str:
    """The text, cut in the middle where it is too long: beginning and end tell names apart."""
    if len(text) <= limit:
        return text
    head = (limit - 1) * 2 // 3
    tail = limit - 1 - head
    return f"{text[:head].rstrip()}…{text[len(text) - tail :].lstrip()}"


def as_number(value: Any) -> float | None:
    """The number that a value is, if it is one. What a float cannot hold is infinite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def number_text(value: float | None, width: float = 0) -> str:
    """A number for reading: about four digits, and more where they tell ends of an interval apart.

    ``width`` is that of the interval to which the number belongs.
    """
    value = as_number(value)
    if value is None:
        return "no data"
    if value == 0 or not math.isfinite(value):
        return f"{value + 0.0:g}"
    magnitude = _magnitude(value)
    needed = magnitude - _magnitude(width) + 2 if 0 < width < math.inf else 0
    if not -3 <= magnitude < 9:
        return f"{value:.{min(max(needed, 3), _DIGITS)}g}"
    return f"{value:,.{min(max(needed, 4, magnitude + 1), _DIGITS)}g}"


#: The digits that a float surely has.
_DIGITS = 15


def _magnitude(value: float) -> int:
    """The power of ten of the first digit."""
    return math.floor(math.log10(abs(value)))


def percent_text(fraction: float | None, width: float = 0, *, sign: bool = False) -> str:
    """A fraction in per cent, with one decimal: ``"12.5 %"``.

    There are more decimals where they tell ends of an interval apart; ``width`` is that of the
    interval to which the number belongs. What is not quite 0 or 1 does not read as if it were.
    """
    fraction = as_number(fraction)
    if fraction is None:
        return "no data"
    plus = "+" if sign else ""
    if not sign and 0 < fraction < 0.001:
        return "<0.1 %"
    if not sign and 0.999 < fraction < 1:
        return ">99.9 %"
    decimals = 1
    if 0 < width < math.inf:
        decimals = max(decimals, -1 - _magnitude(width))
    if 0 < abs(fraction) < 0.0005:
        decimals = max(decimals, -2 - _magnitude(fraction))
    if abs(fraction) >= 100 or decimals > 6:
        return f"{fraction * 100:{plus}.3g} %"
    return f"{fraction + 0.0:{plus}.{decimals}%}".replace("%", " %")


def signed_percent_text(fraction: float | None, width: float = 0) -> str:
    """A difference in per cent: ``"+12.5 %"``."""
    return percent_text(fraction, width, sign=True)


def interval_text(
    low: float | None,
    high: float | None,
    text: Callable[[float | None, float], str] = number_text,
) -> str:
    """Both ends of an interval, with as many digits as tell them apart."""
    if low is None and high is None:
        return "no data"
    width = width_of(low, high)
    return f"{text(low, width)} to {text(high, width)}"


def width_of(low: float | None, high: float | None) -> float:
    """The width of an interval, 0 where it is not known."""
    low, high = as_number(low), as_number(high)
    return 0 if low is None or high is None else abs(high - low)


def as_datetime(milliseconds: float | None) -> datetime.datetime | None:
    """A point in time in UTC, from epoch milliseconds. None where no calendar reaches it."""
    if milliseconds is None or not isinstance(milliseconds, (int, float)):
        return None
    try:
        return _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        return None


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def seen_milliseconds(timestamp: object) -> int | None:
    """When the last event of a metric arrived, in epoch milliseconds.

    The service has been observed to give seconds. The size of the number tells which it is.
    """
    if not isinstance(timestamp, int):
        return None
    return timestamp * 1000 if abs(timestamp) < _SECONDS_BELOW else timestamp


def mismatch_text(probability: float | None) -> str | None:
    """The warning that a sample-ratio mismatch calls for, if it does."""
    probability = as_number(probability)
    if probability is None or probability < MISMATCH_THRESHOLD:
        return None
    return (
        f"Sample-ratio mismatch (probability {percent_text(probability)}): "
        "the traffic split looks broken, do not trust these results"
    )
