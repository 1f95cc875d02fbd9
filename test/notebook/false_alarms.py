"""Measures how often an experiment without a difference is called ready for a decision.

Run ``python -m test.notebook.false_alarms 20000``. It prints the share of so many experiments, and
by how many standard deviations it is above the level.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from launchdarkly_api._display.thresholds import MAX_SKEWNESS
from launchdarkly_api.analysis import Arm, bayesian_results, frequentist_results
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model_utils import decode
from launchdarkly_api.notebook import Rules, report_of
from test.notebook.examples import START, experiment_json, treatment_id

KEYS = ("signup", "revenue", "load")


def ready_share(
    experiments: int,
    *,
    threshold: float = 0.9,
    arms: int = 2,
    metrics: int = 1,
    rate: float = 0.1,
    units: int = 2000,
    other_units: int | None = None,
    numeric: bool = False,
    frequentist: bool = False,
    min_units: int = 150,
    max_skewness: float = MAX_SKEWNESS,
    seed: int = 12,
) -> float:
    """Return the share of A/A experiments in which any metric is ready for a decision.

    Args:
        experiments: The number of experiments.
        threshold: The threshold that the user chose, as a fraction.
        arms: The number of treatments, with the baseline.
        metrics: The number of metrics.
        rate: The conversion rate of all treatments.
        units: The units of each treatment.
        other_units: The units of the treatments beside the baseline, if not the same.
        numeric: Whether the metric is a skewed amount, of which ``rate`` is the share of units that
            have one.
        frequentist: Whether to test, at a significance level of one minus the threshold.
        min_units: The minimum number of units of each treatment.
        max_skewness: The maximum skewness of a difference of means.
        seed: The seed of the counts.
    """
    names = [f"treatment {index}" for index in range(arms)]
    sent = experiment_json(
        names,
        secondary=KEYS[1:metrics],
        analysisConfig={"bayesianThreshold": f"{threshold * 100:g}"},
    )
    sent["currentIteration"] |= {"status": "stopped", "endedAt": START + 14 * 86_400_000}
    asked = decode(Experiment, sent)
    rng = np.random.default_rng(seed)
    sizes = [units, *[other_units or units] * (arms - 1)]
    shares = {treatment_id(index): float(size) for index, size in enumerate(sizes)}
    rules, directions = (
        Rules(min_units=min_units, max_skewness=max_skewness),
        dict.fromkeys(KEYS[:metrics], False),
    )
    known: dict[Any, bool] = {}
    ready = 0
    for _ in range(experiments):
        counts = [[_arm(rng, size, rate, numeric) for size in sizes] for _ in range(metrics)]
        # The same counts come again and again.
        if str(counts) not in known:
            results: dict[str, Any] = {}
            for key, by_arm in zip(KEYS, counts):
                made = {treatment_id(index): arm for index, arm in enumerate(by_arm)}
                results[key] = (
                    frequentist_results(made, baseline=treatment_id(0), alpha=1 - threshold)
                    if frequentist
                    else bayesian_results(made, shares=shares)
                )
            found = report_of(asked, results, lower_is_better=directions, rules=rules)
            known[str(counts)] = any(finding.ready for finding in found.summary().findings)
        ready += known[str(counts)]
    return ready / experiments


def _arm(rng: np.random.Generator, units: int, rate: float, numeric: bool) -> Arm:
    count = int(rng.binomial(units, rate))
    if not numeric:
        return Arm(units=units, conversions=count)
    values = rng.lognormal(3, 1, count)
    return Arm(units=units, total=values.sum(), total_of_squares=(values**2).sum())


CASES: tuple[dict[str, Any], ...] = (
    {},
    {"rate": 0.0025},
    {"rate": 0.5, "units": 150},
    {"rate": 0.03, "units": 200, "other_units": 600},
    {"arms": 4},
    {"metrics": 3},
    {"numeric": True},
    {"numeric": True, "rate": 1.0, "units": 150},
    {"numeric": True, "rate": 0.1, "units": 400, "other_units": 1200},
    {
        "numeric": True,
        "rate": 0.1,
        "units": 400,
        "other_units": 1200,
        "max_skewness": math.inf,
    },
    {"numeric": True, "arms": 3, "metrics": 2},
    {"frequentist": True},
    {"frequentist": True, "rate": 0.0025},
    {"frequentist": True, "numeric": True},
    {"frequentist": True, "arms": 3},
)


def main() -> None:
    """Print the shares."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for threshold in (0.9, 0.95):
        for more in CASES:
            share, level = ready_share(count, threshold=threshold, **more), 1 - threshold
            above = (share - level) / (level * (1 - level) / count) ** 0.5
            about = ", ".join(f"{name} {value}" for name, value in more.items())
            print(
                f"threshold {threshold:.0%}, {about or 'one metric, two arms'}: {share:.2%} ready,"
                f" {above:+.1f} standard deviations from {level:.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
