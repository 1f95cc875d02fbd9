"""Frequentist results: against scipy and statsmodels, and at the edges."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from launchdarkly_api.analysis import (
    Arm,
    Comparison,
    FrequentistResults,
    correct_metrics,
    corrected,
    frequentist_results,
)
from launchdarkly_api.analysis.proportions import Rates
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

RATES = {"c": Arm(units=1000, conversions=100), "t": Arm(units=980, conversions=130)}
ALTERNATIVES = ["two-sided", "greater", "less"]


def compared(arms: dict[str, Arm], **options: Any) -> Comparison:
    (found,) = frequentist_results(arms, baseline="c", **options).comparisons
    return found


def random_rates(seed: int, sets: int, *, edges: bool = False) -> list[tuple[int, int, int, int]]:
    """Conversions and units of a treatment and a control, from a few units to many."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(sets):
        n1, n0 = (int(10 ** rng.uniform(0.7, 5.0)) for _ in range(2))
        rate = rng.uniform(0.02, 0.95)
        x1, x0 = (int(rng.binomial(n, rate)) for n in (n1, n0))
        if edges or (0 < x1 < n1 and 0 < x0 < n0):
            found.append((x1, n1, x0, n0))
    return found


def rates(x1: int, n1: int, x0: int, n0: int) -> dict[str, Arm]:
    return {"c": Arm(units=n0, conversions=x0), "t": Arm(units=n1, conversions=x1)}


@pytest.mark.parametrize("counts", random_rates(1, 20))
def test_the_test_of_rates_is_the_chi_square_test_with_the_factor_for_small_counts(
    counts: tuple[int, int, int, int],
) -> None:
    x1, n1, x0, n0 = counts
    table = [[x1, n1 - x1], [x0, n0 - x0]]
    truth: Any = stats.chi2_contingency(table, correction=False)
    expected = stats.chi2.sf(truth.statistic * (n1 + n0 - 1) / (n1 + n0), 1)
    assert compared(rates(*counts)).p_value == pytest.approx(expected)


def score(counts: tuple[int, int, int, int], difference: float) -> float:
    """The score statistic of a difference, whose likelihood is maximized numerically."""
    x1, n1, x0, n0 = counts
    low, high = max(0.0, -difference), min(1.0, 1.0 - difference)

    def surprise(p: float) -> float:
        a = np.clip([p + difference, p], 1e-300, 1 - 1e-16)
        return -float(np.dot([x1, x0], np.log(a)) + np.dot([n1 - x1, n0 - x0], np.log1p(-a)))

    found: Any = optimize.minimize_scalar(
        surprise, bounds=(low, high), method="bounded", options={"xatol": 1e-11}
    )
    p, q = found.x, found.x + difference
    variance = (q * (1 - q) / n1 + p * (1 - p) / n0) * (n1 + n0) / (n1 + n0 - 1)
    return float((x1 / n1 - x0 / n0 - difference) / math.sqrt(variance))


@pytest.mark.parametrize("counts", random_rates(2, 30, edges=True))
def test_the_interval_of_a_difference_of_rates_is_what_the_score_test_accepts(
    counts: tuple[int, int, int, int],
) -> None:
    found = compared(rates(*counts))
    for bound, z in ((found.difference_lower, 1.959963985), (found.difference_upper, -1.959963985)):
        assert bound is not None
        assert -1.0 <= bound <= 1.0
        if -0.999 < bound < 0.999:
            assert score(counts, bound) == pytest.approx(z, abs=1e-3)


