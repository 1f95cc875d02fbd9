"""Experiments and results as the service would send them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model_utils import decode

DAY = 86_400_000
#: 2022-06-01 00:00 UTC.
START = 1_654_041_600_000

LONG_NAMES = (
    "The control, exactly as it has been since the beginning of time",
    "A larger and much more colourful button that nobody can overlook",
    "A larger and much more colourful button that nobody can overlook, in red",
    "كبير جدا",
    "Checkout with $5 or $10 off_and^more",
    "control",
    "Variant F with antidisestablishmentarianism_in_one_word_that_does_not_break_anywhere",
    "G",
    "H treatment",
    "I",
    "J is a name of middle length",
    "K <script>alert(1)</script>",
)


def treatment_id(index: int) -> str:
    return f"{index:08d}-aaaa-4aaa-8aaa-aaaaaaaaaaaa"


def treatment(index: int, name: str, mean: float | None, means: Sequence[float | None]) -> Any:
    """The results of a treatment, with intervals of 10 % to both sides."""
    sent: dict[str, Any] = {
        "treatmentId": treatment_id(index),
        "treatmentName": name,
        "units": 1000 + index,
    }
    if mean is not None:
        sent |= {
            "mean": mean,
            "credibleInterval": {"lower": mean * 0.9, "upper": mean * 1.1},
            "pBest": (index + 1) / (len(means) * (len(means) + 1) / 2),
            "relativeDifferences": [
                {
                    "fromTreatmentId": treatment_id(other),
                    "lower": mean / reference - 1.1,
                    "upper": mean / reference - 0.9,
                }
                for other, reference in enumerate(means)
                if other != index and reference
            ],
        }
    return sent


def results_json(
    names: Sequence[str],
    means: Sequence[float | None],
    *,
    mismatch: float | None = 0.2,
    metric: str = "signup",
) -> dict[str, Any]:
    return {
        "_links": {
            "self": {
                "href": "/api/v2/projects/demo/environments/test/experiments/checkout"
                f"/metrics/{metric}/results"
            }
        },
        "treatmentResults": [
            treatment(index, name, mean, means)
            for index, (name, mean) in enumerate(zip(names, means))
        ],
        "probabilityOfMismatch": mismatch,
        "metricSeen": {"ever": True, "timestamp": 1_657_129_307},
    }


def results(
    names: Sequence[str] = ("control", "bold"),
    means: Sequence[float | None] = (0.1, 0.12),
    **more: Any,
) -> Any:
    return decode(ExperimentBayesianResultsRep, results_json(names, means, **more))


def results_of(*treatments: Any, **more: Any) -> Any:
    """Results with only these treatments."""
    return decode(ExperimentBayesianResultsRep, {"treatmentResults": list(treatments), **more})


def metric_json(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": name, "kind": "custom", "_links": {}, **more}


def experiment_json(
    names: Sequence[str] = ("control", "bold"),
    *,
    baseline: int | None = 0,
    secondary: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    return {
        "key": "checkout",
        "name": "New checkout",
        "_maintainerId": "member",
        "_creationDate": START,
        "_links": {"self": {"href": "/api/v2/projects/demo/x", "type": "application/json"}},
        "currentIteration": {
            "hypothesis": "A larger button sells more",
            "status": "running",
            "createdAt": START,
            "startedAt": START + 1000,
            "primaryMetric": metric_json("signup", "Sign-ups"),
            "secondaryMetrics": [metric_json(key, key.capitalize()) for key in secondary],
            "treatments": [
                {
                    "_id": treatment_id(index),
                    "name": name,
                    "allocationPercent": "50",
                    "baseline": index == baseline,
                }
                for index, name in enumerate(names)
            ],
        },
        **more,
    }


def experiment(names: Sequence[str] = ("control", "bold"), **more: Any) -> Any:
    return decode(Experiment, experiment_json(names, **more))


def legacy_json(names: Sequence[Any], days: int = 14, *, baseline: int | None = 0) -> Any:
    """Legacy results with a hundred units per day and variation, from a fixed seed."""
    chance = random.Random(0)
    counts = [0] * len(names)
    series = []
    for day in range(days):
        slices = []
        for index in range(len(names)):
            count = sum(chance.random() < 0.1 + 0.01 * index for _ in range(100))
            counts[index] += count
            rate, units = counts[index] / (100 * (day + 1)), 100 * (day + 1)
            error = 1.96 * (rate * (1 - rate) / units) ** 0.5
            slices.append(
                {
                    "count": count,
                    "conversionRate": count / 100,
                    "confidenceInterval": {
                        "lower": count / 100 - 0.05,
                        "upper": count / 100 + 0.05,
                    },
                    "cumulativeCount": counts[index],
                    "cumulativeConversionRate": rate,
                    "cumulativeConfidenceInterval": {"lower": rate - error, "upper": rate + error},
                }
            )
        series.append({"Time": START + day * DAY, "VariationData": slices})
    return {
        "_links": {"self": {"href": "/api/v2/flags/demo/checkout/experiments/test/signup"}},
        "metadata": [{"key": name} for name in names],
        "totals": [
            {"cumulativeCount": counts[index]}
            if index == baseline
            else {"cumulativeCount": counts[index], "improvement": 0.1, "pValue": 0.03}
            for index in range(len(names))
        ],
        "series": series,
        "stats": {"pValue": 0.03, "chi2": 4.7, "winningVariationIdx": 1, "minSampleSizeMet": True},
        "granularity": "day",
        "metricSeen": {"ever": True, "timestamp": 1_657_129_307},
    }


def legacy(names: Sequence[Any] = ("control", "bold"), *args: Any, **more: Any) -> Any:
    return decode(ExperimentResults, legacy_json(names, *args, **more))
