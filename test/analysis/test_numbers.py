"""Numbers of every kind are read alike, and what is no number is one clear sentence."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from launchdarkly_api.analysis import (
    Arm,
    bayesian_analysis,
    bayesian_results,
    corrected,
    days_left,
    detectable_lift,
    frequentist_results,
    mismatch,
    sample_size,
)
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

HUGE = 10**400
NOT_FINITE = [float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")]
ARMS = {"a": Arm(units=10, conversions=3), "b": Arm(units=10, conversions=4)}


def told(error: type[Exception], call: Any) -> str:
    """The sentence of the exception that a call raises."""
    with pytest.raises(error) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize("kind", [int, float, Decimal, Fraction, np.int32, np.float64])
def test_counts_may_be_of_any_kind_of_number(kind: Any) -> None:
    assert Arm(units=kind(10), conversions=kind(3)) == Arm(units=10, conversions=3)


@pytest.mark.parametrize("wrong", [*NOT_FINITE, HUGE, 10**18, -1, 1.5, Fraction(1, 3), True, "10"])
def test_what_cannot_be_a_count_is_told(wrong: Any) -> None:
    text = told(ApiValueError, lambda: Arm(units=wrong, conversions=0))
    assert text.endswith("units must be a whole number of at least 0, and below 1e+18")


@pytest.mark.parametrize(
    "wrong", [["1", "2"], [None], [b"1"], np.ones((2, 2)), pd.DataFrame([1]), {1: 2}]
)
def test_values_are_numbers_and_not_text(wrong: Any) -> None:
    assert "values must be numbers" in told(ApiTypeError, lambda: Arm.from_values(wrong))


@pytest.mark.parametrize("share", [Decimal("0.75"), Fraction(3, 4), np.float32(0.75)])
def test_a_level_may_be_of_any_kind_of_number(share: Any) -> None:
    assert bayesian_results(ARMS, level=share) == bayesian_results(ARMS, level=0.75)
    assert frequentist_results(ARMS, baseline="a", alpha=share).alpha == 0.75


@pytest.mark.parametrize("wrong", [*NOT_FINITE, HUGE, -HUGE, 0, 1, True, "0.9", None])
def test_what_cannot_be_a_level_is_told(wrong: Any) -> None:
    for call in (
        lambda: bayesian_results(ARMS, level=wrong),
        lambda: frequentist_results(ARMS, baseline="a", alpha=wrong),
    ):
        assert "it must be between 0 and 1" in told(ApiValueError, call)


@pytest.mark.parametrize("wrong", ["x", -1, 1.5, True])
def test_a_seed_is_a_whole_number(wrong: Any) -> None:
    assert "seed is" in told(ApiTypeError, lambda: bayesian_results(ARMS, seed=wrong))
    seed: Any = np.int64(3)
    assert bayesian_analysis(ARMS, seed=seed).seed == 3


def test_a_choice_is_true_or_false() -> None:
    wrong: Any = "no"
    for call in (
        lambda: bayesian_results(ARMS, lower_is_better=wrong),
        lambda: sample_size(baseline=0.1, lift=0.1, two_sided=wrong),
    ):
        assert "'no'; it must be True or False" in told(ApiTypeError, call)
    assert bayesian_analysis(ARMS, lower_is_better=np.True_).lower_is_better is True  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lift": 1e-300}, "lift is 1e-300; no sample detects that"),
        ({"lift": HUGE}, "no sample detects that"),
        ({"baseline": HUGE, "standard_deviation": 1}, "a lift is relative to a mean other than 0"),
        ({"standard_deviation": Decimal("NaN")}, "it must be larger than 0"),
        ({"arms": HUGE}, "an experiment has at least 2, and fewer than 10,000"),
        ({"power": Decimal("sNaN")}, "it must be between 0 and 1"),
    ],
)
def test_a_plan_that_is_impossible_is_told(wrong: Any, message: str) -> None:
    given: dict[str, Any] = {"baseline": 0.1, "lift": 0.1, **wrong}
    assert message in told(ApiValueError, lambda: sample_size(**given))


@pytest.mark.parametrize("wrong", [*NOT_FINITE, HUGE])
def test_sizes_are_finite(wrong: Any) -> None:
    for call in (
        lambda: detectable_lift(baseline=0.1, units=wrong),
        lambda: days_left(needed=wrong, units=1, units_per_day=1.5),
        lambda: mismatch({"a": wrong, "b": 1}, {"a": 50, "b": 50}),
    ):
        told(ApiValueError, call)


def test_numbers_of_several_kinds_are_mixed() -> None:
    needed: Any = Decimal(10)
    assert days_left(needed=needed, units=4, units_per_day=1.5) == 4.0
    shares: Any = {"a": Decimal(50), "b": Fraction(50)}
    assert mismatch({"a": 10, "b": 12}, shares) == mismatch([10, 12], [1, 1])


@pytest.mark.parametrize("wrong", [float("nan"), -0.1, 1.1, "0.01", None])
def test_a_p_value_is_between_0_and_1(wrong: Any) -> None:
    assert "p_values contains" in told(ApiValueError, lambda: corrected([0.1, wrong], "bonferroni"))
