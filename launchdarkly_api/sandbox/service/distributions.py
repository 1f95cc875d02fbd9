"""The distributions that results need, in plain Python.

The continued fractions and series are those of Abramowitz and Stegun, chapters 6 and 26,
evaluated by Lentz's method.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol

_TINY = 1e-300
#: A small multiple of the spacing of floats at one, so that every loop ends despite rounding.
_PRECISION = 4e-15


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value, change, m = d, 0.0, 0
    while abs(change - 1.0) > _PRECISION:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        change = 1.0
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            change *= c * d
        value *= change
    return value


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function: P(X <= x) of a Beta(a, b)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _beta_fraction(x, a, b) / a
    return 1.0 - front * _beta_fraction(1.0 - x, b, a) / b


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x with P(X <= x) = p, by bisection."""
    low, high = 0.0, 1.0
    while high - low > 1e-14 * high:
        middle = (low + high) / 2.0
        if beta_cdf(middle, a, b) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def chi_square_survival(x: float, degrees: int) -> float:
    """P(X > x) of a chi-square distribution. With no degrees of freedom, X is 0."""
    if x <= 0.0:
        return 1.0
    if degrees <= 0 or math.isinf(x):
        return 0.0
    a, x = degrees / 2.0, x / 2.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:
        term = total = 1.0 / a
        n = 0
        while term > total * _PRECISION:
            n += 1
            term *= x / (a + n)
            total += term
        return 1.0 - front * total
    b = x + 1.0 - a
    c, d = 1.0 / _TINY, 1.0 / b
    value, change, n = d, 0.0, 0
    while abs(change - 1.0) > _PRECISION:
        n += 1
        step = -n * (n - a)
        b += 2.0
        d = 1.0 / _away_from_zero(step * d + b)
        c = _away_from_zero(b + step / c)
        change = c * d
        value *= change
    return front * value


class Posterior(Protocol):
    """The posterior distribution of a mean."""

    @property
    def mean(self) -> float: ...

    def quantile(self, p: float) -> float: ...

    def draw(self, rng: random.Random) -> float: ...


@dataclass(frozen=True)
class BetaPosterior:
    """The posterior of a conversion rate, with a uniform prior."""

    conversions: int
    units: int

    @property
    def a(self) -> float:
        return 1.0 + self.conversions

    @property
    def b(self) -> float:
        return 1.0 + self.units - self.conversions

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    def quantile(self, p: float) -> float:
        return beta_quantile(p, self.a, self.b)

    def draw(self, rng: random.Random) -> float:
        return rng.betavariate(self.a, self.b)


@dataclass(frozen=True)
class NormalPosterior:
    """The posterior of a mean, with a flat prior: a normal distribution around the sample mean."""

    mean: float
    standard_error: float

    def quantile(self, p: float) -> float:
        if self.standard_error == 0.0:
            return self.mean
        return NormalDist(self.mean, self.standard_error).inv_cdf(p)

    def draw(self, rng: random.Random) -> float:
        return rng.gauss(self.mean, self.standard_error)
