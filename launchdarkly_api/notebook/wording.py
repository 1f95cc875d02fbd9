"""Short texts that summaries, pictures and pages share."""

from __future__ import annotations

from collections.abc import Sequence

from launchdarkly_api._display.text import (
    interval_text,
    number_text,
    shortened,
    signed_percent_text,
    width_of,
)
from launchdarkly_api.notebook import facts


def bounds_text(difference: facts.Difference) -> str:
    """Return the bounds of a difference: ``"+5.5 % to +8.0 % relative to control"``."""
    other = difference.from_name or difference.from_id or "the other treatment"
    bounds = interval_text(difference.low, difference.high, signed_percent_text)
    return f"{bounds} relative to {other}"


def threshold_text(threshold: float) -> str:
    """Return a threshold in per cent, with no more digits than it has: ``"90 %"``."""
    return f"{threshold * 100:g} %"


def mean_text(arm: facts.Arm, with_units: bool) -> str:
    """Return the mean of a treatment with its interval, and optionally the number of units."""
    if arm.mean is None and arm.low is None and arm.high is None:
        return "no data"
    count = "" if arm.units is None or not with_units else f"  n = {arm.units:,}"
    mean = "no mean" if arm.mean is None else number_text(arm.mean, width_of(arm.low, arm.high))
    if arm.low is None and arm.high is None:
        return with_minus_signs(mean) + count
    return with_minus_signs(f"{mean} ({interval_text(arm.low, arm.high)})") + count


def with_minus_signs(figures: str) -> str:
    """Replace hyphens by the minus sign that matplotlib writes on an axis."""
    return figures.replace("-", "\N{MINUS SIGN}")


def failure_text(error: Exception) -> str:
    """Describe an exception in one line of bounded length."""
    return shortened(" ".join(f"{type(error).__name__}: {error}".split()), 200)


def listed(names: Sequence[str]) -> str:
    """Return the first three names, and the number of the others."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
