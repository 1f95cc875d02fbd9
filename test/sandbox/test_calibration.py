"""In many simulated experiments, results are correct as often as they promise."""

from __future__ import annotations

import math
import random

import pytest
from scipy import stats

from launchdarkly_api.analysis import mismatch
from launchdarkly_api.sandbox.service.results import analyse
from launchdarkly_api.sandbox.state.records import Metric, Treatment
from launchdarkly_api.sandbox.state.traffic import Effect, Simulated, Sources

ARMS = (
    Treatment("a", "control", baseline=True, allocation_percent="50", parameters=()),
    Treatment("b", "treatment", baseline=False, allocation_percent="50", parameters=()),
)
CONVERSION = Metric("m", "M", "custom", numeric=False, lower_is_better=False)
NUMERIC = Metric("m", "M", "custom", numeric=True, lower_is_better=False)
EXPERIMENTS = 400


def plausible(hits: int, trials: int, rate: float) -> bool:
    """Whether a rate explains the hits, except in one case in a thousand."""
    return bool(stats.binomtest(hits, trials, rate).pvalue > 0.001)


def simulate(seed: str, effects: dict[str, Effect]) -> Simulated:
    return Simulated("s", seed, 120, {"a": 50.0, "b": 50.0}, {"m": effects}, 0, 1_000_000)


@pytest.mark.parametrize("metric", [CONVERSION, NUMERIC], ids=["conversion", "numeric"])
def test_intervals_contain_the_truth_as_often_as_promised(metric: Metric) -> None:
    rng = random.Random(2023)
    means = relative = 0
    surprise = variance = 0.0
    for number in range(EXPERIMENTS):
        # The truth is drawn anew each time, as the prior would have it.
        if metric.numeric:
            truth = {key: rng.uniform(300, 600) for key in "ab"}
            effects = {key: Effect(0.7, mean, 150.0) for key, mean in truth.items()}
        else:
            truth = {key: rng.random() for key in "ab"}
            effects = {key: Effect(rate) for key, rate in truth.items()}
        sources = Sources((0, 1), (simulate(f"{metric.numeric}/{number}", effects),))
        found = analyse(ARMS, sources.units("m"), metric, seed=str(number))
        for arm in found.arms:
            assert arm.interval is not None
            own = arm.arm.treatment.id
            means += arm.interval[0] <= truth[own] <= arm.interval[1]
            for other, (lower, upper) in arm.differences.items():
                relative += lower <= truth[own] / truth[other] - 1 <= upper
        best = found.arms[0].best
        assert best is not None
        surprise += (truth["a"] > truth["b"]) - best
        variance += best * (1 - best)
    trials = 2 * EXPERIMENTS
    # To be seen with pytest -rP.
    print(f"credible intervals that hold the truth: {means / trials:.1%}")
    print(f"relative differences that hold the truth: {relative / trials:.1%}")
    print(f"z of P(best): {surprise / math.sqrt(variance):+.2f}")
    assert plausible(means, trials, 0.9), means / trials
    # The two differences of an experiment mostly hold or fail together.
    assert plausible(relative // 2, EXPERIMENTS, 0.9), relative / trials
    # A treatment with P(best) = q is the best in a share q of cases.
    assert abs(surprise) < 3.3 * math.sqrt(variance), surprise / math.sqrt(variance)


def test_a_correct_split_is_a_mismatch_as_often_as_chance_allows() -> None:
    rng = random.Random(3)
    called = 0
    for _ in range(2_000):
        first = sum(rng.random() < 0.5 for _ in range(400))
        called += mismatch([first, 400 - first], [50, 50]).probability > 0.95
    print(f"true splits called a mismatch at 95 %: {called / 2_000:.1%}")
    assert plausible(called, 2_000, 0.05), called / 2_000


def test_an_incorrect_split_is_found() -> None:
    shares = {"a": 60.0, "b": 40.0}
    source = Simulated("s", "srm", 2_000, shares, {}, 0, 1)
    counts = [sum(e.treatment_id == key for e in source.exposed()) for key in "ab"]
    assert mismatch(counts, [50, 50]).found
