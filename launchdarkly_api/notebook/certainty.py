"""How probable it is that one mean is above another, given the figures of results.

Results state a mean, an interval and a number of units for each treatment. If they fit a posterior
of ``launchdarkly_api.analysis``, the probability is computed from the posteriors. Otherwise it is
approximated from the bounds of the relative difference.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from launchdarkly_api._display.thresholds import LEVEL, LEVEL_DEVIATIONS
from launchdarkly_api.analysis.comparing import Pair
from launchdarkly_api.analysis.posteriors import (
    BetaPosterior,
    Posterior,
    StudentPosterior,
    quantile,
)

Bounds: TypeAlias = tuple[float | None, float | None]
#: How a probability was computed.
Method: TypeAlias = Literal["posteriors", "bounds"]

#: The difference between the ends of an interval and those of a posterior, as a share of its
#: width, up to which the posterior fits. Services round their figures.
TOLERANCE = 1e-3
#: The smallest probability.
NEVER = 1e-12


def posterior_from(
    mean: float | None, low: float | None, high: float | None, units: int | None
) -> Posterior | None:
    """Return the posterior that has this mean and interval, or None if none fits.

    Args:
        mean: The mean.
        low: The lower end of the 90 % credible interval.
        high: Its upper end.
        units: The number of units.
    """
    if mean is None or low is None or high is None or not units or not low < high:
        return None
    if not all(map(math.isfinite, (mean, low, high, high - low))):
        return None
    candidates: list[Posterior] = []
    if 0 < mean < 1:
        # The prior counts as two units, of which one converted.
        candidates.append(BetaPosterior(mean * (units + 2), (1 - mean) * (units + 2)))
    if units >= 2:
        half = quantile(StudentPosterior(0.0, 1.0, units - 1), (1 + LEVEL) / 2)
        candidates.append(StudentPosterior(mean, (high - low) / 2 / half, units - 1))
    return next((p for p in candidates if _fits(p, low, high)), None)


def _fits(posterior: Posterior, low: float, high: float) -> bool:
    margin = TOLERANCE * (high - low)
    tail = (1 - LEVEL) / 2
    return (
        abs(quantile(posterior, tail) - low) <= margin
        and abs(quantile(posterior, 1 - tail) - high) <= margin
    )


def p_from_posteriors(first: Posterior, second: Posterior) -> float | None:
    """Return the probability that the first mean is above the second."""
    found = Pair(first, second).beats()
    # An integral that underflows is not certainty.
    return min(max(found, NEVER), 1 - NEVER) if math.isfinite(found) else None


def p_at_least(first: BetaPosterior, second: BetaPosterior) -> float | None:
    """Return a probability that the first rate is above the second which is never too high.

    It is one minus the p-value of Fisher's exact test, and that of posteriors whose priors favour
    the second rate by one conversion, and by one unit without any. So if the rates are equal, it
    exceeds one minus a level at most as often as the level says, also for small counts. The
    probability from uniform priors exceeds it a little more often.

    Args:
        first: The posterior of the first rate, with a uniform prior.
        second: The posterior of the second rate, with a uniform prior.
    """
    own, other = (first.a - 1, first.b), (second.a, second.b - 1)
    if min(*own, *other) <= 0:
        # No conversions of the first, or only conversions of the second: nothing is above it.
        return NEVER
    return p_from_posteriors(BetaPosterior(*own), BetaPosterior(*other))


def p_from_bounds(forward: Bounds, backward: Bounds, *, negative: bool = False) -> float | None:
    """Return the probability of a difference above zero, from 90 % bounds of the difference.

    The logarithm of the ratio of two means is about normal, even if the ratio itself is skewed.
    Both directions of a pair are used if the results have them, so that the probabilities of the
    two directions sum to 1.

    Args:
        forward: The bounds of the first mean relative to the second.
        backward: The bounds of the second mean relative to the first.
        negative: Whether both means are negative.

    Returns:
        The probability. None if no direction has bounds, or a bound is -100 % or below, where the
        ratio has no logarithm.
    """
    sides: list[tuple[float, float]] = []
    for (low, high), sign in ((forward, 1), (backward, -1)):
        if low is None or high is None:
            continue
        ends = (-high, -low) if negative else (low, high)
        if not (-1 < ends[0] <= ends[1] < math.inf):
            return None
        first, last = map(math.log1p, ends)
        sides.append((sign * (first + last) / 2, (last - first) / 2))
    middle, half = (sum(values) for values in zip(*sides)) if sides else (0.0, 0.0)
    if not half:
        return None
    above = 0.5 * math.erfc(-middle / half * LEVEL_DEVIATIONS / math.sqrt(2))
    return 1 - above if negative else above
