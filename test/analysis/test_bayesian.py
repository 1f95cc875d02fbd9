"""Bayesian results: against scipy's integrals, and at the edges."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from launchdarkly_api.analysis import (
    Arm,
    BayesianComparison,
    BetaPosterior,
    PointPosterior,
    Posterior,
    StudentPosterior,
    bayesian_analysis,
    bayesian_results,
    posterior_of,
    quantile,
)
from launchdarkly_api.analysis.comparing import Pair
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.models import ExperimentBayesianResultsRep

RARE = {"c": Arm(units=2000, conversions=5), "t": Arm(units=2000, conversions=5)}
RATES = {"c": Arm(units=1000, conversions=100), "t": Arm(units=980, conversions=120)}
VALUES = {"c": [48.0, 51.5, 50.2, 47.1, 55.0, 49.9], "t": [52.0, 50.5, 58.2, 51.1, 60.0]}
MEANS = {key: Arm.from_values(values) for key, values in VALUES.items()}


def compared(arms: dict[str, Arm], **options: Any) -> BayesianComparison:
    (found,) = bayesian_analysis(arms, baseline="c", **options).comparisons
    return found


def frozen(arm: Arm) -> Any:
    """scipy's distribution of the mean."""
    if arm.conversions is not None:
        return stats.beta(1 + arm.conversions, 1 + arm.units - arm.conversions)
    return stats.t(arm.units - 1, arm.mean, arm.standard_error)


@pytest.mark.parametrize("arms", [RARE, RATES, MEANS], ids=["rare", "rates", "means"])
def test_posteriors_are_those_of_scipy(arms: dict[str, Arm]) -> None:
    analysis = bayesian_analysis(arms)
    for key, arm in arms.items():
        posterior = analysis.posteriors[key]
        truth: Any = frozen(arm)
        assert posterior is not None
        x = truth.ppf([0.001, 0.3, 0.5, 0.9, 0.9999])
        assert posterior.mean == pytest.approx(truth.mean())
        assert posterior.cdf(x) == pytest.approx(truth.cdf(x), rel=1e-7)
        assert posterior.density(x) == pytest.approx(truth.pdf(x), rel=1e-7)
        assert posterior.at(stats.norm.ppf([0.001, 0.5, 0.9])) == pytest.approx(
            truth.ppf([0.001, 0.5, 0.9]), rel=1e-7
        )
        assert quantile(posterior, 0.2) == pytest.approx(truth.ppf(0.2))
        assert analysis.intervals[key] == pytest.approx(truth.interval(0.9))
        draws = posterior.sample(5000, np.random.default_rng(1))
        assert stats.kstest(draws, truth.cdf).pvalue > 0.001


def test_a_normal_posterior_is_one_with_infinite_degrees() -> None:
    posterior = StudentPosterior(3.0, 2.0)
    truth: Any = stats.norm(3.0, 2.0)
    x = np.array([-4.0, 2.0, 9.0])
    assert posterior.cdf(x) == pytest.approx(truth.cdf(x))
    assert posterior.density(x) == pytest.approx(truth.pdf(x))
    assert posterior.at([-1.0, 2.0]) == pytest.approx([1.0, 7.0])
    draws = posterior.sample(5000, np.random.default_rng(1))
    assert stats.kstest(draws, truth.cdf).pvalue > 0.001


@pytest.mark.parametrize("lower_is_better", [False, True])
@pytest.mark.parametrize("arms", [RARE, RATES, MEANS], ids=["rare", "rates", "means"])
def test_comparisons_are_integrals_over_both_posteriors(
    arms: dict[str, Arm], lower_is_better: bool
) -> None:
    control, treatment = (frozen(arms[key]) for key in "ct")
    analysis = bayesian_analysis(arms, baseline="c", lower_is_better=lower_is_better)
    (found,) = analysis.comparisons
    ends = [d.ppf(p) for d in (control, treatment) for p in (1e-13, 1 - 1e-13)]
    middle = [d.ppf(p) for d in (control, treatment) for p in (0.1, 0.5, 0.9)]

    def integral(f: Any) -> float:
        return float(
            integrate.quad(f, min(ends), max(ends), points=middle, limit=500, epsabs=1e-12)[0]
        )

    better, worse = (control, treatment) if lower_is_better else (treatment, control)
    beats = integral(lambda x: better.pdf(x) * worse.cdf(x))
    assert found.probability_to_beat_baseline == pytest.approx(beats, abs=1e-7)
    loss = integral(lambda x: better.cdf(x) * worse.sf(x))
    assert found.expected_loss == pytest.approx(loss, rel=1e-4)
    assert analysis.p_best == {
        "c": pytest.approx(1 - beats, abs=1e-7),
        "t": pytest.approx(beats, abs=1e-7),
    }
    # Each bound has the probability of its tail.
    for bound, p in ((found.lower, 0.05), (found.upper, 0.95)):
        assert bound is not None
        factor = 1.0 + bound
        below = integral(lambda x: control.pdf(x) * treatment.cdf(factor * x))  # noqa: B023
        assert below == pytest.approx(p, abs=1e-6)
    for bound, p in ((found.difference_lower, 0.05), (found.difference_upper, 0.95)):
        assert bound is not None
        below = integral(lambda x: control.pdf(x) * treatment.cdf(bound + x))  # noqa: B023
        assert below == pytest.approx(p, abs=1e-6)
    assert found.difference == pytest.approx(treatment.mean() - control.mean())
    assert found.lift == pytest.approx(treatment.mean() / control.mean() - 1)


