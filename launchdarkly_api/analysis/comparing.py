"""The probability that one mean is above another, and the bounds of their difference and ratio.

An integral over one distribution is a sum over equally spaced quantiles on the normal scale. Its
error is far below that of floats unless the other distribution is narrower. So the integral always
runs over the narrower of two.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from launchdarkly_api.analysis.functions import normal_quantile, root
from launchdarkly_api.analysis.posteriors import Floats, PointPosterior, Posterior

#: The quantiles of an integral over one distribution, on the normal scale, and their weights.
QUANTILES: Floats = np.arange(-42, 43) / 5.0
_DENSITIES: Floats = np.exp(-(QUANTILES**2) / 2.0)
QUANTILE_WEIGHTS: Floats = _DENSITIES / _DENSITIES.sum()

Bounds = tuple[float, float]


def spread(posterior: Posterior) -> float:
    """Half of the distance between the quantiles that are one standard deviation from the mean."""
    low, high = posterior.at(np.array([-1.0, 1.0]))
    return float(high - low) / 2.0


class Pair:
    """Two posteriors, of which the second is the one that the first is compared with."""

    def __init__(self, first: Posterior, second: Posterior) -> None:
        """Compute the nodes of both, which every integral needs."""
        self.first: Posterior = first
        self.second: Posterior = second
        self._first, self._second = first.at(QUANTILES), second.at(QUANTILES)
        self._spreads = spread(first), spread(second)

    @property
    def certain(self) -> bool:
        """Whether both means are certain."""
        return isinstance(self.first, PointPosterior) and isinstance(self.second, PointPosterior)

    def beats(self) -> float:
        """Return the probability that the first is the larger. Half of it if both are one point."""
        if self.certain:
            return 0.5 + 0.5 * float(np.sign(self.first.mean - self.second.mean))
        return 1.0 - self._below(1.0, 0.0)

    def difference(self, level: float) -> Bounds:
        """Return the bounds of the first minus the second."""
        if self.certain:
            return _twice(self.first.mean - self.second.mean)
        return self._bounds(level, lambda d: self._below(1.0, d), _subtract)

    def ratio(self, level: float) -> Bounds:
        """Return the bounds of the first divided by the second, which is positive or negative."""
        if self.certain:
            return _twice(self.first.mean / self.second.mean)
        if self.second.mean < 0.0:
            return self._bounds(level, lambda c: 1.0 - self._below(c, 0.0), _divide)
        return self._bounds(level, lambda c: self._below(c, 0.0), _divide)

    def _below(self, factor: float, shift: float) -> float:
        """The probability that the first is at most ``factor`` times the second plus ``shift``."""
        if self._spreads[0] < abs(factor) * self._spreads[1]:
            below = self.second.cdf((self._first - shift) / factor)
            return float(QUANTILE_WEIGHTS @ (below if factor < 0.0 else 1.0 - below))
        return float(QUANTILE_WEIGHTS @ self.first.cdf(factor * self._second + shift))

    def _bounds(
        self,
        level: float,
        probability: Callable[[float], float],
        combine: Callable[[Bounds, Bounds], Bounds],
    ) -> Bounds:
        """The values that ``probability`` takes both tails at.

        Both are between the corners of the rectangle that holds the pair except with a part of
        the tail, so no search for a bracket is needed.
        """
        tail = (1.0 - level) / 2.0
        z = -normal_quantile(tail / 8.0)
        ends = np.array([-z, z])
        (a, b), (c, d) = self.first.at(ends), self.second.at(ends)
        low, high = combine((float(a), float(b)), (float(c), float(d)))
        width = high - low
        if not math.isfinite(width) or not width:
            return low, high

        def solve(p: float) -> float:
            def excess(share: float) -> float:
                return probability(low + share * width) - p

            try:
                return low + root(excess, 0.0, 1.0, xtol=1e-13) * width
            except ValueError:
                # The numbers are too far apart for floats.
                return math.nan

        return solve(tail), solve(1.0 - tail)


def _twice(value: float) -> Bounds:
    return value, value


def _subtract(first: Bounds, second: Bounds) -> Bounds:
    return first[0] - second[1], first[1] - second[0]


def _divide(first: Bounds, second: Bounds) -> Bounds:
    corners = [float(np.divide(a, b)) for a in first for b in second]
    return min(corners), max(corners)
