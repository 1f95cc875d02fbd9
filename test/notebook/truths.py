"""The truth about treatments, computed from the laws of their means alone.

Nothing here is of the package. Probabilities are sums over a fine grid of quantiles, and tests are
those of SciPy and of textbooks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import optimize, stats  # type: ignore[import-untyped,unused-ignore]

#: The probabilities at which a law is looked at: the middles of equal parts.
_PARTS = 4000
_SHARES = (np.arange(_PARTS) + 0.5) / _PARTS


@dataclass(frozen=True)
class Rate:
    """Units of which some converted, and what a prior adds to those that did and did not."""

    units: int
    conversions: int
    prior: tuple[float, float] = (1.0, 1.0)

    @cached_property
    def law(self) -> Any:
        """The posterior of the rate."""
        failures = self.units - self.conversions
        return stats.beta(self.prior[0] + self.conversions, self.prior[1] + failures)

    @property
    def mean(self) -> float:
        return self.conversions / self.units


@dataclass(frozen=True)
class Values:
    """Units with values of this mean and standard deviation, which may be taken for known."""

    units: int
    mean: float
    deviation: float
    known: bool = False

    @cached_property
    def law(self) -> Any:
        """The posterior of the mean, with the reference prior."""
        degrees = math.inf if self.known else self.units - 1
        return stats.t(degrees, self.mean, self.error)

    @property
    def error(self) -> float:
        return self.deviation / math.sqrt(self.units)


Units = Rate | Values


class Truth:
    """What is true of treatments, given the laws of their means."""

    def __init__(self, arms: Mapping[str, Units]) -> None:
        self.laws = {name: arm.law for name, arm in arms.items()}
        self._drawn = {name: law.ppf(_SHARES) for name, law in self.laws.items()}

    def centre(self, name: str) -> float:
        """The mean of the law, or its middle if it has no mean."""
        law = self.laws[name]
        return float(law.mean() if law.dist.name == "beta" else law.median())

    def lift(self, name: str, other: str) -> float:
        mean, base = self.centre(name), self.centre(other)
        return (mean - base) / abs(base)

    def above(self, name: str, other: str) -> float:
        """The probability that a mean is above another."""
        return float(np.mean(self.laws[name].sf(self._drawn[other])))

    def below_lift(self, lift: float, name: str, other: str) -> float:
        """The probability that a relative difference is below ``lift``."""
        base = self._drawn[other]
        return float(np.mean(self.laws[name].cdf(base + lift * np.abs(base))))

    def lift_quantile(self, p: float, name: str, other: str) -> float:
        def excess(power: float) -> float:
            return self.below_lift(math.sinh(power), name, other) - p

        return math.sinh(optimize.brentq(excess, -20, 20, xtol=1e-10))

    def best(self, name: str, *, lower: bool) -> float:
        """The probability that a mean is the largest of all, or the smallest."""
        own = self._drawn[name]
        others = [law for key, law in self.laws.items() if key != name]
        beaten = [law.sf(own) if lower else law.cdf(own) for law in others]
        return float(np.mean(np.prod(beaten, 0)))

    def densest(self, name: str, level: float = 0.9) -> tuple[float, float]:
        """The shortest interval with a probability."""
        law = self.laws[name]
        found = optimize.minimize_scalar(
            lambda tail: law.ppf(tail + level) - law.ppf(tail),
            bounds=(0, 1 - level),
            method="bounded",
            options={"xatol": 1e-9},
        )
        return float(law.ppf(found.x)), float(law.ppf(found.x + level))


def tail(arm: Units, base: Units, lift: float = 0.0) -> float:
    """The probability of so large a difference, or a larger one, if ``lift`` is the truth.

    The lift is relative to the size of the baseline's mean.
    """
    ratio = 1.0 + math.copysign(lift, lift * base.mean)
    excess = arm.mean - ratio * base.mean
    if isinstance(arm, Rate):
        assert isinstance(base, Rate)
        p = _likeliest(arm, base, ratio)
        own = ratio * p
        whole = arm.units + base.units
        variance = own * (1 - own) / arm.units + ratio**2 * p * (1 - p) / base.units
        return float(stats.norm.sf(excess / math.sqrt(variance * whole / (whole - 1))))
    assert isinstance(base, Values)
    first, second = arm.error**2, (ratio * base.error) ** 2
    # The degrees of freedom of Welch and Satterthwaite are those of the difference.
    null = base.error**2
    degrees = (first + null) ** 2 / (first**2 / (arm.units - 1) + null**2 / (base.units - 1))
    return float(stats.t.sf(excess / math.sqrt(first + second), degrees))


def _likeliest(arm: Rate, base: Rate, ratio: float) -> float:
    """The rate of the baseline that explains both counts best, if the rates have this ratio."""

    def unlikely(p: float) -> float:
        own = stats.binom.logpmf(arm.conversions, arm.units, min(p * ratio, 1.0))
        return -float(own + stats.binom.logpmf(base.conversions, base.units, p))

    highest = min(1.0, 1.0 / ratio) if ratio > 0 else 1.0
    found = optimize.minimize_scalar(
        unlikely, bounds=(0, highest), method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x)