def test_equal_counts_are_even_in_every_statement() -> None:
    found = compared(RARE)
    assert found.probability_to_beat_baseline == pytest.approx(0.5)
    assert (found.lift, found.difference) == (0.0, 0.0)
    assert found.difference_lower == pytest.approx(-found.difference_upper)  # type: ignore[operator]
    assert bayesian_analysis(RARE).p_best == {"c": pytest.approx(0.5), "t": pytest.approx(0.5)}


@pytest.mark.parametrize("arms", [RARE, RATES, MEANS], ids=["rare", "rates", "means"])
def test_relative_differences_agree_in_both_directions(arms: dict[str, Arm]) -> None:
    analysis = bayesian_analysis(arms, level=0.95)
    there, back = analysis.relative_difference("t", "c"), analysis.relative_difference("c", "t")
    assert there is not None
    assert back == pytest.approx((1 / (1 + there[1]) - 1, 1 / (1 + there[0]) - 1), rel=1e-12)


def test_the_results_are_the_model_that_the_service_sent() -> None:
    names = {"c": "Control", "t": "Treatment"}
    shares = {"c": 50, "t": 50}
    results = bayesian_results(RATES, baseline="c", names=names, shares=shares)
    assert isinstance(results, ExperimentBayesianResultsRep)
    assert json.dumps(results.to_dict(), allow_nan=False)
    assert results.treatment_results is not None
    control, treatment = results.treatment_results
    assert (control.treatment_id, control.treatment_name, control.units) == ("c", "Control", 1000)
    assert treatment.credible_interval is not None
    assert treatment.relative_differences is not None
    (difference,) = treatment.relative_differences
    found = compared(RATES)
    assert difference.from_treatment_id == "c"
    assert (difference.lower, difference.upper) == (found.lower, found.upper)
    assert treatment.p_best == pytest.approx(found.probability_to_beat_baseline)
    truth = stats.chisquare([1000, 980], [990, 990]).pvalue
    assert results.probability_of_mismatch == pytest.approx(1 - truth)


def test_what_is_unknown_is_not_set() -> None:
    arms = {"c": Arm(units=0, conversions=0), "t": Arm(units=10, conversions=2)}
    results = bayesian_results(arms)
    assert "probability_of_mismatch" not in results
    assert results.treatment_results is not None
    none, some = results.treatment_results
    assert none.to_dict() == {"treatment_id": "c", "units": 0}
    assert some.p_best == 1.0
    assert "relative_differences" not in some
    assert "treatment_name" not in some
    assert compared(arms) == BayesianComparison("t")
    assert bayesian_analysis(arms).relative_difference("c", "t") is None


def test_without_units_there_are_no_numbers() -> None:
    arms = {key: Arm(units=0, conversions=0) for key in "ct"}
    assert bayesian_results(arms, shares={"c": 1, "t": 1}) == ExperimentBayesianResultsRep()
    assert bayesian_analysis(arms).p_best == {}


@pytest.mark.parametrize("conversions", [0, 50])
def test_no_and_all_conversions_have_results(conversions: int) -> None:
    arms = {key: Arm(units=50, conversions=conversions) for key in "ct"}
    found = compared(arms)
    assert found.probability_to_beat_baseline == pytest.approx(0.5)
    assert found.lower is not None
    assert -1.0 < found.lower < 0.0
    interval = bayesian_analysis(arms).intervals["c"]
    assert interval == pytest.approx(stats.beta(1 + conversions, 51 - conversions).interval(0.9))