@pytest.mark.parametrize("counts", random_rates(3, 40))
def test_the_interval_of_a_lift_of_rates_is_that_of_statsmodels(
    counts: tuple[int, int, int, int],
) -> None:
    x1, n1, x0, n0 = counts
    # At the edges, statsmodels gives bounds that are only near to 0 and infinity.
    assert 0 < x1 < n1
    assert 0 < x0 < n0
    found = compared(rates(*counts))
    lower, upper = confint_proportions_2indep(
        *counts, method="score", compare="ratio", correction=True
    )
    assert [found.lower, found.upper] == pytest.approx([lower - 1, upper - 1], rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("seed", range(5))
def test_the_test_of_means_is_that_of_scipy(seed: int, alternative: str) -> None:
    rng = np.random.default_rng(seed)
    control, treatment = rng.gamma(3, 10, 20 + seed), rng.gamma(3, 11, 60)
    found = compared(
        {"c": Arm.from_values(control), "t": Arm.from_values(treatment)}, alternative=alternative
    )
    truth: Any = stats.ttest_ind(treatment, control, equal_var=False, alternative=alternative)
    assert found.p_value == pytest.approx(truth.pvalue)
    interval = truth.confidence_interval(0.95)
    assert [found.difference_lower, found.difference_upper] == pytest.approx(list(interval))
    assert found.lift == pytest.approx(treatment.mean() / control.mean() - 1)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_interval_of_a_lift_of_means_is_what_the_test_accepts(sign: float) -> None:
    rng = np.random.default_rng(6)
    control, treatment = sign * rng.gamma(3, 10, 30), sign * rng.gamma(3, 11, 50)
    found = compared({"c": Arm.from_values(control), "t": Arm.from_values(treatment)})
    truth: Any = stats.ttest_ind(treatment, control, equal_var=False)
    t = stats.t.ppf(0.975, truth.df)
    for bound in (found.lower, found.upper):
        assert bound is not None
        # The lift is relative to the size of the baseline.
        ratio = 1 + sign * bound
        error = math.hypot(stats.sem(treatment), ratio * stats.sem(control))
        assert abs(treatment.mean() - ratio * control.mean()) / error == pytest.approx(t)
    assert found.lower is not None
    assert found.upper is not None
    assert found.lift is not None
    assert found.lower < found.lift < found.upper


def some_arms(seed: int) -> dict[str, Arm]:
    rng = np.random.default_rng(seed)
    if seed % 2:
        return {
            key: Arm.from_values(rng.gamma(4, 5 + shift, int(rng.integers(5, 200))))
            for key, shift in zip("ctuv", (0.0, 0.5, 1.0, 0.0))
        }
    return {
        key: Arm(units=n, conversions=rng.binomial(n, 0.1 + shift))
        for key, shift in zip("ctuv", (0.0, 0.02, 0.05, 0.0))
        for n in [int(rng.integers(20, 2000))]
    }


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("correction", [None, "bonferroni", "benjamini-hochberg"])
def test_an_interval_excludes_zero_exactly_if_the_comparison_is_significant(
    alternative: str, sequential: bool, correction: str | None
) -> None:
    seen = set()
    for seed in range(30):
        for one in frequentist_results(
            some_arms(seed),
            baseline="c",
            alternative=alternative,  # type: ignore[arg-type]
            correction=correction,  # type: ignore[arg-type]
            sequential=sequential,
            alpha=0.2,
        ).comparisons:
            assert one.difference_lower is not None
            assert one.difference_upper is not None
            assert one.lower is not None
            assert one.upper is not None
            outside = not one.difference_lower <= 0.0 <= one.difference_upper
            assert outside == one.significant
            assert one.significant == (not one.lower <= 0.0 <= one.upper)
            seen.add(one.significant)
    assert False in seen
    assert True in seen or alternative == "less"


def test_one_sided_p_values_are_halves() -> None:
    two, up, down = (compared(RATES, alternative=one).p_value for one in ALTERNATIVES)
    assert up == pytest.approx((two or 0) / 2)
    assert down == pytest.approx(1 - (two or 0) / 2)
    assert compared(RATES, alternative="greater").difference_upper == math.inf
    assert compared(RATES, alternative="less").lower == -math.inf


def test_the_sequential_test_is_the_normal_mixture() -> None:
    one = compared(RATES)
    z = stats.norm.isf((one.p_value or 0) / 2)
    k = 1980 * (2 * math.log(20) + math.log(1 + 2 * math.log(20))) / 5000
    evidence = math.exp(z * z / 2 * k / (1 + k)) / math.sqrt(1 + k)
    always = compared(RATES, sequential=True)
    assert always.p_value == pytest.approx(1 / evidence)
    assert always.upper is not None
    assert one.upper is not None
    assert always.upper > one.upper
    half = 2 * evidence * stats.norm.cdf(z * math.sqrt(k / (1 + k)))
    up = compared(RATES, sequential=True, alternative="greater")
    assert up.p_value == pytest.approx(min(1, 1 / half))
    assert compared(RATES, sequential=True, alternative="less").p_value == 1.0


@pytest.mark.parametrize(
    ("correction", "name"), [("bonferroni", "bonferroni"), ("benjamini-hochberg", "fdr_bh")]
)
def test_corrections_are_those_of_statsmodels(correction: Any, name: str) -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        p_values = list(rng.random(7) ** 3)
        truth: Any = multipletests(p_values, 0.1, name)
        significant, adjusted = truth[:2]
        found = corrected(p_values, correction, alpha=0.1)
        assert list(found.p_values) == pytest.approx(list(adjusted))
        assert [p <= found.alpha for p in p_values] == list(significant)
    assert corrected([], correction).alpha == 0.05
    assert corrected([0.2, 0.3], None).p_values == (0.2, 0.3)


def three_arms(*conversions: int) -> FrequentistResults:
    return frequentist_results(
        {key: Arm(units=1000, conversions=count) for key, count in zip("ctu", (100, *conversions))},
        baseline="c",
    )


@pytest.mark.parametrize(
    ("scope", "factors"),
    [("variations", (2, 2)), ("metrics", (2, 2)), ("variations-and-metrics", (4, 4))],
)
def test_a_correction_covers_what_its_scope_says(scope: Any, factors: tuple[int, int]) -> None:
    metrics = {"first": three_arms(130, 125), "second": three_arms(101, 99)}
    found = correct_metrics(metrics, correction="bonferroni", scope=scope)
    assert list(found) == ["first", "second"]
    for key, one in found.items():
        assert one.correction == "bonferroni"
        for before, after, factor in zip(metrics[key].comparisons, one.comparisons, factors):
            assert after.treatment_id == before.treatment_id
            assert after.p_value == before.p_value
            assert after.adjusted_p_value == pytest.approx(min(1, (before.p_value or 1) * factor))
            assert (after.upper or 0) > (before.upper or 0)


def test_metrics_are_corrected_for_the_treatments_that_they_have() -> None:
    only = frequentist_results(
        {"c": RATES["c"], "t": RATES["t"]}, baseline="c", correction="bonferroni"
    )
    found = correct_metrics(
        {"both": three_arms(130, 125), "one": only}, correction="bonferroni", scope="metrics"
    )
    t, u = found["both"].comparisons
    assert t.adjusted_p_value == pytest.approx((t.p_value or 0) * 2)
    assert u.adjusted_p_value == pytest.approx(u.p_value)
    assert (
        correct_metrics(found, correction=None)["one"]
        == correct_metrics({"one": only}, correction=None)["one"]
    )
    assert correct_metrics({}, correction=None) == {}


def test_without_enough_units_nothing_is_compared() -> None:
    empty = {"c": Arm(units=10, conversions=2), "t": Arm(units=0, conversions=0)}
    assert compared(empty) == Comparison("t")
    assert compared({"c": Arm.from_values([1.0]), "t": Arm.from_values([1.0, 2.0])}).lift is None
    assert frequentist_results({"c": RATES["c"]}, baseline="c").comparisons == ()


@pytest.mark.parametrize("conversions", [0, 20])
def test_no_and_all_conversions_do_not_differ(conversions: int) -> None:
    found = compared({key: Arm(units=20, conversions=conversions) for key in "ct"})
    assert (found.p_value, found.significant) == (1.0, False)
    assert found.difference == 0.0
    assert found.difference_lower is not None
    assert found.difference_lower == pytest.approx(-(found.difference_upper or 0))
    assert found.lift == (0.0 if conversions else None)
    assert (found.lower is None) == (conversions == 0)


def test_all_conversions_against_none_are_significant() -> None:
    found = compared({"c": Arm(units=9, conversions=0), "t": Arm(units=9, conversions=9)})
    assert found.significant
    assert (found.difference, found.difference_upper) == (1.0, 1.0)
    back = compared({"c": Arm(units=9, conversions=9), "t": Arm(units=9, conversions=0)})
    assert (back.lift, back.lower, back.difference_lower) == (-1.0, -1.0, -1.0)


def test_a_ratio_from_no_conversions_is_unbounded() -> None:
    low, high = Rates(Arm(units=9, conversions=5), Arm(units=9, conversions=0)).ratio(1.96)
    assert 1.0 < low < high == math.inf
    low, high = Rates(Arm(units=9, conversions=0), Arm(units=9, conversions=5)).ratio(1.96)
    assert 0.0 == low < high < 1.0
    assert Rates(Arm(units=9, conversions=0), Arm(units=9, conversions=0)).ratio(1.96) == (
        0.0,
        math.inf,
    )


@pytest.mark.parametrize(
    ("control", "treatment"),
    [([1e300, -1e300, 1e299], [1.0, 2.0]), ([1e-300, 2e-300], [1e300, -1e300, 1e300])],
)
def test_numbers_that_are_far_apart_have_results(
    control: list[float], treatment: list[float]
) -> None:
    found = compared({"c": Arm.from_values(control), "t": Arm.from_values(treatment)})
    assert found.p_value is not None
    assert 0.0 <= found.p_value <= 1.0
    assert not found.significant
    assert not any(isinstance(v, float) and math.isnan(v) for v in vars(found).values())


def test_a_lift_beyond_floats_is_unknown() -> None:
    arms = {"c": Arm.from_values([1e-300] * 2), "t": Arm.from_values([1e300] * 2)}
    found = compared(arms)
    assert (found.lift, found.lower, found.upper, found.p_value) == (None, None, None, 0.0)
    assert found.difference == 1e300


def test_a_single_unit_an_arm_tells_little() -> None:
    found = compared({"c": Arm(units=1, conversions=1), "t": Arm(units=1, conversions=0)})
    assert not found.significant
    assert found.upper is not None
    assert found.upper > 0.5


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("sequential", [False, True])
def test_equal_values_are_compared_exactly(alternative: str, sequential: bool) -> None:
    arms = {"c": Arm.from_values([5.0] * 3), "t": Arm.from_values([6.0] * 3)}
    found = compared(arms, alternative=alternative, sequential=sequential)
    assert found.p_value == (1.0 if alternative == "less" else 0.0)
    assert found.lift == pytest.approx(0.2)
    same = compared({"c": arms["c"], "t": arms["c"]}, sequential=sequential)
    assert (same.p_value, same.lift, same.lower) == (1.0, 0.0, 0.0)


def test_a_lift_from_a_baseline_that_may_be_zero_is_unbounded() -> None:
    arms = {"c": Arm.from_values([-1.0, 1.2, 0.1]), "t": Arm.from_values([10.0, 11.0, 12.0])}
    found = compared(arms)
    assert (found.lower, found.upper) == (-math.inf, math.inf)
    assert found.significant
    zero = compared({"c": Arm.from_values([-1.0, 1.0]), "t": arms["t"]})
    assert (zero.lift, zero.lower, zero.upper) == (None, None, None)
    assert zero.difference == 11.0


@pytest.mark.parametrize("size", [1e-150, 1e150])
def test_results_do_not_depend_on_the_unit_of_a_metric(size: float) -> None:
    values = {"c": [48.0, 51.5, 50.2, 47.1], "t": [52.0, 50.5, 58.2, 51.1, 60.0]}
    plain = compared({key: Arm.from_values(v) for key, v in values.items()})
    scaled = compared({key: Arm.from_values([x * size for x in v]) for key, v in values.items()})
    assert scaled.p_value == pytest.approx(plain.p_value)
    assert [scaled.lower, scaled.upper] == pytest.approx([plain.lower, plain.upper])


def test_huge_counts_are_precise() -> None:
    arms = rates(10**11 + 10**6, 10**12, 10**11, 10**12)
    z = 1e6 / math.sqrt(2 * 1e12 * 0.1 * 0.9)
    assert compared(arms).p_value == pytest.approx(2 * stats.norm.sf(z), rel=1e-4)
    assert compared(arms).lower == pytest.approx((1e6 - 1.96 * 1e6 / z) / 1e11, rel=1e-3)


def test_thirty_arms_are_compared() -> None:
    arms = {str(index): Arm(units=500, conversions=50 + index) for index in range(30)}
    found = frequentist_results(arms, baseline="0", correction="benjamini-hochberg")
    assert [one.treatment_id for one in found.comparisons] == [str(n) for n in range(1, 30)]
    lifts = [one.lift or 0 for one in found.comparisons]
    assert lifts == sorted(lifts)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"baseline": "x"}, "baseline is 'x', which is no arm"),
        ({"alpha": 5}, "alpha is 5; it must be between 0 and 1"),
        ({"alternative": "larger"}, "alternative is 'larger'; give 'two-sided', 'greater' or"),
        ({"correction": "holm"}, "correction is 'holm'; give 'bonferroni', 'benjamini-hochberg'"),
    ],
)
def test_an_unknown_option_is_named_with_its_values(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ApiValueError) as caught:
        frequentist_results(RATES, **dict[str, Any](baseline="c") | options)
    assert said in str(caught.value)


