"""The comparison of two means: Welch's test, and the intervals that belong to it."""

from __future__ import annotations

import math

from launchdarkly_api.analysis.arms import Arm
from launchdarkly_api.analysis.comparing import Bounds
from launchdarkly_api.analysis.functions import (
    normal_cdf,
    normal_quantile,
    student_cdf,
    student_quantile,
)


class Means:
    """The mean of a treatment, compared with that of the baseline.

    The ratio has Fieller's interval: all ratios that Welch's test does not refuse, with its degrees
    of freedom. It agrees with the test, and it is infinite if the baseline's mean cannot be told
    from zero.
    """

    def __init__(self, arm: Arm, baseline: Arm) -> None:
        """Take the sums of two numeric arms with two units or more."""
        self.mean: float = arm.mean or 0.0
        self.baseline_mean: float = baseline.mean or 0.0
        self._errors = arm.standard_error or 0.0, baseline.standard_error or 0.0
        self._error = math.hypot(*self._errors)
        self._degrees = self._welch(arm.units - 1, baseline.units - 1)
        difference = self.mean - self.baseline_mean
        if self._error:
            #: The statistic on the scale of a standard normal distribution.
            self.z: float = self._to_normal(difference / self._error)
        else:
            self.z = math.copysign(math.inf, difference) if difference else 0.0

    def difference(self, z: float) -> Bounds:
        """Return the differences that are within ``z`` standard errors."""
        estimate = self.mean - self.baseline_mean
        half = self._from_normal(z) * self._error if self._error else 0.0
        return estimate - half, estimate + half

    def ratio(self, z: float) -> Bounds:
        """Return the ratios that are within ``z`` standard errors."""
        t = self._from_normal(z)
        # Relative to the baseline's mean, so that the squares of large or small means are numbers.
        own, other = self._errors
        unit = abs(self.baseline_mean)
        ratio = self.mean / self.baseline_mean
        own, other = (t * own / unit if own else 0.0), (t * other / unit if other else 0.0)
        a = 1.0 - other * other
        if not (a > 0.0 and math.isfinite(own)):
            return -math.inf, math.inf
        # The root of the discriminant, without squares that cancel or overflow.
        half = math.hypot(own * math.sqrt(a), ratio * other)
        return (ratio - half) / a, (ratio + half) / a

    def _welch(self, degrees: int, baseline_degrees: int) -> float:
        """The degrees of freedom by Welch and Satterthwaite."""
        if not self._error:
            return math.inf
        share = (self._errors[0] / self._error) ** 2
        return 1.0 / (share**2 / degrees + (1.0 - share) ** 2 / baseline_degrees)

    def _to_normal(self, t: float) -> float:
        """The quantile of a normal distribution that is as rare as one of Student's."""
        return math.copysign(normal_quantile(student_cdf(self._degrees, -abs(t))), t)

    def _from_normal(self, z: float) -> float:
        if math.isinf(self._degrees):
            return z
        return -student_quantile(self._degrees, normal_cdf(-z))
