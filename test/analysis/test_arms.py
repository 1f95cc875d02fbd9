"""An arm takes counts from anywhere, keeps their variance, and refuses impossible ones."""

from __future__ import annotations

import math
import pickle
import statistics
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from launchdarkly_api.analysis import Arm
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError


def test_a_conversion_arm_has_the_mean_and_variance_of_a_binomial_share() -> None:
    arm = Arm(units=1000, conversions=100)
    assert (arm.numeric, arm.mean, arm.variance) == (False, 0.1, 0.09)
    assert arm.standard_error == pytest.approx(math.sqrt(0.09 / 1000))


def test_a_numeric_arm_has_the_mean_and_variance_of_its_values() -> None:
    values = [3.0, 4.5, 9.0, -2.0]
    arm = Arm(units=4, total=sum(values), total_of_squares=sum(v * v for v in values))
    assert arm.numeric
    assert arm.mean == statistics.mean(values)
    assert arm.variance == pytest.approx(statistics.variance(values))
    assert arm.standard_error == pytest.approx(statistics.stdev(values) / 2)


@pytest.mark.parametrize(
    ("count", "square"),
    [
        (np.int64(4), np.float64(30.0)),
        (4.0, 30),
        (Decimal(4), Decimal("30.0")),
        (np.float32(4), Fraction(30)),
    ],
)
def test_numbers_of_frames_and_databases_are_taken(count: Any, square: Any) -> None:
    arm = Arm(units=count, total=count, total_of_squares=square)
    assert (arm.units, arm.mean) == (4, 1.0)
    assert arm.variance == pytest.approx(26 / 3)
    assert Arm(units=count, conversions=count) == Arm(units=4, conversions=4)


def test_whole_numbers_keep_a_variance_that_floats_would_lose() -> None:
    values = [10**17, 10**17 + 1, 10**17 + 2]
    arm = Arm(units=3, total=sum(values), total_of_squares=sum(v * v for v in values))
    assert arm.variance == 1.0


@pytest.mark.parametrize(
    "values",
    [
        [1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.4],
        [1e-200, 2e-200, 4e-200],
        [1e100, -1e100, 3e99],
        [1e308, 1.1e308, 1.2e308],
        [5.0, 5.0, 5.0],
        [0.0, 0.0],
        [-10.0, -10.1, -9.9],
    ],
)
def test_values_keep_their_mean_and_error(values: list[float]) -> None:
    arm = Arm.from_values(values)
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    spread = sum((value - mean) ** 2 for value in exact) / (len(exact) - 1)
    scale = Fraction(max(map(abs, values)) or 1.0)
    assert arm.mean is not None
    assert arm.mean == pytest.approx(float(mean), rel=1e-15, abs=0)
    error = arm.standard_error
    assert error is not None
    assert error / float(scale) == pytest.approx(
        math.sqrt(spread / scale**2 / len(values)), rel=1e-9, abs=1e-17
    )


def test_an_arm_without_enough_units_has_no_variance() -> None:
    assert Arm.from_values([]) == Arm(units=0, total=0, total_of_squares=0)
    none = Arm(units=0, conversions=0)
    assert (none.mean, none.variance, none.standard_error) == (None, None, None)
    one = Arm.from_values([5.0])
    assert (one.mean, one.variance, one.standard_error) == (5.0, None, None)


def test_a_rounded_sum_of_squares_is_a_variance_of_zero() -> None:
    arm = Arm(units=10, total=3.0, total_of_squares=0.9 - 1e-12)
    assert (arm.variance, arm.standard_error) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (
            {"units": 5, "conversions": 6},
            "Arm(units=5, conversions=6) is impossible: 6 of 5 units cannot have converted."
            " Count each unit once, however often it converted",
        ),
        ({"units": -1, "conversions": 0}, "units is -1. units must be a whole number"),
        ({"units": 5, "conversions": -2}, "conversions is -2. conversions must be a whole"),
        ({"units": 5.5, "conversions": 2}, "units is 5.5. units must be a whole number"),
        ({"units": math.inf, "conversions": 2}, "units must be a whole number"),
        ({"units": True, "conversions": 0}, "units is True. units must be a whole number"),
        ({"units": 5}, "the counts are incomplete. Give conversions for a conversion metric"),
        ({"units": 5, "total": 1.0}, "the counts are incomplete"),
        (
            {"units": 5, "conversions": 1, "total": 1.0, "total_of_squares": 1.0},
            "the counts are incomplete",
        ),
        (
            {"units": 2, "total": 10.0, "total_of_squares": 10.0},
            "the squares of values with this total sum to at least 50. Sum the square of each"
            " unit's value, not of its events",
        ),
        ({"units": 0, "total": 1.0, "total_of_squares": 1.0}, "no units have no values"),
        (
            {"units": 2, "total": math.nan, "total_of_squares": 1.0},
            "total is nan. total must be a finite number",
        ),
        ({"units": 2, "total": "3", "total_of_squares": 5.0}, "total is '3'. total must be a"),
        ({"units": 2, "total": True, "total_of_squares": 5.0}, "total is True. total must be a"),
        ({"units": True, "conversions": False}, "units is True. units must be a whole number"),
        ({"units": 2, "total": 1j, "total_of_squares": 5.0}, "total is 1j. total must be a"),
        ({"units": 2, "total": "many", "total_of_squares": 1.0}, "total is 'many'"),
        ({"units": 2, "total": 1, "total_of_squares": Decimal("inf")}, "must be a finite number"),
    ],
)
def test_impossible_counts_are_one_error_with_a_remedy(counts: dict[str, Any], said: str) -> None:
    with pytest.raises(ApiValueError) as caught:
        Arm(**counts)
    assert said in str(caught.value)
    assert str(caught.value).startswith("Arm(")


def test_values_must_be_finite() -> None:
    with pytest.raises(ApiValueError, match="values must be finite numbers: leave out"):
        Arm.from_values([1.0, math.nan])


@pytest.mark.parametrize("values", ["123", b"1", 3, None, [1.0, None], ["a"], np.ones((2, 2))])
def test_values_must_be_numbers(values: Any) -> None:
    with pytest.raises(ApiTypeError, match="values must be numbers, one for each unit, not"):
        Arm.from_values(values)


def test_arms_are_values() -> None:
    arm = Arm.from_values([1.5, 2.5])
    assert pickle.loads(pickle.dumps(arm)) == arm
    assert repr(arm) == "Arm(units=2, total=4.0, total_of_squares=8.5)"
    assert len({arm, Arm.from_values([1.5, 2.5])}) == 1
