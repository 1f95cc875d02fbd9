"""In many simulated experiments, results are right as often as they promise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from scipy import stats

from launchdarkly_api.analysis import (
    Arm,
    bayesian_analysis,
    correct_metrics,
    frequentist_results,
    mismatch,
    sample_size,
)

Draw = Callable[[np.random.Generator], dict[str, Arm]]


def plausible(hits: int, trials: int, rate: float, *, at_most: bool = False) -> bool:
    """Whether a rate explains the hits, except in one case in a thousand."""
    alternative = "greater" if at_most else "two-sided"
    return bool(stats.binomtest(hits, trials, rate, alternative).pvalue > 0.001)


def told(what: str, hits: int, trials: int) -> None:
    """Print a rate, to be seen with pytest -rP."""
    print(f"{what}: {hits / trials:.1%} of {trials}")


def rates(units: int, rate: float, lift: float = 0.0) -> Draw:
    def draw(rng: np.random.Generator) -> dict[str, Arm]:
        return {
            "c": Arm(units=units, conversions=rng.binomial(units, rate)),
            "t": Arm(units=units, conversions=rng.binomial(units, rate * (1 + lift))),
        }

    return draw


def means(units: int, lift: float = 0.0, *, shape: float = 6.0) -> Draw:
    def draw(rng: np.random.Generator) -> dict[str, Arm]:
        return {
            "c": Arm.from_values(rng.gamma(shape, 8.0, units)),
            "t": Arm.from_values(rng.gamma(shape, 8.0 * (1 + lift), units // 2)),
        }

    return draw


def significant(draw: Draw, trials: int, **options: object) -> int:
    rng = np.random.default_rng(2026)
    return sum(
        frequentist_results(draw(rng), baseline="c", **options).comparisons[0].significant  # type: ignore[arg-type]
        for _ in range(trials)
    )


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("rates of 10 %, 1,000 units", rates(1000, 0.1)),
        ("rates of 50 %, 30 units", rates(30, 0.5)),
        ("means, 200 and 100 units", means(200)),
        ("means, 20 and 10 units", means(20, shape=100.0)),
    ],
)
@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_five_per_cent_of_aa_tests_are_significant(name: str, draw: Draw, alternative: str) -> None:
    found = significant(draw, 2000, alternative=alternative)
    told(f"A/A, {name}, {alternative}", found, 2000)
    assert plausible(found, 2000, 0.05)


@pytest.mark.parametrize(
    ("units", "rate"),
    [(10, 0.3), (20, 0.1), (50, 0.05), (100, 0.02), (200, 0.98), (2000, 0.0025)],
)
def test_at_most_five_per_cent_of_aa_tests_of_small_counts_are_significant(
    units: int, rate: float
) -> None:
    # Counts are whole, so that the level of a test is rarely 5 % exactly. All pairs of counts
    # together give it without chance.
    counts = np.arange(units + 1)
    chances = stats.binom.pmf(counts, units, rate)
    likely = counts[chances > 1e-7]
    size = sum(
        chances[x] * chances[y]
        for x in likely
        for y in likely
        if frequentist_results(
            {"c": Arm(units=units, conversions=x), "t": Arm(units=units, conversions=y)},
            baseline="c",
        )
        .comparisons[0]
        .significant
    )
    print(f"A/A, {units} units at {rate:.2%}: {size:.2%}")
    assert 0.015 < size < 0.052


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("rates, 100 of 1,000", rates(1000, 0.1, 0.2)),
        ("rates, 6 of 60", rates(60, 0.1, 0.5)),
        ("means, 200 and 100", means(200, 0.1)),
        ("means, 10 and 5", means(10, 0.1)),
    ],
)
def test_confidence_intervals_contain_the_truth_at_their_level(name: str, draw: Draw) -> None:
    truth = {"rates, 100": (0.2, 0.02), "rates, 6 o": (0.5, 0.05)}
    lift, difference = truth.get(name[:10], (0.1, 4.8))
    rng = np.random.default_rng(7)
    relative = absolute = 0
    for _ in range(1500):
        (found,) = frequentist_results(draw(rng), baseline="c", alpha=0.1).comparisons
        assert found.difference_lower is not None
        assert found.difference_upper is not None
        absolute += found.difference_lower <= difference <= found.difference_upper
        if found.lower is not None and found.upper is not None:
            relative += found.lower <= lift <= found.upper
        else:
            # Without a conversion in the baseline, there is no lift: any is possible.
            relative += 1
    told(f"90 % intervals, {name}: absolute", absolute, 1500)
    told(f"90 % intervals, {name}: relative", relative, 1500)
    small = name.startswith("rates, 6")
    for hits in (absolute, relative):
        assert plausible(hits, 1500, 0.9) or (small and 0.88 < hits / 1500 < 0.94)


@pytest.mark.parametrize("numeric", [False, True])
def test_credible_intervals_contain_the_truth_at_their_level(numeric: bool) -> None:
    rng = np.random.default_rng(8)
    mean = relative = absolute = 0
    surprise = variance = 0.0
    trials = 1000
    for _ in range(trials):
        # The truth is drawn anew each time, as the prior has it.
        if numeric:
            truth = dict(zip("ct", rng.uniform(300, 400, 2)))
            arms = {key: Arm.from_values(rng.normal(m, 60, 12)) for key, m in truth.items()}
        else:
            truth = dict(zip("ct", rng.random(2)))
            arms = {key: Arm(units=60, conversions=rng.binomial(60, p)) for key, p in truth.items()}
        analysis = bayesian_analysis(arms, baseline="c")
        (found,) = analysis.comparisons
        low, high = analysis.intervals["t"]
        mean += low <= truth["t"] <= high
        difference = truth["t"] - truth["c"]
        assert found.difference_lower is not None
        assert found.difference_upper is not None
        assert found.lower is not None
        assert found.upper is not None
        assert found.probability_to_beat_baseline is not None
        absolute += found.difference_lower <= difference <= found.difference_upper
        relative += found.lower <= difference / truth["c"] <= found.upper
        chance = found.probability_to_beat_baseline
        surprise += (difference > 0) - chance
        variance += chance * (1 - chance)
    kind = "means" if numeric else "rates"
    for what, hits in (("means", mean), ("differences", absolute), ("lifts", relative)):
        told(f"90 % credible intervals of {kind}: {what}", hits, trials)
        assert plausible(hits, trials, 0.9)
    # A treatment that beats the baseline with probability q is the better one in a share q.
    print(
        f"z of the probability to beat the baseline, {kind}: {surprise / math.sqrt(variance):+.2f}"
    )
    assert abs(surprise) < 3.3 * math.sqrt(variance)


def peeks(draws: Iterable[dict[str, Arm]], **options: object) -> bool:
    """Whether a result is significant at any look."""
    return any(
        frequentist_results(arms, baseline="c", **options).comparisons[0].significant  # type: ignore[arg-type]
        for arms in draws
    )


def looks_at_rates(rng: np.random.Generator, step: int, rate: float) -> Iterable[dict[str, Arm]]:
    totals = np.cumsum(rng.binomial(step, rate, (20, 2)), axis=0)
    for look, (control, treatment) in enumerate(totals, start=1):
        yield {
            "c": Arm(units=step * look, conversions=control),
            "t": Arm(units=step * look, conversions=treatment),
        }


def looks_at_means(rng: np.random.Generator, step: int) -> Iterable[dict[str, Arm]]:
    values = rng.gamma(2.0, 10.0, (2, 20 * step))
    sums, squares = values.cumsum(axis=1), (values**2).cumsum(axis=1)
    for units in range(step, 20 * step + 1, step):
        yield {
            key: Arm(
                units=units, total=sums[row, units - 1], total_of_squares=squares[row, units - 1]
            )
            for row, key in enumerate("ct")
        }


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("rates, 500 units a look", lambda rng: looks_at_rates(rng, 500, 0.1)),
        ("rates, 20 units a look", lambda rng: looks_at_rates(rng, 20, 0.1)),
        ("means, 200 units a look", lambda rng: looks_at_means(rng, 200)),
        ("means, 5 units a look", lambda rng: looks_at_means(rng, 5)),
    ],
)
def test_twenty_looks_at_aa_find_at_most_five_per_cent(
    name: str, looks: Callable[[np.random.Generator], Iterable[dict[str, Arm]]], alternative: str
) -> None:
    rng = np.random.default_rng(9)
    trials = 300
    found = sum(peeks(looks(rng), sequential=True, alternative=alternative) for _ in range(trials))
    told(f"20 looks, {name}, {alternative}", found, trials)
    assert plausible(found, trials, 0.05, at_most=True)


def test_twenty_looks_at_a_fixed_horizon_find_far_more_than_five_per_cent() -> None:
    rng = np.random.default_rng(9)
    found = sum(peeks(looks_at_rates(rng, 500, 0.1)) for _ in range(200))
    told("20 looks without the sequential test", found, 200)
    assert found > 30


def test_the_sequential_test_finds_what_is_there() -> None:
    found = significant(rates(20_000, 0.1, 0.1), 200, sequential=True)
    told("sequential, a lift of 10 % with 20,000 units", found, 200)
    assert found > 100


@pytest.mark.parametrize("correction", ["bonferroni", "benjamini-hochberg"])
def test_a_correction_keeps_false_alarms_at_five_per_cent(correction: str) -> None:
    rng = np.random.default_rng(10)
    trials = 600
    wrong = without = 0
    for _ in range(trials):
        metrics = {
            metric: frequentist_results(
                {key: Arm(units=1000, conversions=rng.binomial(1000, 0.2)) for key in "cabde"},
                baseline="c",
            )
            for metric in ("first", "second")
        }
        without += any(c.significant for one in metrics.values() for c in one.comparisons)
        corrected = correct_metrics(metrics, correction=correction)  # type: ignore[arg-type]
        wrong += any(c.significant for one in corrected.values() for c in one.comparisons)
    told(f"8 comparisons, any false alarm, {correction}", wrong, trials)
    told("8 comparisons, any false alarm, uncorrected", without, trials)
    assert plausible(wrong, trials, 0.05, at_most=True)
    assert without > trials * 0.2


@pytest.mark.parametrize(
    ("baseline", "lift", "deviation"), [(0.1, 0.2, None), (0.5, -0.1, None), (50.0, 0.05, 20.0)]
)
def test_a_planned_experiment_has_its_power(
    baseline: float, lift: float, deviation: float | None
) -> None:
    units = sample_size(baseline=baseline, lift=lift, standard_deviation=deviation)

    def draw(rng: np.random.Generator) -> dict[str, Arm]:
        changed = baseline * (1 + lift)
        if deviation is None:
            return {
                "c": Arm(units=units, conversions=rng.binomial(units, baseline)),
                "t": Arm(units=units, conversions=rng.binomial(units, changed)),
            }
        return {
            "c": Arm.from_values(rng.normal(baseline, deviation, units)),
            "t": Arm.from_values(rng.normal(changed, deviation, units)),
        }

    found = significant(draw, 1000)
    told(f"power at {units} units", found, 1000)
    assert plausible(found, 1000, 0.8)


def test_a_correct_split_is_called_broken_once_in_a_thousand() -> None:
    rng = np.random.default_rng(12)
    counts = rng.multinomial(3000, [0.5, 0.3, 0.2], 4000)
    found = sum(mismatch(list(map(int, row)), [50, 30, 20]).found for row in counts)
    told("correct splits called broken", found, 4000)
    assert plausible(found, 4000, 0.001)
