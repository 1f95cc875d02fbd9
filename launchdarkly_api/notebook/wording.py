"""Short texts that summaries, pictures and pages share."""

from __future__ import annotations

from collections.abc import Sequence

from launchdarkly_api._display.text import (
    MANIFOLD,
    change_interval_text,
    change_text,
    interval_text,
    number_text,
    p_value_text,
    percent_text,
    shortened,
    signed_percent_text,
    width_of,
)
from launchdarkly_api.notebook import figures


def bounds_text(difference: figures.Difference) -> str:
    """Return the bounds of a difference: ``"+5.5 % to +8.0 %"``."""
    return change_interval_text(difference.low, difference.high)


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
    details = [f"{interval} {bounds_text(difference)}"] if has_bounds else []
    details += _certainty(difference, lower_is_better)
    behind = f" ({'; '.join(details)})" if details else ""
    if lift is None:
        return f"differs from {other}{behind}"
    manifold = abs(lift) >= MANIFOLD
    if lower_is_better is None and manifold:
        return f"has a mean {signed_percent_text(lift)} as high as that of {other}{behind}"
    if lower_is_better is None:
        return f"has a mean {change_text(lift, 'above', 'below')} that of {other}{behind}"
    good, bad = ("worse", "better") if lower_is_better else ("better", "worse")
    change = change_text(lift, "higher", "lower")
    if manifold:
        return f"is {good if lift > 0 else bad} than {other}: its mean is {change}{behind}"
    return f"is {change_text(lift, good, bad)} than {other}: its mean is {change}{behind}"


def _certainty(difference: figures.Difference, lower_is_better: bool | None) -> list[str]:
    """Describe the probability of the difference, or its p-value."""
    if difference.p_value is not None:
        return [p_value_text(difference.p_value)]
    above = difference.p_above_zero
    if above is None:
        return []
    about = "about " if difference.p_method == "bounds" else ""
    if lower_is_better is not None:
        p, word = difference.p_better(lower_is_better), "better"
    else:
        p, word = (above, "above") if above >= 0.5 else (1 - above, "below")
    return [f"{word} with a probability of {about}{percent_text(p)}"]


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
    lift = signed_percent_text(difference.lift)
    return with_minus_signs(f"{lift} ({bounds_text(difference)})")


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
