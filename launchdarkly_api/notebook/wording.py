"""Short texts that summaries, pictures and pages share."""

from __future__ import annotations

from collections.abc import Sequence

from launchdarkly_api._display.text import (
    MANIFOLD,
    change_interval_text,
    interval_text,
    number_text,
    p_value_text,
    percent_text,
    plain_percent_text,
    shortened,
    signed_percent_text,
    width_of,
)
from launchdarkly_api.notebook import figures


def bounds_text(difference: figures.Difference) -> str:
    """Return the bounds of a difference: ``"+5.5 % to +8.0 %"``."""
    return change_interval_text(difference.low, difference.high, ratio=_is_ratio(difference))


def _is_ratio(difference: figures.Difference) -> bool:
    """Return whether a large relative difference can be told as a ratio, such as ``"101x"``.

    One from a negative mean is not a ratio of the means.
    """
    return difference.means is None or difference.means[1] > 0


def change_of(difference: figures.Difference) -> str:
    """Return the lift with its sign: ``"+6.0 %"``."""
    if _is_ratio(difference):
        return signed_percent_text(difference.lift)
    return plain_percent_text(difference.lift)


def other_of(difference: figures.Difference) -> str:
    """Return the name of the treatment that another one is compared with."""
    return difference.from_name or difference.from_id or "the other treatment"


def compared_text(
    difference: figures.Difference, interval: figures.Interval, lower_is_better: bool | None
) -> str | None:
    """Describe a difference in a clause, with its interval and its certainty.

    Args:
        difference: The difference.
        interval: The kind of its bounds.
        lower_is_better: The direction of success. If it is None, nothing is called better.

    Returns:
        The clause: ``"12.0 % better than control: its mean is 12.0 % lower (...)"``. None if
        nothing is known about the difference.
    """
    lift, other = difference.lift, other_of(difference)
    has_bounds = difference.low is not None or difference.high is not None
    if lift is None and not has_bounds:
        return None
    side = _side(difference)
    good, bad = ("worse", "better") if lower_is_better else ("better", "worse")
    words = ("above", "below") if lower_is_better is None else (good, bad)
    details = [f"{interval} {bounds_text(difference)}"] if has_bounds else []
    details += _certainty(difference, words[side], side)
    behind = f" ({'; '.join(details)})" if details else ""
    if lift is None:
        return f"differs from {other}{behind}"
    if not lift:
        return f"has the same mean as {other}{behind}"
    if abs(lift) >= MANIFOLD and _is_ratio(difference):
        ratio = f"{signed_percent_text(lift)} as high"
        if lower_is_better is None:
            return f"has a mean {ratio} as that of {other}{behind}"
        return f"is {words[side]} than {other}: its mean is {ratio}{behind}"
    width = width_of(difference.low, difference.high)
    size = plain_percent_text(abs(lift), width).lstrip("+")
    if lower_is_better is None:
        return f"has a mean {size} {words[side]} that of {other}{behind}"
    change = f"{size} {('higher', 'lower')[side]}"
    return f"is {size} {words[side]} than {other}: its mean is {change}{behind}"


def _side(difference: figures.Difference) -> int:
    """Return the side that words about a difference claim: 0 for above zero, 1 for below.

    It is that of the lift. Without a lift, it is the more probable one.
    """
    if difference.lift:
        return int(difference.lift < 0)
    return int(difference.p_above_zero is not None and difference.p_above_zero < 0.5)


def _certainty(difference: figures.Difference, word: str, side: int) -> list[str]:
    """Describe the probability of a side of zero, or the p-value of the difference."""
    if difference.p_value is not None:
        return [p_value_text(difference.p_value)]
    above = difference.p_above_zero
    if above is None:
        return []
    about = "about " if difference.p_method == "bounds" else ""
    return [f"{word} with a probability of {about}{percent_text(1 - above if side else above)}"]


def threshold_text(threshold: float) -> str:
    """Return a threshold in per cent, with no more digits than it has: ``"90 %"``."""
    return f"{threshold * 100:g} %"


def mean_text(arm: figures.Arm, with_units: bool) -> str:
    """Return the mean of a treatment with its interval, and optionally the number of units."""
    if arm.mean is None and arm.low is None and arm.high is None:
        return "no data"
    count = "" if arm.units is None or not with_units else f"  n = {arm.units:,}"
    mean = "no mean" if arm.mean is None else number_text(arm.mean, width_of(arm.low, arm.high))
    if arm.low is None and arm.high is None:
        return with_minus_signs(mean) + count
    return with_minus_signs(f"{mean} ({interval_text(arm.low, arm.high)})") + count


def lift_text(difference: figures.Difference | None, *, with_lift: bool) -> str:
    """Return the bounds of a difference, optionally after the lift: ``"+6 % (+5 % to +8 %)"``."""
    if difference is None:
        return "no data"
    if difference.lift is None or not with_lift:
        return with_minus_signs(bounds_text(difference))
    return with_minus_signs(f"{change_of(difference)} ({bounds_text(difference)})")


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
