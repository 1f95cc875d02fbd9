"""The units that an experiment needs, the lift that it detects, and the days until its end."""

from __future__ import annotations

import math
from dataclasses import dataclass

from launchdarkly_api._support.errors import ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.scalars import whole_number
from launchdarkly_api.analysis.checking import checked_choice, checked_number, checked_share
from launchdarkly_api.analysis.functions import (
    normal_cdf,
    normal_quantile,
    root,
    special,
    student_quantile,
)

#: Above this number of units, Student's distribution needs as many more units as in the limit.
_MANY = 10_000
#: More arms are a mistake.
MOST_ARMS = 10_000
#: The smallest difference to plan for, in standard deviations: fewer than 10**30 units show it.
_LEAST = 1e-14
#: A difference this number of standard errors beyond the critical one is detected.
_CERTAIN = 30.0
#: With an effect of this number of standard errors, the tail on the other side is empty.
_ONE_TAIL = 4.0


def sample_size(
    *,
    baseline: float,
    lift: float,
    power: float = 0.8,
    alpha: float = 0.05,
    arms: int = 2,
    standard_deviation: float | None = None,
    two_sided: bool = True,
) -> int:
    """Return the units that each arm needs, for a test at a fixed horizon.

    Rates are planned for the score test, and means for Student's test with equal variances. With
    more than two arms, each treatment is compared with the baseline at ``alpha`` divided by their
    number, as Bonferroni's correction does.

    Args:
        baseline: The conversion rate of the baseline, or its mean if ``standard_deviation`` is
            given.
        lift: The relative difference to detect: 0.1 for a rise by 10 %, -0.1 for a fall.
        power: The probability to detect it.
        alpha: The significance level.
        arms: The number of arms, with the baseline.
        standard_deviation: The standard deviation of one unit's value, for a numeric metric.
        two_sided: Whether a difference in either direction counts.

    Returns:
        The units of one arm.

    Raises:
        ApiTypeError: An argument is not a number.
        ApiValueError: A number is out of its range, or the lift leads to an impossible rate.
    """
    plan = _Plan.of(baseline, power, alpha, arms, standard_deviation, two_sided=two_sided)
    difference = plan.checked_difference(lift)
    return plan.units(difference)


def detectable_lift(
    *,
    baseline: float,
    units: int,
    power: float = 0.8,
    alpha: float = 0.05,
    arms: int = 2,
    standard_deviation: float | None = None,
    two_sided: bool = True,
) -> float | None:
    """Return the smallest rise that a number of units detects. The inverse of ``sample_size``.

    Args:
        baseline: The conversion rate of the baseline, or its mean.
        units: The units of one arm.
        power: The probability to detect the rise.
        alpha: The significance level.
        arms: The number of arms, with the baseline.
        standard_deviation: The standard deviation of one unit's value, for a numeric metric.
        two_sided: Whether a difference in either direction counts.

    Returns:
        The lift as a fraction. None if the units detect no rise, not even to a rate of 100 %.

    Raises:
        ApiTypeError: An argument is not a number.
        ApiValueError: A number is out of its range.
    """
    plan = _Plan.of(baseline, power, alpha, arms, standard_deviation, two_sided=two_sided)
    number = checked_number("units", units)
    if not math.isfinite(number):
        raise ApiValueError(f"units is {shown(units)}; it must be a finite number")
    units = int(number)
    if units < 2:
        return None
    largest = 1.0 - plan.baseline if plan.deviation is None else math.inf
    high = min(largest, abs(plan.baseline))
    while plan.power(units, high) < plan.wanted:
        if high >= largest:
            return None
        high = min(high * 2.0, largest)
    found = root(lambda share: plan.power(units, share * high) - plan.wanted, 0.0, 1.0, xtol=1e-14)
    return found * high / abs(plan.baseline)


def days_left(*, needed: int, units: int, units_per_day: float) -> float:
    """Return the days until an arm has the units that it needs, at today's pace.

    Args:
        needed: The units that each arm needs, such as ``sample_size`` returns.
        units: The units of the smallest arm until now.
        units_per_day: The units that it got today, or in a typical day.

    Returns:
        The days, as a fraction. 0 if the units are there, and infinite if none arrive.

    Raises:
        ApiTypeError: An argument is not a number.
        ApiValueError: A number is negative.
    """
    numbers: list[float] = []
    for name, value in (("needed", needed), ("units", units), ("units_per_day", units_per_day)):
        number = checked_number(name, value)
        if not 0 <= number < math.inf:
            raise ApiValueError(f"{name} is {shown(value)}; it must be at least 0, and finite")
        numbers.append(number)
    wanted, there, pace = numbers
    if there >= wanted:
        return 0.0
    return (wanted - there) / pace if pace else math.inf


