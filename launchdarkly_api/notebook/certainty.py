"""How probable it is that one mean is above another, given the figures of results.

Results state a mean, an interval and a number of units for each treatment. If they fit a posterior
of ``launchdarkly_api.analysis``, the probability is computed from the posteriors. Otherwise it is
approximated from the bounds of the relative difference.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, TypeAlias

from launchdarkly_api._display.thresholds import LEVEL
from launchdarkly_api.analysis.arms import Arm
from launchdarkly_api.analysis.comparing import Pair
from launchdarkly_api.analysis.functions import (
    normal_cdf,
    normal_quantile,
    root,
    student_quantile,
)
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
TOLERANCE = 1e-2
#: The smallest probability.
NEVER = 1e-12
#: The smallest and the largest sum of the parameters of a beta distribution that is tried.
_FEWEST, _MOST = 0.5, 1e12
#: How much the density at an end of an interval changes, if that end moves by its width.
_DENSITY = 4


def posterior_from(
    mean: float | None,
    low: float | None,
    high: float | None,
    units: int | None,
    level: float = LEVEL,
) -> Posterior | None:
    """Return the posterior that has this mean and interval, or None if none fits.

    The interval has equal tails or, as LaunchDarkly says of its own, the highest density.

    Args:
        mean: The mean.
        low: The lower end of the credible interval.
        high: Its upper end.
        units: The number of units, if it is known.
        level: The probability of the interval.
    """
    if mean is None or low is None or high is None or not low < high:
        return None
    if not all(map(math.isfinite, (mean, low, high, high - low))):
        return None
    return next(
        (p for p in _candidates(mean, low, high, units, level) if _fits(p, low, high, level)), None
    )


def _candidates(
    mean: float, low: float, high: float, units: int | None, level: float
) -> Iterator[Posterior]:
    """Yield those of the usual priors, and then of priors that are not known."""
    if 0 < mean < 1 and units:
        # The prior counts as two units, of which one converted.
        yield BetaPosterior(mean * (units + 2), (1 - mean) * (units + 2))
    if units and units > 1:
        for degrees in (units - 1, math.inf):
            unit = StudentPosterior(0.0, 1.0, degrees)
            scale = (high - low) / 2 / quantile(unit, (1 + level) / 2)
            yield StudentPosterior(mean, scale, degrees)
    if 0 <= low < mean < high <= 1:
        yield from _beta_of_interval(mean, low, high, level)


def _beta_of_interval(
    mean: float, low: float, high: float, level: float
) -> Iterator[BetaPosterior]:
    """Yield the beta distribution with this mean and the probability of this interval."""

    def beta(logarithm: float) -> BetaPosterior:
        size = math.exp(logarithm)
        return BetaPosterior(mean * size, (1 - mean) * size)

    def excess(logarithm: float) -> float:
        below, upto = beta(logarithm).cdf([low, high])
        return float(upto - below) - level

    ends = math.log(_FEWEST), math.log(_MOST)
    if excess(ends[0]) < 0 < excess(ends[1]):
        yield beta(root(excess, *ends, xtol=1e-9))


def _fits(posterior: Posterior, low: float, high: float, level: float) -> bool:
    """Whether an interval has equal tails, or the highest density."""
    margin, tail = TOLERANCE * (high - low), (1 - level) / 2
    ends = quantile(posterior, tail), quantile(posterior, 1 - tail)
    if abs(ends[0] - low) <= margin and abs(ends[1] - high) <= margin:
        return True
    if not isinstance(posterior, BetaPosterior):
        return False
    below, upto = posterior.cdf([low, high])
    first, last = posterior.density([low, high]) * (high - low)
    # Where a distribution ends, its density may be higher.
    ended = low <= margin or high >= 1 - margin
    return bool(
        abs(upto - below - level) <= TOLERANCE
        and (ended or abs(first - last) <= _DENSITY * TOLERANCE)
    )


def mean_interval(counts: Arm, alpha: float) -> Bounds:
    """Return the confidence interval of a mean: Student's, or Wilson's of a rate.

    They are right for few units as well, and a rate stays between 0 and 1.

    Args:
        counts: The counts of the treatment.
        alpha: One minus the level of the interval.
    """
    mean, error, units = counts.mean, counts.standard_error, counts.units
    if mean is None or error is None:
        return None, None
    if counts.numeric:
        half = -student_quantile(units - 1, alpha / 2) * error
        return mean - half, mean + half
    z = normal_quantile(1 - alpha / 2)
    share = z * z / units
    middle = (mean + share / 2) / (1 + share)
    half = z * math.sqrt(error * error + share / units / 4) / (1 + share)
    return max(middle - half, 0.0), min(middle + half, 1.0)


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


def p_from_bounds(
    forward: Bounds, backward: Bounds, *, negative: bool = False, level: float = LEVEL
) -> float | None:
    """Return the probability of a difference above zero, from bounds of the difference.

    The logarithm of the ratio of two means is about normal, even if the ratio itself is skewed.
    Both directions of a pair are used if the results have them, so that the probabilities of the
    two directions sum to 1.

    Args:
        forward: The bounds of the first mean relative to the second.
        backward: The bounds of the second mean relative to the first.
        negative: Whether both means are negative.
        level: The probability of the bounds.

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
    above = normal_cdf(middle / half * normal_quantile((1 + level) / 2))
    return 1 - above if negative else above
