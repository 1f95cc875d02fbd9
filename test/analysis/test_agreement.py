"""The results agree with those of gbstats and spotify-confidence, as closely as the models do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from launchdarkly_api.analysis import (
    Arm,
    BayesianComparison,
    Comparison,
    bayesian_analysis,
    frequentist_results,
)
from test.analysis import references
from test.analysis.references import Counts

STORED = references.stored()
GB, SPOTIFY = STORED["gbstats"], STORED["spotify_confidence"]
CONVERSIONS, NUMBERS = references.conversions(), references.numbers()
#: The sets with many conversions, and many units without one: a normal law is near.
LARGE = [
    index
    for index, counts in enumerate(CONVERSIONS)
    if min(*counts.totals, *(n - x for n, x in zip(counts.units, counts.totals))) >= 300
]


def arms(counts: Counts) -> dict[str, Arm]:
    if counts.squares is None:
        return {
            key: Arm(units=units, conversions=int(total))
            for key, units, total in zip("ct", counts.units, counts.totals)
        }
    return {
        key: Arm(units=units, total=total, total_of_squares=squares)
        for key, units, total, squares in zip("ct", counts.units, counts.totals, counts.squares)
    }


def frequentist(counts: Counts, **options: object) -> Comparison:
    (found,) = frequentist_results(arms(counts), baseline="c", **options).comparisons  # type: ignore[arg-type]
    return found


def bayesian(counts: Counts) -> BayesianComparison:
    (found,) = bayesian_analysis(arms(counts), baseline="c").comparisons
    return found


def number(value: float | None) -> float:
    assert value is not None
    return value


def in_errors(counts: Counts, one: float, other: float) -> float:
    """The distance of two differences of means, in standard errors."""
    errors = [number(arm.standard_error) for arm in arms(counts).values()]
    return abs(one - other) / math.hypot(*errors)


def told(name: str, distances: list[float]) -> None:
    """Print what is measured, to be seen with pytest -rP."""
    print(f"{name:50} median {np.median(distances):8.1e}, largest {max(distances):8.1e}")


def test_there_are_enough_sets() -> None:
    assert (len(CONVERSIONS), len(NUMBERS)) == (references.SETS, references.SETS)
    assert len(LARGE) > 40
    assert {name: len(one["numbers"]) for name, one in STORED.items()} == {
        "gbstats": references.SETS,
        "spotify_confidence": references.SETS,
    }


@pytest.mark.parametrize("engine", ["gbstats two-sided absolute", "spotify_confidence welch"])
def test_means_have_the_same_test_in_all_engines(engine: str) -> None:
    name, _, test = engine.partition(" ")
    values, bounds = [], []
    for counts, reference in zip(NUMBERS, STORED[name]["numbers"]):
        p_value, lower, upper = reference[test]
        mine = frequentist(counts)
        values.append(abs(number(mine.p_value) - p_value))
        bounds.append(in_errors(counts, number(mine.difference_lower), lower))
        bounds.append(in_errors(counts, number(mine.difference_upper), upper))
    told(f"{engine}: p-value", values)
    told(f"{engine}: bounds in standard errors", bounds)
    assert max(values) < 1e-9
    assert max(bounds) < 1e-7


def test_one_sided_tests_of_means_agree_with_gbstats() -> None:
    for counts, reference in zip(NUMBERS, GB["numbers"]):
        p_value, lower, upper = reference["greater absolute"]
        mine = frequentist(counts, alternative="greater")
        assert mine.p_value == pytest.approx(p_value, abs=1e-9)
        assert in_errors(counts, number(mine.difference_lower), lower) < 1e-7
        assert mine.difference_upper == upper == math.inf


def test_sequential_tests_of_means_agree_with_gbstats_for_large_samples() -> None:
    # gbstats takes the statistic for normal; here it is Student's, with Welch's degrees of freedom.
    p_values, bounds = [], []
    for counts, reference in zip(NUMBERS, GB["numbers"]):
        if min(counts.units) < 500:
            continue
        p_value, lower, _ = reference["sequential absolute"]
        mine = frequentist(counts, sequential=True)
        p_values.append(abs(number(mine.p_value) - p_value))
        bounds.append(in_errors(counts, number(mine.difference_lower), lower))
    told("gbstats sequential: p-value", p_values)
    told("gbstats sequential: bounds in standard errors", bounds)
    assert len(bounds) > 40
    assert max(p_values) < 0.01
    assert max(bounds) < 0.05


def test_rates_have_the_chi_square_test_of_spotify_confidence() -> None:
    # Except for the factor of Miettinen and Nurminen, one minus one per unit in the variance.
    values = []
    for counts, reference in zip(CONVERSIONS, SPOTIFY["conversions"]):
        p_value = reference["chi-squared"][0]
        values.append(abs(number(frequentist(counts).p_value) - p_value) * sum(counts.units))
    told("chi-squared: p-value, times the number of units", values)
    assert max(values) < 1.0


def test_intervals_of_large_rates_agree_with_those_of_a_normal_law() -> None:
    # Both engines add multiples of a standard error to the difference, of which score intervals
    # are the better version for small counts. The two meet as counts grow.
    bounds, p_values = [], []
    for index in LARGE:
        counts = CONVERSIONS[index]
        mine = frequentist(counts)
        for lower, upper in (
            GB["conversions"][index]["two-sided absolute"][1:],
            SPOTIFY["conversions"][index]["chi-squared"][1:],
        ):
            bounds.append(in_errors(counts, number(mine.difference_lower), lower))
            bounds.append(in_errors(counts, number(mine.difference_upper), upper))
        p_values.append(
            abs(number(mine.p_value) - GB["conversions"][index]["two-sided absolute"][0])
        )
    told("gbstats, spotify-confidence: bounds of rates", bounds)
    told("gbstats: p-value of rates", p_values)
    assert np.median(bounds) < 0.03
    assert max(bounds) < 0.2
    assert max(p_values) < 0.03


def test_lifts_agree_with_the_delta_method_for_precise_baselines() -> None:
    # gbstats and LaunchDarkly take the lift for normal. Fieller's and the score interval are
    # skewed as the lift is, the less the more precise the baseline is.
    bounds = []
    for kind, sets in (("conversions", CONVERSIONS), ("numbers", NUMBERS)):
        for counts, reference in zip(sets, GB[kind]):
            baseline = arms(counts)["c"]
            mean, error = number(baseline.mean), number(baseline.standard_error)
            if mean < 0 or error / mean > 0.02:
                continue
            mine = frequentist(counts)
            _, lower, upper = reference["two-sided relative"]
            scale = (upper - lower) / 3.92
            bounds += [
                abs(number(mine.lower) - lower) / scale,
                abs(number(mine.upper) - upper) / scale,
            ]
    told("gbstats relative: bounds in standard errors", bounds)
    assert len(bounds) > 120
    assert np.median(bounds) < 0.05
    assert max(bounds) < 0.2


def test_posteriors_of_means_agree_with_gbstats() -> None:
    # gbstats takes a known deviation, so that its posterior is normal.
    chances, bounds, losses = [], [], []
    for counts, reference in zip(NUMBERS, GB["numbers"]):
        chance, lower, upper, loss = reference["bayesian absolute"]
        mine = bayesian(counts)
        chances.append(abs(number(mine.probability_to_beat_baseline) - chance))
        bounds.append(in_errors(counts, number(mine.difference_lower), lower))
        bounds.append(in_errors(counts, number(mine.difference_upper), upper))
        losses.append(in_errors(counts, number(mine.expected_loss), loss))
    told("gbstats Bayesian means: probability", chances)
    told("gbstats Bayesian means: bounds", bounds)
    told("gbstats Bayesian means: expected loss", losses)
    assert max(chances) < 0.005
    assert max(bounds) < 0.05
    assert max(losses) < 0.01


def test_posteriors_of_large_rates_agree_with_both() -> None:
    # gbstats has a normal posterior, and spotify-confidence a beta one with another prior, from
    # which it draws: they are within some hundredths of a standard error.
    chances, bounds, losses = [], [], []
    for index in LARGE:
        counts = CONVERSIONS[index]
        mine = bayesian(counts)
        for chance, lower, upper, loss in (
            GB["conversions"][index]["bayesian absolute"],
            SPOTIFY["conversions"][index]["bayesian"],
        ):
            chances.append(abs(number(mine.probability_to_beat_baseline) - chance))
            bounds.append(in_errors(counts, number(mine.difference_lower), lower))
            bounds.append(in_errors(counts, number(mine.difference_upper), upper))
            losses.append(in_errors(counts, number(mine.expected_loss), abs(loss)))
    told("gbstats, spotify-confidence: probability", chances)
    told("gbstats, spotify-confidence: bounds", bounds)
    told("gbstats, spotify-confidence: expected loss", losses)
    assert max(chances) < 0.02
    assert max(bounds) < 0.15
    assert max(losses) < 0.05
