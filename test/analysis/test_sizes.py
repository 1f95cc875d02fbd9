"""Sample sizes and their inverses, against statsmodels and scipy."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

from launchdarkly_api.analysis import days_left, detectable_lift, sample_size
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError


@pytest.mark.parametrize("baseline", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("lift", [0.02, 0.1, -0.3])
@pytest.mark.parametrize("power", [0.8, 0.95])
def test_the_size_for_rates_is_that_of_statsmodels(
    baseline: float, lift: float, power: float
) -> None:
    # The name of the function notwithstanding, "larger" and "smaller" need alpha as it is.
    expected = samplesize_proportions_2indep_onetail(
        baseline * lift, baseline, power, ratio=1, alpha=0.05, alternative="two-sided"
    )
    assert sample_size(baseline=baseline, lift=lift, power=power) == math.ceil(expected)


@pytest.mark.parametrize("deviation", [1.0, 5.0, 20.0, 80.0])
@pytest.mark.parametrize("two_sided", [True, False])
@pytest.mark.parametrize("lift", [0.5, 0.1, -0.1])
def test_the_size_for_means_is_that_of_statsmodels(
    deviation: float, two_sided: bool, lift: float
) -> None:
    units = sample_size(baseline=10.0, lift=lift, standard_deviation=deviation, two_sided=two_sided)
    power = TTestIndPower()
    kind = "two-sided" if two_sided else "larger"
    effect = abs(10.0 * lift) / deviation
    assert power.power(effect, units, 0.05, alternative=kind) >= 0.8 - 1e-9
    assert units == 2 or power.power(effect, units - 1, 0.05, alternative=kind) < 0.8


@pytest.mark.parametrize(("alpha", "deviation"), [(0.01, 1 / 1.5), (0.01, 0.1), (0.2, 1.0)])
def test_a_size_of_a_few_units_has_its_power(alpha: float, deviation: float) -> None:
    options: Any = {"alpha": alpha, "power": 0.9, "standard_deviation": deviation}
    units = sample_size(baseline=1.0, lift=1.0, two_sided=False, **options)
    power = TTestIndPower().power
    assert power(1 / deviation, units, alpha, alternative="larger") >= 0.9
    assert units == 2 or power(1 / deviation, units - 1, alpha, alternative="larger") < 0.9


def test_a_small_power_counts_both_tails() -> None:
    units = sample_size(baseline=1.0, lift=0.1, power=0.3, alpha=0.2, standard_deviation=1.0)
    power = TTestIndPower().power
    assert power(0.1, units, 0.2) >= 0.3 > power(0.1, units - 1, 0.2)


def test_a_large_size_for_means_is_that_of_a_normal_law() -> None:
    units = sample_size(baseline=10.0, lift=0.001, standard_deviation=20.0)
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert units == pytest.approx(2 * (20.0 / 0.01 * z) ** 2, rel=1e-6)


def test_a_negative_mean_is_planned_for_by_its_size() -> None:
    options: Any = {"lift": 0.1, "standard_deviation": 5.0}
    assert sample_size(baseline=-10.0, **options) == sample_size(baseline=10.0, **options)


def test_more_arms_need_more_units_each() -> None:
    two, four = (sample_size(baseline=0.1, lift=0.1, arms=arms) for arms in (2, 4))
    assert four == sample_size(baseline=0.1, lift=0.1, alpha=0.05 / 3) > two


@pytest.mark.parametrize("two_sided", [True, False])
@pytest.mark.parametrize(("baseline", "deviation"), [(0.1, None), (10.0, 5.0), (-10.0, 50.0)])
@pytest.mark.parametrize("lift", [0.02, 0.3])
def test_the_detectable_lift_is_the_inverse_of_the_size(
    baseline: float, deviation: float | None, lift: float, two_sided: bool
) -> None:
    options: Any = {
        "baseline": baseline,
        "standard_deviation": deviation,
        "two_sided": two_sided,
        "arms": 3,
    }
    units = sample_size(lift=lift, **options)
    found = detectable_lift(units=units, **options)
    assert found is not None
    assert found <= lift * (1 + 1e-9)
    assert detectable_lift(units=units - 1, **options) > lift * (1 - 1e-9)  # type: ignore[operator]


def test_a_large_lift_of_a_mean_is_detected_by_few_units() -> None:
    found = detectable_lift(baseline=1.0, units=3, standard_deviation=10.0)
    assert found is not None
    assert found > 10.0


def test_some_rises_are_beyond_a_rate_of_one() -> None:
    assert detectable_lift(baseline=0.9, units=20) is None
    assert detectable_lift(baseline=0.1, units=1) is None
    assert detectable_lift(baseline=0.5, units=10, power=0.3) is not None
    assert sample_size(baseline=0.9, lift=1 / 9) > 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"needed": 1000, "units": 400, "units_per_day": 50}, 12.0),
        ({"needed": 1000, "units": 1000, "units_per_day": 0}, 0.0),
        ({"needed": 1000, "units": 400, "units_per_day": 0}, math.inf),
    ],
)
def test_days_are_left_at_todays_pace(options: Any, expected: float) -> None:
    assert days_left(**options) == expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"baseline": 10.0},
            "baseline is 10.0; a conversion rate is between 0 and 1. For the mean",
        ),
        ({"baseline": 0.0, "standard_deviation": 1.0}, "a lift is relative to a mean other than 0"),
        ({"standard_deviation": 0.0}, "standard_deviation is 0.0; it must be larger than 0"),
        ({"lift": 0.0}, "lift is 0.0; no sample detects that"),
        ({"lift": 12.0}, "lift is 12.0, which makes the rate 1.3; a rate is between 0 and 1"),
        ({"lift": -1.2}, "which makes the rate -0.02"),
        ({"power": 80}, "power is 80; it must be between 0 and 1"),
        ({"alpha": 0.0}, "alpha is 0.0; it must be between 0 and 1"),
        ({"arms": 1}, "arms is 1; an experiment has at least 2"),
        ({"arms": 2.5}, "arms is 2.5; an experiment has at least 2"),
        ({"baseline": "0.1"}, "baseline is '0.1'; it must be a number"),
        ({"lift": True}, "lift is True; it must be a number"),
        ({"standard_deviation": "1"}, "standard_deviation is '1'; it must be a number"),
    ],
)
def test_what_cannot_be_planned_is_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises((ApiValueError, ApiTypeError)) as caught:
        sample_size(**dict[str, Any](baseline=0.1, lift=0.1) | options)
    assert said in str(caught.value)


def test_numbers_may_be_those_of_numpy_or_a_database() -> None:
    expected = sample_size(baseline=0.5, lift=0.25)
    for number in (np.float64, np.float32, Decimal):
        assert sample_size(baseline=number(0.5), lift=number(0.25)) == expected  # type: ignore[arg-type]
    units: Any = np.int64(2000)
    assert detectable_lift(baseline=0.5, units=units) == detectable_lift(baseline=0.5, units=2000)


def test_negative_numbers_of_units_are_refused() -> None:
    with pytest.raises(ApiValueError, match="units is -1; it must be at least 0"):
        days_left(needed=5, units=-1, units_per_day=1)
