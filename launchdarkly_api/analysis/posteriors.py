"""The posterior distribution of the mean of one treatment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from launchdarkly_api.analysis.arms import Arm
from launchdarkly_api.analysis.functions import normal_quantile, special

Floats = NDArray[np.float64]
Prior = Literal["uniform", "launchdarkly"]

#: The variance of the relative differences between the variations of experiments. LaunchDarkly
#: gives 0.04 for conversion metrics, and 0.13 to 0.19 for numeric ones: this is the middle.
SPREAD_OF_RATES = 0.04
SPREAD_OF_MEANS = 0.16
#: A number of standard errors beyond which a probability is 0 or 1, and whose square is a number.
_FAR = 1e150


class Posterior(Protocol):
    """The posterior distribution of a mean. Its methods take numbers and arrays."""

    @property
    def mean(self) -> float:
        """The mean of the distribution, which is the estimate."""
        ...

    def cdf(self, x: ArrayLike) -> Floats:
        """Return the probability that the mean is at most ``x``."""
        ...

    def density(self, x: ArrayLike) -> Floats:
        """Return the density at ``x``."""
        ...

    def at(self, z: ArrayLike) -> Floats:
        """Return the quantile whose probability is that of ``z`` in a standard normal law.

        It keeps its digits in the upper tail, unlike a probability near 1.
        """
        ...

    def sample(self, count: int, rng: np.random.Generator) -> Floats:
        """Draw from the distribution."""
        ...


def quantile(posterior: Posterior, p: float) -> float:
    """Return the value that the mean is below with probability ``p``."""
    return float(posterior.at(normal_quantile(p)))


@dataclass(frozen=True)
class BetaPosterior:
    """The posterior of a conversion rate: a beta distribution."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """The mean of the distribution."""
        return self.a / (self.a + self.b)

    def cdf(self, x: ArrayLike) -> Floats:
        """Return the probability that the rate is at most ``x``."""
        return _floats(special.betainc(self.a, self.b, np.clip(x, 0.0, 1.0)))

    def density(self, x: ArrayLike) -> Floats:
        """Return the density at ``x``."""
        x = np.asarray(x, np.float64)
        inside = np.clip(x, 0.0, 1.0)
        logarithm = (
            special.xlogy(self.a - 1.0, inside)
            + special.xlog1py(self.b - 1.0, -inside)
            - special.betaln(self.a, self.b)
        )
        return _floats(np.where(inside == x, np.exp(logarithm), 0.0))

    def at(self, z: ArrayLike) -> Floats:
        """Return the quantile whose probability is that of ``z`` in a standard normal law."""
        z = np.asarray(z, np.float64)
        tail = special.ndtr(-np.abs(z))
        below = special.betaincinv(self.a, self.b, tail)
        above = special.betainccinv(self.a, self.b, tail)
        return _floats(np.where(z < 0.0, below, above))

    def sample(self, count: int, rng: np.random.Generator) -> Floats:
        """Draw rates."""
        return rng.beta(self.a, self.b, count)


@dataclass(frozen=True)
class StudentPosterior:
    """The posterior of a mean with an unknown variance: a Student distribution around it.

    With infinite ``degrees``, it is a normal distribution.
    """

    location: float
    scale: float
    degrees: float = math.inf

    @property
    def mean(self) -> float:
        """The centre of the distribution, which is the estimate of the mean."""
        return self.location

    def cdf(self, x: ArrayLike) -> Floats:
        """Return the probability that the mean is at most ``x``."""
        standard = (np.asarray(x, np.float64) - self.location) / self.scale
        standard = np.clip(standard, -_FAR, _FAR)
        if math.isinf(self.degrees):
            return _floats(special.ndtr(standard))
        return _floats(special.stdtr(self.degrees, standard))

    def density(self, x: ArrayLike) -> Floats:
        """Return the density at ``x``."""
        square = ((np.asarray(x, np.float64) - self.location) / self.scale) ** 2
        half = self.degrees / 2.0
        if math.isinf(half):
            logarithm = -square / 2.0 - math.log(2.0 * math.pi) / 2.0
        else:
            logarithm = -(half + 0.5) * np.log1p(square / self.degrees) - (
                special.betaln(half, 0.5) + math.log(self.degrees) / 2.0
            )
        return _floats(np.exp(logarithm) / self.scale)

    def at(self, z: ArrayLike) -> Floats:
        """Return the quantile whose probability is that of ``z`` in a standard normal law."""
        z = np.asarray(z, np.float64)
        if math.isinf(self.degrees):
            return _floats(self.location + self.scale * z)
        tail = -special.stdtrit(self.degrees, special.ndtr(-np.abs(z)))
        return _floats(self.location + self.scale * np.copysign(tail, z))

    def sample(self, count: int, rng: np.random.Generator) -> Floats:
        """Draw means."""
        if math.isinf(self.degrees):
            return rng.normal(self.location, self.scale, count)
        return self.location + self.scale * rng.standard_t(self.degrees, count)


@dataclass(frozen=True)
class PointPosterior:
    """The posterior of a mean whose values do not vary: it is certain."""

    mean: float

    def cdf(self, x: ArrayLike) -> Floats:
        """Return 1 if ``x`` is at least the value, else 0."""
        return _floats(np.asarray(x) >= self.mean)

    def density(self, x: ArrayLike) -> Floats:
        """Return 0: the whole probability is in one point, which has no density."""
        return np.zeros(np.shape(x))

    def at(self, z: ArrayLike) -> Floats:
        """Return the value, which every quantile is."""
        return np.full(np.shape(z), self.mean)

    def sample(self, count: int, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        """Return the value, ``count`` times."""
        return np.full(count, self.mean)


def posterior_of(arm: Arm, control: Arm | None = None) -> Posterior | None:
    """Return the posterior of an arm, or None if its counts do not determine one.

    Args:
        arm: The counts.
        control: The counts of the baseline, if the prior is LaunchDarkly's for treatments.
            Otherwise it is uniform: Beta(1, 1) for a rate; and for a mean the reference prior,
            which gives Student's distribution with one degree of freedom less than units.

    Returns:
        The posterior. None for a rate without units, and for a mean with fewer than two.
    """
    if arm.conversions is not None:
        if not arm.units:
            return None
        a, b = (1.0, 1.0) if control is None else _prior_of_rate(control)
        return BetaPosterior(a + arm.conversions, b + arm.units - arm.conversions)
    mean, error = arm.mean, arm.standard_error
    if mean is None or error is None:
        return None
    if control is not None and control.standard_error is not None:
        return _shrunk(mean, error, control)
    if not error:
        return PointPosterior(mean)
    return StudentPosterior(mean, error, arm.units - 1)


def _prior_of_rate(control: Arm) -> tuple[float, float]:
    """The beta prior whose mean is the control's rate. Uniform if none has the variance."""
    rate, variance = control.mean, control.variance
    if not rate or not variance:
        return 1.0, 1.0
    pseudo_units = variance / (rate * rate * SPREAD_OF_RATES + variance / control.units) - 1.0
    if pseudo_units <= 0.0:
        return 1.0, 1.0
    return rate * pseudo_units, (1.0 - rate) * pseudo_units


def _shrunk(mean: float, error: float, control: Arm) -> Posterior:
    """The normal posterior of a mean, with a prior around the control's mean."""
    centre, own = control.mean or 0.0, control.standard_error or 0.0
    width = math.hypot(centre * math.sqrt(SPREAD_OF_MEANS), own)
    if not error or not width:
        return PointPosterior(mean if not error else centre)
    share = 1.0 / math.hypot(1.0, error / width)
    return StudentPosterior(centre + share * share * (mean - centre), error * share)


def _floats(values: Any) -> Floats:
    return np.asarray(values, np.float64)