@pytest.mark.parametrize("alpha", [np.float64(0.125), np.float32(0.125), Decimal("0.125")])
def test_alpha_may_be_a_number_of_numpy_or_a_database(alpha: Any) -> None:
    found = compared(RATES, alpha=alpha)
    assert found == compared(RATES, alpha=0.125)
    assert type(found.significant) is bool


@pytest.mark.parametrize("alpha", [1e-300, 1e-12, 1 - 1e-12])
def test_bounds_are_ordered_at_extreme_levels(alpha: float) -> None:
    found = compared(RATES, alpha=alpha)
    assert None not in (found.lower, found.lift, found.upper)
    assert -1.0 <= found.lower <= found.lift <= found.upper < math.inf  # type: ignore[operator]


@pytest.mark.parametrize("alpha", [0, 1, True, None, "0.05", math.nan, 5])
def test_alpha_is_a_number_between_0_and_1(alpha: Any) -> None:
    with pytest.raises(ApiValueError, match="it must be between 0 and 1, such as"):
        compared(RATES, alpha=alpha)


@pytest.mark.parametrize("key", [1, None, b"t"])
def test_the_ids_of_treatments_are_strings(key: Any) -> None:
    with pytest.raises(ApiTypeError, match="the id of a treatment is a string"):
        compared({"c": RATES["c"], key: RATES["t"]})


def test_an_unknown_scope_is_named_with_its_values() -> None:
    with pytest.raises(ApiValueError, match="scope is 'all'; give 'variations', 'metrics' or"):
        correct_metrics({"m": three_arms(1, 2)}, correction=None, scope="all")  # type: ignore[arg-type]
