"""The configuration of an experiment chooses how its results are computed."""

from __future__ import annotations

from typing import Any

import pytest

from launchdarkly_api.analysis import (
    AnalysisSettings,
    Arm,
    FrequentistResults,
    bayesian_results,
    correct_metrics,
    frequentist_results,
    results_for,
    results_for_metrics,
    settings_for,
)
from launchdarkly_api.exceptions import ApiValueError
from launchdarkly_api.model_utils import from_json
from launchdarkly_api.models import Experiment, ExperimentBayesianResultsRep

ARMS = {"t": Arm(units=980, conversions=130), "c": Arm(units=1000, conversions=100)}
SHARES = [("c", "Control", "40", True), ("t", "Treatment", "40", False), ("u", "U", "20", False)]


def treatments(*shares: Any) -> list[dict[str, Any]]:
    return [
        {"_id": key, "name": name, "allocationPercent": percent, "baseline": baseline}
        for key, name, percent, baseline in shares or SHARES
    ]


def iteration(**values: Any) -> dict[str, Any]:
    return {"hypothesis": "H", "status": "running", "createdAt": 1, **values}


def experiment(**values: Any) -> Experiment:
    body = {
        "key": "e",
        "name": "E",
        "_maintainerId": "m",
        "_creationDate": 1,
        "_links": {},
        "currentIteration": iteration(treatments=treatments()),
        **values,
    }
    return Experiment._new_from_openapi_data(body)
