"""The comparison of two conversion rates: the score test, and the intervals that belong to it.

The test is the usual one with a pooled rate. The intervals are those of Miettinen and Nurminen
(1985): all differences, or ratios, that the same kind of test does not refuse. So an interval
excludes zero exactly if the test is significant, and both hold for small counts as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from launchdarkly_api.analysis.arms import Arm
from launchdarkly_api.analysis.comparing import Bounds
from launchdarkly_api.analysis.functions import root

#: The logarithms of the smallest and the largest ratio that is looked at.
_WIDEST = 700.0


class Rates:
    """The rate of a treatment, compared with that of the baseline."""

    def __init__(self, arm: Arm, baseline: Arm) -> None:
        """Take the counts of two conversion arms with units."""
        self._x1, self._n1 = arm.conversions or 0, arm.units
        self._x0, self._n0 = baseline.conversions or 0, baseline.units
        self.mean: float = self._x1 / self._n1
        self.baseline_mean: float = self._x0 / self._n0
        whole = self._n1 + self._n0
        self._factor = whole / (whole - 1)
        #: The statistic on the scale of a standard normal distribution.
        self.z: float = self._z_of_difference(0.0)

    def difference(self, z: float) -> Bounds:
        """Return the differences that are within ``z`` standard errors."""
        estimate = self.mean - self.baseline_mean
        return (
            _solution(self._z_of_difference, z, -1.0, estimate),
            _solution(self._z_of_difference, -z, estimate, 1.0),
        )

    def ratio(self, z: float) -> Bounds:
        """Return the ratios that are within ``z`` standard errors."""
        # Never zero or infinite, so that its logarithm is a place to begin.
        near = math.log((self._x1 + 0.5) / (self._n1 + 1) / ((self._x0 + 0.5) / (self._n0 + 1)))
        low = _solution(self._z_of_log_ratio, z, *_around(self._z_of_log_ratio, z, near))
        high = _solution(self._z_of_log_ratio, -z, *_around(self._z_of_log_ratio, -z, near))
        return (
            math.exp(low) if self._x1 else 0.0,
            math.exp(high) if self._x0 else math.inf,
        )

    def _z(self, excess: float, variance: float) -> float:
        if not excess:
            return 0.0
        return excess / math.sqrt(variance * self._factor) if variance > 0.0 else excess * math.inf

    def _z_of_difference(self, difference: float) -> float:
        """The statistic of the test that the rates differ by ``difference``."""
        p0 = self._rate_given_difference(difference)
        p1 = min(max(p0 + difference, 0.0), 1.0)
        return self._z(
            self.mean - self.baseline_mean - difference,
            p1 * (1.0 - p1) / self._n1 + p0 * (1.0 - p0) / self._n0,
        )

    def _rate_given_difference(self, d: float) -> float:
        """The most likely rate of the baseline if the rates differ by ``d``: a root of a cubic."""
        n1, n0, x1, x0 = self._n1, self._n0, self._x1, self._x0
        if not d:
            return (x1 + x0) / (n1 + n0)
        whole = n1 + n0
        b = ((n1 + 2 * n0) * d - whole - x1 - x0) / whole
        c = ((n0 * d - whole - 2 * x0) * d + x1 + x0) / whole
        e = x0 * d * (1.0 - d) / whole
        q = b**3 / 27.0 - b * c / 6.0 + e / 2.0
        p = math.copysign(math.sqrt(max(b * b / 9.0 - c / 3.0, 0.0)), q)
        if not p:
            return min(max(-b / 3.0, 0.0), 1.0)
        angle = (math.pi + math.acos(min(max(q / p**3, -1.0), 1.0))) / 3.0
        return min(max(2.0 * p * math.cos(angle) - b / 3.0, 0.0), 1.0)

    def _z_of_log_ratio(self, logarithm: float) -> float:
        """The statistic of the test that the rates have a ratio."""
        n1, n0, x1, x0 = self._n1, self._n0, self._x1, self._x0
        ratio = math.exp(logarithm)
        # The smaller root of a quadratic, in the form that does not cancel.
        a = (n1 + n0) * ratio
        b = n1 * ratio + x1 + n0 + x0 * ratio
        c = x1 + x0
        discriminant = math.sqrt(max(b * b - 4.0 * a * c, 0.0))
        p0 = min(2.0 * c / (b + discriminant), 1.0)
        p1 = min(p0 * ratio, 1.0)
        return self._z(
            self.mean - ratio * self.baseline_mean,
            p1 * (1.0 - p1) / n1 + ratio * ratio * p0 * (1.0 - p0) / n0,
        )


def _around(statistic: Callable[[float], float], z: float, near: float) -> Bounds:
    """A bracket of the solution of ``statistic(x) == z`` for a falling statistic."""
    low = high = near
    step = 1.0
    while statistic(low) < z and low > -_WIDEST:
        low, step = max(low - step, -_WIDEST), step * 2.0
    step = 1.0
    while statistic(high) > z and high < _WIDEST:
        high, step = min(high + step, _WIDEST), step * 2.0
    return low, high


def _solution(statistic: Callable[[float], float], z: float, low: float, high: float) -> float:
    """The solution of ``statistic(x) == z`` for a falling statistic, or the end nearest to it."""
    if low == high or statistic(low) <= z:
        return low
    if statistic(high) >= z:
        return high
    return root(lambda x: statistic(x) - z, low, high, xtol=1e-15)