def test_one_arm_is_the_best() -> None:
    analysis = bayesian_analysis({"c": RATES["c"]}, baseline="c")
    assert (analysis.p_best, analysis.comparisons) == ({"c": 1.0}, ())
    assert bayesian_analysis(RATES).comparisons == ()


@pytest.mark.parametrize("lower_is_better", [False, True])
@pytest.mark.parametrize("numeric", [False, True])
def test_thirty_arms_are_ranked_as_draws_rank_them(numeric: bool, lower_is_better: bool) -> None:
    rng = np.random.default_rng(3)
    arms = {
        str(index): Arm.from_values(rng.normal(100 + index / 10, 10, 20 + 5 * index))
        if numeric
        else Arm(units=500 + 100 * index, conversions=40 + 9 * index)
        for index in range(30)
    }
    analysis = bayesian_analysis(arms, baseline="0", lower_is_better=lower_is_better)
    draws = np.array([frozen(arm).rvs(40_000, random_state=rng) for arm in arms.values()])
    winners = (np.argmin if lower_is_better else np.argmax)(draws, axis=0)
    shares = np.bincount(winners, minlength=30) / 40_000
    assert list(analysis.p_best.values()) == pytest.approx(shares, abs=0.015)
    assert math.fsum(analysis.p_best.values()) == pytest.approx(1.0, abs=1e-12)
    assert len(analysis.comparisons) == 29
    results = analysis.results.treatment_results
    assert results is not None
    assert all(len(one.relative_differences or ()) == 29 for one in results)


def test_a_negative_baseline_keeps_the_direction_of_differences() -> None:
    arms = {
        "c": Arm.from_values([-10.0, -10.1, -9.9, -10.05, -9.95] * 4),
        "t": Arm.from_values([-5.0, -5.1, -4.9, -5.05, -4.95] * 4),
    }
    found = compared(arms)
    assert found.lift == pytest.approx(0.5)
    assert found.lower is not None
    assert found.upper is not None
    assert 0.48 < found.lower < 0.5 < found.upper < 0.52
    back = bayesian_analysis(arms).relative_difference("c", "t")
    assert back is not None
    assert back[0] < -1.0 < back[1] + 0.05
    assert compared(arms, lower_is_better=True).probability_to_beat_baseline == pytest.approx(0.0)


def test_a_baseline_near_zero_is_drawn_from() -> None:
    rng = np.random.default_rng(4)
    arms = {key: Arm.from_values(rng.normal(m, 1, 30)) for key, m in (("c", 0.1), ("t", 0.3))}
    analysis = bayesian_analysis(arms, baseline="c")
    (found,) = analysis.comparisons
    control, treatment = (frozen(arms[key]).rvs(400_000, random_state=rng) for key in "ct")
    truth = np.quantile((treatment - control) / abs(control), [0.05, 0.95])
    assert [found.lower, found.upper] == pytest.approx(truth, rel=0.05)
    assert found.difference_lower is not None
    # The same each time, and another with another seed.
    assert compared(arms) == found
    assert compared(arms, seed=1).lower != found.lower


def test_many_arms_near_zero_get_fewer_draws() -> None:
    rng = np.random.default_rng(5)
    arms = {str(index): Arm.from_values(rng.normal(0, 1, 20)) for index in range(14)}
    analysis = bayesian_analysis(arms, baseline="0")
    assert all(one.lower is not None for one in analysis.comparisons)
    assert {len(draws) for draws in analysis._draws.values()} == {20_000}


def test_equal_values_are_certain() -> None:
    sure = {key: Arm.from_values([value] * 3) for key, value in (("c", 5.0), ("t", 6.0))}
    found = compared(sure)
    assert (found.probability_to_beat_baseline, found.expected_loss) == (1.0, 0.0)
    assert [found.lift, found.lower, found.upper] == pytest.approx([0.2] * 3)
    assert (found.difference, found.difference_lower, found.difference_upper) == (1.0, 1.0, 1.0)
    assert compared(sure, lower_is_better=True).expected_loss == pytest.approx(1.0)
    assert bayesian_analysis(sure).p_best == {"c": 0.0, "t": 1.0}
    same = {key: Arm.from_values([5.0] * 3) for key in "ct"}
    assert compared(same).probability_to_beat_baseline == 0.5
    assert bayesian_analysis(same).p_best == {"c": 0.5, "t": 0.5}


