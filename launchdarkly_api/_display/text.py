"""Formats numbers, times and names for people."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

from launchdarkly_api._display.thresholds import LEVEL, MISMATCH_THRESHOLD

#: The relative difference from which on the ratio is told instead: ``"101x"``.
MANIFOLD = 100

#: The maximum number of characters of a text.
MAX_TEXT = 300

#: Timestamps below this number are seconds. In seconds it is the year 5138; in milliseconds, 1973.
_SECONDS_BELOW = 10**11


def shortened(text: str, limit: int = MAX_TEXT) -> str:
    """Shorten a long text in the middle: names often differ at the beginning or at the end."""
    if len(text) <= limit:
        return text
    head = (limit - 1) * 2 // 3
    tail = limit - 1 - head
    return f"{text[:head].rstrip()}…{text[len(text) - tail :].lstrip()}"


def as_number(value: Any) -> float | None:
    """Return a number as a float, or None for NaN and other values.

    An integer too large for a float becomes infinite.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def number_text(value: float | None, width: float = 0) -> str:
    """Format a number with about four digits.

    Args:
        value: The number.
        width: The width of the interval of which the number is one end. A narrow interval causes
            more digits, so that its ends look different.

    Returns:
        The text, or ``"no data"`` if the number is missing.
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


#: The number of decimal digits that every float preserves.
_DIGITS = 15


def _magnitude(value: float) -> int:
    """Return the power of ten of the first digit."""
    return math.floor(math.log10(abs(value)))


def percent_text(fraction: float | None, width: float = 0, *, sign: bool = False) -> str:
    """Format a fraction as a percentage with one decimal: ``"12.5 %"``.

    Unless ``sign`` is set, a fraction close to 0 or 1 is not rounded to 0 % or 100 %.

    Args:
        fraction: The fraction.
        width: The width of the interval of which the fraction is one end. A narrow interval causes
            more decimals, so that its ends look different.
        sign: Whether to show the sign of a positive number.

    Returns:
        The text, or ``"no data"`` if the number is missing.
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
    if abs(fraction) >= MANIFOLD:
        # "+10,000 %" is easily misread as a hundredfold.
        figure = fraction + 1 if sign else fraction * 100
        number = f"{figure:,.0f}" if abs(figure) < 1e9 else f"{figure:.3g}"
        return f"{number}x" if sign else f"{number} %"
    if decimals > 6:
        return f"{fraction * 100:{plus}.3g} %"
    return f"{fraction + 0.0:{plus}.{decimals}%}".replace("%", " %")


def level_of(named: object) -> float:
    """Return the level of Bayesian results. They name one that is not the service's."""
    level = as_number(named)
    return LEVEL if level is None or not 0 < level < 1 else level


def level_text(level: float) -> str:
    """Format a level: ``"90 %"``."""
    return f"{level * 100:.3g} %"


def signed_percent_text(fraction: float | None, width: float = 0) -> str:
    """Format a difference as a percentage with a sign: ``"+12.5 %"``."""
    return percent_text(fraction, width, sign=True)


def plain_percent_text(fraction: float | None, width: float = 0) -> str:
    """Format a difference from a negative number. A large one cannot be told as a ratio."""
    if fraction is None or not MANIFOLD <= abs(fraction) < math.inf:
        return signed_percent_text(fraction, width)
    return f"{fraction * 100:+,.0f} %"


def p_value_text(p: float | None) -> str:
    """Format a p-value: ``"p = 0.012"``, or ``"p < 0.0001"``."""
    if p is None:
        return "no p-value"
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def interval_text(
    low: float | None,
    high: float | None,
    text: Callable[[float | None, float], str] = number_text,
) -> str:
    """Format an interval, with enough digits that its ends look different."""
    if low is None and high is None:
        return "no data"
    width = width_of(low, high)
    return f"{text(low, width)} to {text(high, width)}"


def change_interval_text(low: float | None, high: float | None, *, ratio: bool = True) -> str:
    """Format the bounds of a relative difference: ``"+5.5 % to +8.0 %"``.

    A one-sided interval has one bound: ``"+5.5 % or more"``.

    Args:
        low: The lower bound.
        high: The upper bound.
        ratio: Whether large differences are ratios. Both bounds are if one is: ``"33x to 1,968x"``.
    """
    text = signed_percent_text if ratio else plain_percent_text
    ends = [as_number(low), as_number(high)]
    known = [end for end in ends if end is not None]
    bounds = [end for end in known if math.isfinite(end)]
    if len(bounds) < len(known):
        side = "more" if bounds == ends[:1] else "less"
        return f"{text(bounds[0])} or {side}" if bounds else "without bounds"
    if ratio and len(bounds) == 2 and max(map(abs, bounds)) >= MANIFOLD:
        return " to ".join(map(_ratio_text, bounds))
    return interval_text(low, high, text)


def _ratio_text(change: float) -> str:
    ratio = 1 + change
    if abs(change) >= MANIFOLD:
        return signed_percent_text(change)
    return f"{ratio:.0f}x" if abs(ratio) >= 10 else f"{ratio:.2g}x"


def width_of(low: float | None, high: float | None) -> float:
    """Return the width of an interval, or 0 if an end is unknown."""
    low, high = as_number(low), as_number(high)
    return 0 if low is None or high is None else abs(high - low)


def as_datetime(milliseconds: float | None) -> datetime.datetime | None:
    """Convert epoch milliseconds to UTC. None if ``datetime`` cannot represent the time."""
    if milliseconds is None or not isinstance(milliseconds, (int, float)):
        return None
    try:
        return _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        return None


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def seen_milliseconds(timestamp: object) -> int | None:
    """Return the time of a metric's last event in epoch milliseconds.

    The service has been observed to send seconds. The size of the number shows the unit.
    """
    if not isinstance(timestamp, int):
        return None
    return timestamp * 1000 if abs(timestamp) < _SECONDS_BELOW else timestamp


def mismatch_text(probability: float | None) -> str | None:
    """Return a warning if a sample-ratio mismatch is likely, else None."""
    probability = as_number(probability)
    if probability is None or probability < MISMATCH_THRESHOLD:
        return None
    return (
        f"Sample-ratio mismatch (probability {percent_text(probability)}): "
        "the traffic split looks broken, do not trust these results"
    )
