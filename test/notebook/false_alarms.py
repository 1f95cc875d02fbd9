"""Measures how often an experiment without a difference is called ready for a decision.

Run ``python -m test.notebook.false_alarms``. It prints the share of 2,000 experiments.
"""

from __future__ import annotations

import numpy as np

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
    frequentist: bool = False,
    rules: Rules | None = None,
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
        frequentist: Whether to test, at a significance level of one minus the threshold.
        rules: The conditions of a decision.
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
    shares = {treatment_id(index): 1.0 for index in range(arms)}
    counts = np.random.default_rng(seed).binomial(units, rate, (experiments, metrics, arms))
    ready = 0
    for by_metric in counts:
        results = {}
        for key, by_arm in zip(KEYS, by_metric):
            made = {
                treatment_id(index): Arm(units=units, conversions=int(count))
                for index, count in enumerate(by_arm)
            }
            if frequentist:
                results[key] = frequentist_results(
                    made, baseline=treatment_id(0), alpha=1 - threshold
                )
            else:
                results[key] = bayesian_results(made, shares=shares)
        directions = dict.fromkeys(results, False)
        found = report_of(asked, results, lower_is_better=directions, rules=rules)
        ready += any(finding.ready for finding in found.summary().findings)
    return ready / experiments


def main() -> None:
    """Print the shares."""
    for threshold in (0.9, 0.95):
        for more in ({}, {"arms": 4}, {"metrics": 3}, {"rate": 0.0025}, {"frequentist": True}):
            share = ready_share(2000, threshold=threshold, **more)  # type: ignore[arg-type]
            print(f"threshold {threshold:.0%}, {more or 'one metric, two arms'}: {share:.2%} ready")


if __name__ == "__main__":
    main()