def test_a_certain_mean_is_compared_with_an_uncertain_one() -> None:
    arms = {"c": Arm.from_values([50.0] * 4), "t": MEANS["t"], "u": Arm.from_values([50.0] * 9)}
    analysis = bayesian_analysis(arms, baseline="c")
    truth = frozen(MEANS["t"])
    found, _ = analysis.comparisons
    assert found.probability_to_beat_baseline == pytest.approx(truth.sf(50.0))
    assert [found.lower, found.upper] == pytest.approx(
        [x / 50.0 - 1.0 for x in truth.interval(0.9)], rel=1e-6
    )
    assert analysis.p_best == {
        "c": pytest.approx(truth.cdf(50.0) / 2),
        "t": pytest.approx(truth.sf(50.0)),
        "u": pytest.approx(truth.cdf(50.0) / 2),
    }
    back = analysis.relative_difference("c", "t")
    assert back == pytest.approx(tuple(50.0 / x - 1.0 for x in truth.interval(0.9)[::-1]))


def test_a_difference_from_a_mean_of_zero_is_unknown() -> None:
    arms = {"c": Arm.from_values([0.0] * 3), "t": Arm.from_values([1.0, 2.0, 3.0])}
    found = compared(arms)
    assert (found.lift, found.lower, found.upper) == (None, None, None)
    assert found.difference == 2.0
    assert bayesian_analysis(arms).relative_difference("c", "t") is not None


def test_two_units_have_no_expected_loss() -> None:
    arms = {"c": Arm.from_values([1.0, 2.0]), "t": Arm.from_values([2.0, 3.0])}
    found = compared(arms)
    assert found.expected_loss is None
    assert found.probability_to_beat_baseline is not None
    assert bayesian_analysis(arms).intervals["c"][0] < 0.0


@pytest.mark.parametrize("size", [1e-150, 1e150])
def test_results_do_not_depend_on_the_unit_of_a_metric(size: float) -> None:
    scaled = {key: Arm.from_values([v * size for v in values]) for key, values in VALUES.items()}
    here, there = compared(MEANS), compared(scaled)
    assert there.probability_to_beat_baseline == pytest.approx(here.probability_to_beat_baseline)
    assert [there.lower, there.upper] == pytest.approx([here.lower, here.upper])
    assert here.difference_lower is not None
    assert there.difference_lower == pytest.approx(here.difference_lower * size, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("control", "treatment"),
    [
        ([1e100, -1e100, 0.0], [1e-100, 2e-100, 3e-100]),
        ([5e-324, 1e-323, 2e-323], [1e100, 1.0, 2.0]),
        ([1.0, 1.0 + 3e-16, 1.0], [1e-300, 1e-300, 1e-300]),
        ([1e308, -1e308, 1e308], [1.0, 2.0, 3.0]),
    ],
)
def test_numbers_that_are_far_apart_have_results(
    control: list[float], treatment: list[float]
) -> None:
    arms = {"c": Arm.from_values(control), "t": Arm.from_values(treatment)}
    analysis = bayesian_analysis(arms, baseline="c")
    assert math.fsum(analysis.p_best.values()) == pytest.approx(1.0)
    assert analysis.comparisons[0].probability_to_beat_baseline is not None
    assert json.dumps(analysis.results.to_dict(), allow_nan=False)


class Odd(StudentPosterior):
    """A distribution of numbers that floats do not hold."""

    def cdf(self, x: Any) -> Any:
        return np.full(np.shape(x), math.nan)


def test_a_probability_without_a_number_is_not_set() -> None:
    odd = replace(bayesian_analysis(RATES), posteriors={"c": Odd(1.0, 1.0), "t": Odd(1.0, 1.0)})
    assert odd.p_best == {}
    assert odd.results.treatment_results is not None
    assert "p_best" not in odd.results.treatment_results[0]


def test_a_bound_without_a_number_is_nan() -> None:
    for bound in Pair(Odd(0.0, 1.0), StudentPosterior(0.0, 1.0)).difference(0.9):
        assert math.isnan(bound)


def test_tiny_rates_keep_their_digits() -> None:
    arm = Arm(units=10**15, conversions=3)
    interval = bayesian_analysis({"c": arm}).intervals["c"]
    truth = stats.gamma(4, scale=1e-15).interval(0.9)
    assert interval == pytest.approx(truth, rel=1e-9, abs=0)


def test_huge_counts_are_precise() -> None:
    arms = {
        "c": Arm(units=10**10, conversions=10**9),
        "t": Arm(units=10**10, conversions=10**9 + 10**5),
    }
    z = 1e5 / math.sqrt(2 * 1e10 * 0.1 * 0.9)
    assert compared(arms).probability_to_beat_baseline == pytest.approx(stats.norm.cdf(z), abs=1e-4)


