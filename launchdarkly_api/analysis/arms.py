"""The counts of one treatment, from which every result is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from launchdarkly_api._support.errors import ApiTypeError, ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.scalars import plain_scalar, whole_number

#: A sum over millions of rows is rounded: engines add floats one by one, in any order. A sum of
#: squares may fall short of its smallest possible value by this share of it.
ROUNDING = Fraction(1, 10**9)

#: More units are a mistake: no database counts them.
MOST_UNITS = 10**18

Number = int | float | Decimal | Fraction


@dataclass(frozen=True, kw_only=True, repr=False)
class Arm:
    """The counts of one treatment for one metric.

    A conversion metric needs ``units`` and ``conversions``; a numeric metric needs ``units``,
    ``total`` and ``total_of_squares``. Whether a unit without events counts, with the value 0, is
    a setting of the metric: count it, or leave it out of ``units``.

    Attributes:
        units: The number of units. Each counts once, however many events it sent.
        conversions: The number of units that converted.
        total: The sum of the values of the units, with one value for each unit.
        total_of_squares: The sum of the squares of the same values.
    """

    units: int
    conversions: int | None = None
    total: Number | None = None
    total_of_squares: Number | None = None

    def __post_init__(self) -> None:
        """Convert the numbers, which may be those of NumPy or a database, and check them.

        Raises:
            ApiValueError: A number is missing, or no units can have these counts.
        """
        self._set(units=self._count("units", self.units))
        sums = (self.total, self.total_of_squares)
        if self.conversions is not None and sums == (None, None):
            self._set(conversions=self._count("conversions", self.conversions))
            if self.conversions > self.units:
                raise self._impossible(
                    f"{self.conversions} of {self.units} units cannot have converted",
                    "Count each unit once, however often it converted",
                )
        elif self.conversions is None and None not in sums:
            self._set(total=self._sum("total", self.total))
            self._set(
                total_of_squares=self._sum("total_of_squares", self.total_of_squares),
            )
            self._check_squares()
        else:
            raise self._impossible(
                "the counts are incomplete",
                "Give conversions for a conversion metric, or total and total_of_squares for a"
                " numeric one",
            )

    @classmethod
    def from_values(cls, values: Iterable[float]) -> Arm:
        """Create the arm of a numeric metric from one value for each unit.

        The sums keep the variance to the last digit, also if the values are large and close
        together, for which a sum of squares in floats does not.

        Args:
            values: The values, such as a list, an array or a column of a frame.

        Returns:
            The arm.

        Raises:
            ApiTypeError: ``values`` is not an iterable of numbers.
            ApiValueError: A value is not finite.
        """
        floats = _floats(values)
        largest = max(map(abs, floats), default=0.0)
        if not all(map(math.isfinite, floats)):
            raise ApiValueError("values must be finite numbers: leave out what is missing")
        if not largest:
            return cls(units=len(floats), total=0, total_of_squares=0)
        # Scaled by a power of two, which rounds nothing, so that no square is beyond the floats.
        power = math.frexp(largest)[1]
        scaled = [math.ldexp(value, -power) for value in floats]
        total = math.fsum(scaled)
        mean = total / len(scaled)
        spread = math.fsum((value - mean) ** 2 for value in scaled)
        # The mean is rounded, so the deviations from it do not quite sum to zero.
        spread -= math.fsum(value - mean for value in scaled) ** 2 / len(scaled)
        unit = Fraction(2) ** power
        squares = Fraction(max(spread, 0.0)) + Fraction(total) ** 2 / len(scaled)
        return cls(
            units=len(floats), total=Fraction(total) * unit, total_of_squares=squares * unit**2
        )

    @property
    def numeric(self) -> bool:
        """Whether the metric is numeric."""
        return self.conversions is None

    @property
    def mean(self) -> float | None:
        """The share of units that converted, or the mean of their values. None without units."""
        if not self.units:
            return None
        return float(Fraction(self._total) / self.units)

    @property
    def variance(self) -> float | None:
        """The variance of one unit's value.

        For a numeric metric it is the unbiased estimate, which is None with fewer than two units;
        for a conversion metric it is that of a binomial distribution.
        """
        if self.conversions is not None:
            if not self.units:
                return None
            return float(
                Fraction(self.conversions * (self.units - self.conversions), self.units**2)
            )
        if self.units < 2:
            return None
        return as_float(max(self._spread, Fraction(0)) / (self.units - 1))

    @property
    def standard_error(self) -> float | None:
        """The standard error of the mean, or None if the variance is unknown."""
        if self.variance is None:
            return None
        if self.conversions is not None:
            return math.sqrt(self.variance / self.units)
        # From the exact ratio: the variance of tiny values is below the smallest float.
        return _root(max(self._spread, Fraction(0)) / (self.units * (self.units - 1)))

    @property
    def _total(self) -> Number:
        return (self.total if self.conversions is None else self.conversions) or 0

    @property
    def _spread(self) -> Fraction:
        """The sum of the squared deviations from the mean, without rounding."""
        return Fraction(self.total_of_squares or 0) - Fraction(self._total) ** 2 / self.units

    def _check_squares(self) -> None:
        if not self.units:
            if self.total or self.total_of_squares:
                raise self._impossible("no units have no values", "Count the units as well")
            return
        if self._spread < -ROUNDING * Fraction(self._total) ** 2 / self.units:
            raise self._impossible(
                f"the squares of values with this total sum to at least"
                f" {as_float(Fraction(self._total) ** 2 / self.units):.6g}",
                "Sum the square of each unit's value, not of its events",
            )

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _count(self, name: str, value: Any) -> int:
        """Convert a count. Frames often hold counts as floats."""
        count = whole_number(value)
        number = plain_scalar(value)
        if isinstance(number, float | Decimal | Fraction):
            # Infinity and NaN are not within the limits.
            number = Fraction(number) if abs(as_float(number)) < MOST_UNITS else Fraction(-1)
            count = int(number) if number.denominator == 1 else None
        if count is None or not 0 <= count < MOST_UNITS:
            raise self._impossible(
                f"{name} is {shown(value)}",
                f"{name} must be a whole number of at least 0, and below {MOST_UNITS:.0e}",
            )
        return count

    def _sum(self, name: str, value: Any) -> Number:
        count = whole_number(value)
        if count is not None:
            return count
        if isinstance(value, Fraction) or (isinstance(value, Decimal) and value.is_finite()):
            return value
        try:
            # Text and booleans, which ``float`` converts, are mistakes.
            number = math.nan if isinstance(plain_scalar(value), str | bool) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise self._impossible(
                f"{name} is {shown(value)}", f"{name} must be a finite number"
            ) from None
        return number

    def _impossible(self, problem: str, remedy: str) -> ApiValueError:
        return ApiValueError(f"{self!r} is impossible: {problem}. {remedy}")

    def __repr__(self) -> str:
        values = (
            (name, getattr(self, name))
            for name in ("units", "conversions", "total", "total_of_squares")
        )
        # A fraction of two large integers is unreadable.
        texts = (
            f"{name}={shown(as_float(value) if isinstance(value, Fraction) else value)}"
            for name, value in values
            if value is not None
        )
        return f"Arm({', '.join(texts)})"


def _floats(values: Iterable[float]) -> list[float]:
    try:
        # Iteration over a frame or a mapping gives its names, which may be numbers.
        listed = not isinstance(values, str | bytes | Mapping) and getattr(values, "ndim", 1) == 1
        if listed:
            return [_number(value) for value in values]
    except (TypeError, ValueError):
        pass
    # A series has lines.
    found = " ".join(shown(values).split())
    raise ApiTypeError(
        f"values must be numbers, one for each unit, not {found}. Leave out what is missing"
    )


def _number(value: Any) -> float:
    # Text, which ``float`` converts, is a mistake.
    if isinstance(value, str | bytes):
        raise TypeError
    return float(value)


def as_float(number: float | Decimal | Fraction) -> float:
    """Convert a number. Beyond the largest float it is infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
    except ValueError:
        # A decimal may be a NaN that raises an exception wherever it is used.
        return math.nan


def _root(value: Fraction) -> float:
    """The square root of a fraction that may be outside of the range of floats."""
    if not value:
        return 0.0
    shift = (value.numerator.bit_length() - value.denominator.bit_length()) // 2
    return math.ldexp(math.sqrt(value / Fraction(4) ** shift), shift)
