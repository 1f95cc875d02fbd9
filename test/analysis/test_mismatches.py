"""The test of the traffic split is the chi-square test."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from launchdarkly_api.analysis import chi_square_survival, mismatch
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError


@pytest.mark.parametrize(
    ("exposures", "shares"),
    [([1000, 1000], [50, 50]), ([1000, 1060], [0.5, 0.5]), ([520, 250, 230], [2, 1, 1])],
)
def test_it_agrees_with_scipy(exposures: list[int], shares: list[float]) -> None:
    expected = [sum(exposures) * share / sum(shares) for share in shares]
    truth = stats.chisquare(exposures, expected)
    found = mismatch(exposures, shares)
    assert found.statistic == pytest.approx(truth.statistic)
    assert found.p_value == pytest.approx(truth.pvalue)
    assert found.probability == 1 - found.p_value
    assert found.degrees == len(shares) - 1
    by_id = mismatch(dict(zip("abc", exposures)), dict(zip("abc", shares)))
    assert by_id == found


def test_the_threshold_of_the_field_is_one_in_a_thousand() -> None:
    fine, near, broken = (mismatch([1000, n], [1, 1]) for n in (1060, 1130, 1200))
    assert [one.found for one in (fine, near, broken)] == [False, False, True]


@pytest.mark.parametrize("counts", [[10_000, 10_100], [10_000, 10_900], [5_000, 5_600, 9_900]])
def test_the_sequential_test_weighs_a_dirichlet_distribution_against_the_plan(
    counts: list[int],
) -> None:
    plan = [0.25, 0.25, 0.5] if len(counts) == 3 else [0.5, 0.5]
    units = sum(counts)
    broken = stats.dirichlet_multinomial.logpmf(counts, [10_000 * share for share in plan], units)
    intact = stats.multinomial.logpmf(counts, units, plan)
    expected = 1 / (1 + math.exp(intact - broken))
    found = mismatch(counts, plan)
    assert found.posterior == pytest.approx(expected, rel=1e-6)
    assert found.alert == (expected > 0.99)


def test_the_sequential_test_may_be_looked_at_each_day() -> None:
    rng = np.random.default_rng(13)
    alarms = fixed = 0
    for _ in range(1000):
        split = np.cumsum(rng.binomial(1000, 0.5, 20))
        looks = [mismatch([int(n), 1000 * day - int(n)], [1, 1]) for day, n in enumerate(split, 1)]
        alarms += any(look.alert for look in looks)
        fixed += any(look.p_value < 0.01 for look in looks)
    print(f"20 looks at correct splits: {alarms / 1000:.1%} alerts, {fixed / 1000:.1%} p < 0.01")
    assert alarms <= 22
    assert fixed > 40
    assert mismatch([5_300, 4_700], [1, 1]).alert
    assert mismatch([53_000_000, 47_000_000], [1, 1]).posterior == 1.0
    assert mismatch([10**12, 10**12], [1, 1]).posterior < 0.01


@pytest.mark.parametrize(
    ("exposures", "shares", "p_value"),
    [
        ([100, 0], [1, 0], 1.0),
        ([100, 1], [1, 0], 0.0),
        ([0, 0], [1, 1], 1.0),
        ([100], [10], 1.0),
        ([1, 1], [0, 0], 0.0),
        ([], [], 1.0),
    ],
)
def test_edges(exposures: list[int], shares: list[float], p_value: float) -> None:
    found = mismatch(exposures, shares)
    assert found.p_value == p_value
    assert found.posterior == pytest.approx(1.0 if p_value == 0.0 else 0.5)


@pytest.mark.parametrize(
    ("exposures", "shares", "said"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, "exposures and shares differ in 'b': give both"),
        ({"a": 1}, [1], "must both be by id, or both be in one order"),
        ([1, 2], [1], "there are 2 exposures and 1 shares: give both for each treatment"),
        ([1, -2], [1, 1], "exposures contains -2; give numbers of at least 0"),
        ([1, 2], [1, float("nan")], "shares contains nan"),
        (["a", 2], [1, 1], "exposures contains 'a'; give numbers of at least 0"),
        ([True, 2], [1, 1], "exposures contains True; give numbers of at least 0"),
        (None, [1, 1], "exposures must be a mapping or a sequence, not None"),
    ],
)
def test_what_does_not_fit_is_named(exposures: Any, shares: Any, said: str) -> None:
    with pytest.raises((ApiValueError, ApiTypeError)) as caught:
        mismatch(exposures, shares)
    assert said in str(caught.value)


def test_counts_may_be_those_of_numpy() -> None:
    found = mismatch(np.array([10, 12]), np.array([1, 1]))  # type: ignore[arg-type]
    assert found == mismatch([10, 12], [1, 1])
    assert type(found.statistic) is float


@pytest.mark.parametrize("degrees", [1, 2, 11, 100])
def test_the_chi_square_distribution_is_that_of_scipy(degrees: int) -> None:
    for x in (0.1, 1.0, 30.0, 400.0):
        assert chi_square_survival(x, degrees) == pytest.approx(stats.chi2.sf(x, degrees))
    assert chi_square_survival(0.0, degrees) == 1.0
    assert chi_square_survival(float("inf"), degrees) == 0.0
    assert chi_square_survival(1.0, 0) == 0.0