def test_the_prior_of_launchdarkly_pulls_treatments_towards_the_baseline() -> None:
    analysis = bayesian_analysis(RATES, baseline="c", prior="launchdarkly")
    assert analysis.posteriors["c"] == BetaPosterior(101.0, 901.0)
    # A beta prior with the rate of the control as its mean, and this variance.
    variance = 0.1**2 * 0.04 + 0.1 * 0.9 / 1000
    pseudo = 0.1 * 0.9 / variance - 1
    assert stats.beta(0.1 * pseudo, 0.9 * pseudo).var() == pytest.approx(variance)
    posterior = analysis.posteriors["t"]
    assert isinstance(posterior, BetaPosterior)
    assert [posterior.a, posterior.b] == pytest.approx([0.1 * pseudo + 120, 0.9 * pseudo + 860])
    numeric = bayesian_analysis(MEANS, baseline="c", prior="launchdarkly").posteriors["t"]
    assert numeric is not None
    control, treatment = MEANS["c"], MEANS["t"]
    assert control.mean
    assert control.standard_error
    assert treatment.mean
    assert treatment.standard_error
    width = control.mean**2 * 0.16 + control.standard_error**2
    own = treatment.standard_error**2
    assert numeric.mean == pytest.approx(
        (treatment.mean / own + control.mean / width) / (1 / own + 1 / width)
    )


@pytest.mark.parametrize(
    ("control", "arm", "expected"),
    [
        (Arm(units=10, conversions=0), Arm(units=5, conversions=2), BetaPosterior(3.0, 4.0)),
        (Arm(units=0, conversions=0), Arm(units=5, conversions=2), BetaPosterior(3.0, 4.0)),
        (Arm(units=100, conversions=99), Arm(units=5, conversions=2), BetaPosterior(3.0, 4.0)),
        (Arm.from_values([2.0]), Arm.from_values([4.0, 4.0]), PointPosterior(4.0)),
        (Arm.from_values([2.0, 2.0]), Arm.from_values([4.0, 4.0]), PointPosterior(4.0)),
        (Arm.from_values([0.0, 0.0]), Arm.from_values([4.0, 5.0]), PointPosterior(0.0)),
    ],
)
def test_a_control_without_spread_gives_no_prior(
    control: Arm, arm: Arm, expected: Posterior
) -> None:
    assert posterior_of(arm, control) == expected


def test_a_point_has_one_value() -> None:
    point = PointPosterior(4.0)
    assert list(point.cdf([3.0, 4.0])) == [0.0, 1.0]
    assert list(point.density([3.0, 4.0])) == [0.0, 0.0]
    assert list(point.sample(2, np.random.default_rng(0))) == [4.0, 4.0]


def test_an_analysis_pickles() -> None:
    analysis = bayesian_analysis(RATES, baseline="c")
    assert pickle.loads(pickle.dumps(analysis)).comparisons == analysis.comparisons


@pytest.mark.parametrize(
    ("arms", "options", "error", "said"),
    [
        ({}, {}, ApiValueError, "arms is empty: give the Arm of each treatment"),
        ([RATES["c"]], {}, ApiTypeError, "arms must map the id of each treatment to its Arm"),
        ({"c": 5}, {}, ApiTypeError, "the arm of 'c' is 5; give an Arm"),
        (
            {"c": RATES["c"], "t": MEANS["t"]},
            {},
            ApiValueError,
            "the arms are of two kinds of metrics: 'c' is Arm(units=1000, conversions=100), and",
        ),
        (
            RATES,
            {"baseline": "x"},
            ApiValueError,
            "baseline is 'x', which is no arm. The arms are 'c', 't'",
        ),
        (RATES, {"level": 90}, ApiValueError, "level is 90; it must be between 0 and 1"),
        (RATES, {"level": "90"}, ApiValueError, "level is '90'"),
        (RATES, {"prior": "flat"}, ApiValueError, "prior is 'flat'; give 'uniform' or"),
        (RATES, {"prior": "launchdarkly"}, ApiValueError, "around the baseline: give its id"),
        (RATES, {"shares": {"c": 1}}, ApiValueError, "exposures and shares differ in 't'"),
    ],
)
def test_what_does_not_fit_is_named_with_a_remedy(
    arms: Any, options: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error) as caught:
        bayesian_results(arms, **options)
    assert said in str(caught.value)