@dataclass(frozen=True)
class _Plan:
    """A test that is planned."""

    baseline: float
    #: The standard deviation of a unit's value. None for a rate.
    deviation: float | None
    tail: float
    two_sided: bool
    wanted: float

    @classmethod
    def of(
        cls,
        baseline: float,
        power: float,
        alpha: float,
        arms: int,
        deviation: float | None,
        *,
        two_sided: bool,
    ) -> _Plan:
        wanted, alpha = checked_share("power", power), checked_share("alpha", alpha)
        baseline = checked_number("baseline", baseline)
        number = whole_number(arms)
        if number is None or not 2 <= number < MOST_ARMS:
            raise ApiValueError(
                f"arms is {shown(arms)}; an experiment has at least 2, and fewer than {MOST_ARMS:,}"
            )
        if deviation is not None:
            deviation = checked_number("standard_deviation", deviation)
        if deviation is None:
            if not 0.0 < baseline < 1.0:
                raise ApiValueError(
                    f"baseline is {shown(baseline)}; a conversion rate is between 0 and 1. For the"
                    " mean of a numeric metric, give standard_deviation as well"
                )
        elif not 0.0 < deviation < math.inf:
            raise ApiValueError(
                f"standard_deviation is {shown(deviation)}; it must be larger than 0"
            )
        elif not baseline or not math.isfinite(baseline):
            raise ApiValueError(
                f"baseline is {shown(baseline)}; a lift is relative to a mean other than 0"
            )
        two_sided = checked_choice("two_sided", two_sided)
        tail = alpha / (number - 1) / (2.0 if two_sided else 1.0)
        return cls(baseline, deviation, tail, two_sided, wanted)

    def checked_difference(self, lift: float) -> float:
        """The difference of a lift, in the metric's unit."""
        difference = abs(self.baseline) * checked_number("lift", lift)
        smallest = (self.deviation or 1.0) * _LEAST
        if not smallest < abs(difference) < math.inf:
            raise ApiValueError(f"lift is {shown(lift)}; no sample detects that")
        rate = self.baseline + difference
        if self.deviation is None and not 0.0 <= rate <= 1.0:
            raise ApiValueError(
                f"lift is {shown(lift)}, which makes the rate {rate:.4g}; a rate is between 0 and 1"
            )
        return difference

    def units(self, difference: float) -> int:
        """The smallest number of units with the wanted power."""
        z, wanted = -normal_quantile(self.tail), normal_quantile(self.wanted)
        if self.deviation is None:
            pooled, apart = self._deviations(difference)
            size = (z * pooled + wanted * apart) / abs(difference)
            return max(1, math.ceil(size * size))
        size = math.sqrt(2.0) * self.deviation * (z + wanted) / abs(difference)
        units = max(2, math.ceil(size * size + z * z / 4.0))
        if units > _MANY:
            return units
        while units > 2 and self.power(units - 1, difference) >= self.wanted:
            units -= 1
        while self.power(units, difference) < self.wanted:
            units += 1
        return units

    def power(self, units: int, difference: float) -> float:
        """The probability to detect a difference, in its own direction."""
        if self.deviation is None:
            pooled, apart = self._deviations(difference)
            z = abs(difference) * math.sqrt(units) + normal_quantile(self.tail) * pooled
            return normal_cdf(z / apart) if apart else float(z > 0.0)
        return self._power_of_means(units, abs(difference) / self.deviation)

    def _power_of_means(self, units: int, effect: float) -> float:
        z = normal_quantile(self.tail)
        if units > _MANY:
            return normal_cdf(effect * math.sqrt((units - z * z / 4.0) / 2.0) + z)
        degrees, shift = 2.0 * (units - 1), effect * math.sqrt(units / 2.0)
        critical = -student_quantile(degrees, self.tail)
        if shift > critical + _CERTAIN:
            return 1.0
        found = 1.0 - float(special.nctdtr(degrees, shift, critical))
        if self.two_sided and shift < _ONE_TAIL:
            found += float(special.nctdtr(degrees, shift, -critical))
        return found

    def _deviations(self, difference: float) -> tuple[float, float]:
        """The standard deviations of a difference of rates: with a pooled rate, and without."""
        low, high = self.baseline, self.baseline + difference
        middle = (low + high) / 2.0
        pooled = math.sqrt(2.0 * middle * (1.0 - middle))
        return pooled, math.sqrt(max(low * (1.0 - low) + high * (1.0 - high), 0.0))
