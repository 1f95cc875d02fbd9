"""A test that stays valid when it is looked at again and again.

It is the mixture sequential probability ratio test of Robbins, with a normal mixture (half of one
for a one-sided test) and the variance that the data show, which makes its intervals an asymptotic
confidence sequence (Waudby-Smith and others, 2021). Whatever the number of looks, the probability
that any of them calls a difference that is not there is at most alpha.
"""

from __future__ import annotations

import math

from launchdarkly_api.analysis.functions import root, special

#: The number of units, in both arms together, at which intervals are narrowest relative to those
#: of a fixed horizon. It is a choice made before the data; this is GrowthBook's.
TUNED_FOR = 5000


class Sequential:
    """The test at a number of units."""

    def __init__(self, units: int, alpha: float, *, two_sided: bool) -> None:
        """Set the mixture.

        Args:
            units: The units of both arms.
            alpha: The probability of a false alarm that the mixture is tuned for.
            two_sided: Whether a difference in either direction counts.
        """
        level = -2.0 * math.log(alpha)
        #: The variance of the mixture, in units of that of the estimate.
        self._variance = units * (level + math.log1p(level)) / TUNED_FOR
        self._two_sided = two_sided

    def p_value(self, z: float) -> float:
        """Return the always-valid p-value of a statistic on the normal scale."""
        return math.exp(min(0.0, -self._log_evidence(z)))

    def critical(self, alpha: float) -> float:
        """Return the statistic whose p-value is ``alpha``."""
        high = math.sqrt(
            (1.0 + 1.0 / self._variance) * (math.log1p(self._variance) - 2.0 * math.log(alpha))
        )
        if self._two_sided:
            return high
        return root(lambda z: self._log_evidence(z) + math.log(alpha), 0.0, high, xtol=1e-12)

    def _log_evidence(self, z: float) -> float:
        """The logarithm of the mixture of likelihood ratios."""
        share = self._variance / (1.0 + self._variance)
        whole = z * z * share / 2.0 - math.log1p(self._variance) / 2.0
        if self._two_sided:
            return whole
        return whole + math.log(2.0) + float(special.log_ndtr(z * math.sqrt(share)))
