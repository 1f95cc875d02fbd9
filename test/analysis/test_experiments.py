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
from launchdarkly_api.model_utils import decode
from launchdarkly_api.models import Experiment, ExperimentBayesianResultsRep, IterationRep

ARMS = {"t": Arm(units=980, conversions=130), "c": Arm(units=1000, conversions=100)}
SHARES = [("c", "Control", "40", True), ("t", "Treatment", "40", False), ("u", "U", "20", False)]


def iteration(*shares: Any, **values: Any) -> dict[str, Any]:
    """An iteration with treatments: the id, the name, the share, and whether it is the baseline."""
    treatments = [
        {"_id": key, "name": name, "allocationPercent": percent, "baseline": baseline}
        for key, name, percent, baseline in shares
    ]
    return {
        "hypothesis": "H",
        "status": "running",
        "createdAt": 1,
        "flags": {},
        "treatments": treatments,
        **values,
    }


def experiment(**values: Any) -> Experiment:
    """An experiment as the service sends it."""
    body: dict[str, Any] = {
        "key": "e",
        "name": "E",
        "_maintainerId": "m",
        "_creationDate": 1,
        "environmentKey": "test",
        "_links": {},
        "currentIteration": iteration(*SHARES),
        **values,
    }
    return decode(Experiment, body)


def frequentist(**config: Any) -> Experiment:
    return experiment(methodology="frequentist", analysisConfig=config)


def test_a_bayesian_experiment_has_bayesian_results() -> None:
    found = results_for(experiment(methodology="bayesian"), ARMS)
    assert isinstance(found, ExperimentBayesianResultsRep)
    assert found == bayesian_results(
        # In the order of the treatments, and with the one that has no units yet.
        {"c": ARMS["c"], "t": ARMS["t"], "u": Arm(units=0, conversions=0)},
        names={"c": "Control", "t": "Treatment", "u": "U"},
        shares={"c": 40, "t": 40, "u": 20},
    )


def test_a_frequentist_experiment_has_frequentist_results() -> None:
    found = results_for(frequentist(), ARMS)
    assert isinstance(found, FrequentistResults)
    complete = {"c": ARMS["c"], "t": ARMS["t"], "u": Arm(units=0, conversions=0)}
    assert found == frequentist_results(complete, baseline="c")
    assert [one.treatment_id for one in found.comparisons] == ["t", "u"]


@pytest.mark.parametrize(
    ("config", "lower_is_better", "options"),
    [
        ({"significanceThreshold": "0.1"}, False, {"alpha": 0.1}),
        ({"testDirection": "one-sided"}, False, {"alternative": "greater"}),
        ({"testDirection": "one-sided"}, True, {"alternative": "less"}),
        ({"testDirection": "two-sided"}, True, {}),
        ({"sequentialTestingEnabled": True}, False, {"sequential": True}),
        (
            {"multipleComparisonCorrectionMethod": "bonferroni"},
            False,
            {"correction": "bonferroni"},
        ),
    ],
)
def test_the_configuration_chooses_the_test(
    config: dict[str, Any], lower_is_better: bool, options: dict[str, Any]
) -> None:
    found = results_for(frequentist(**config), ARMS, lower_is_better=lower_is_better)
    complete = {"c": ARMS["c"], "t": ARMS["t"], "u": Arm(units=0, conversions=0)}
    assert found == frequentist_results(complete, baseline="c", **options)


def test_a_correction_over_metrics_needs_them_together() -> None:
    arms = {**ARMS, "u": Arm(units=500, conversions=60)}
    asked = frequentist(
        multipleComparisonCorrectionMethod="benjamini-hochberg",
        multipleComparisonCorrectionScope="variations-and-metrics",
    )
    metrics = {"first": arms, "second": {"c": Arm.from_values([1.0, 2.0, 3.0])}}
    found = results_for_metrics(asked, metrics)
    assert list(found) == ["first", "second"]
    plain = results_for_metrics(frequentist(), metrics)
    assert found == correct_metrics(
        plain,  # type: ignore[arg-type]
        correction="benjamini-hochberg",
    )
    (first,) = [one for key, one in plain.items() if key == "first"]
    assert found["first"] != first


def test_metrics_whose_lower_mean_is_better_are_named() -> None:
    both = {"up": ARMS, "down": ARMS}
    found = results_for_metrics(experiment(), both, lower_is_better={"down"})
    best = {
        key: [one.p_best for one in results.treatment_results or ()][:2]
        for key, results in found.items()
        if isinstance(results, ExperimentBayesianResultsRep)
    }
    assert best["up"] == pytest.approx(best["down"][::-1])


@pytest.mark.parametrize(
    ("values", "methodology", "expected"),
    [
        ({}, None, "bayesian"),
        ({"methodology": "frequentist"}, None, "frequentist"),
        ({"methodology": "frequentist"}, "bayesian", "bayesian"),
        ({"methodology": "export_only"}, None, "bayesian"),
        ({"methodology": "export_only"}, "frequentist", "frequentist"),
        ({"analysisConfig": {"significanceThreshold": "0.05"}}, None, "frequentist"),
        (
            {"analysisConfig": {"significanceThreshold": "0.05", "bayesianThreshold": "95"}},
            None,
            "bayesian",
        ),
    ],
)
def test_the_methodology_is_found(values: Any, methodology: Any, expected: str) -> None:
    assert settings_for(experiment(**values), methodology=methodology).methodology == expected


def test_thresholds_are_read_from_text() -> None:
    config = {
        "bayesianThreshold": "95",
        "significanceThreshold": "0.01",
        "testDirection": "one-sided",
        "multipleComparisonCorrectionMethod": "bonferroni",
        "multipleComparisonCorrectionScope": "metrics",
        "sequentialTestingEnabled": True,
    }
    assert settings_for(experiment(analysisConfig=config)) == AnalysisSettings(
        "bayesian", 0.95, 0.01, True, "bonferroni", "metrics", True
    )
    empty = {**dict.fromkeys(config, ""), "sequentialTestingEnabled": False}
    assert settings_for(experiment(analysisConfig=empty)) == AnalysisSettings()
    assert settings_for(experiment()) == AnalysisSettings()
    percent = settings_for(experiment(analysisConfig={"significanceThreshold": "5"}))
    assert percent.significance_threshold == 0.05


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"methodology": "magic"}, "methodology is 'magic'; give methodology='bayesian' or"),
        ({"analysisConfig": {"bayesianThreshold": "high"}}, "bayesianThreshold is 'high'"),
        ({"analysisConfig": {"significanceThreshold": "0"}}, "significanceThreshold is '0'"),
    ],
)
def test_an_unknown_value_is_named(values: Any, said: str) -> None:
    with pytest.raises(ApiValueError) as caught:
        settings_for(experiment(**values))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"currentIteration": None},
        {"currentIteration": iteration()},
        {"currentIteration": iteration(("c", "C", "50", False))},
    ],
)
def test_an_experiment_without_treatments_says_how_to_get_them(values: Any) -> None:
    with pytest.raises(ApiValueError, match='get it with expand="treatments"'):
        results_for(experiment(**values), ARMS)


def test_an_arm_of_no_treatment_is_named() -> None:
    with pytest.raises(ApiValueError, match="'x' is no treatment of the experiment"):
        results_for(experiment(), {"x": ARMS["c"]})


def test_another_iteration_can_be_analysed() -> None:
    body = iteration(("a", "A", "50", True), ("b", "B", "50", False))
    found = results_for(
        frequentist(),
        {"a": ARMS["c"], "b": ARMS["t"]},
        iteration=decode(IterationRep, body),
    )
    assert isinstance(found, FrequentistResults)
    assert found.baseline == "a"


def test_numeric_arms_are_completed_with_numeric_ones() -> None:
    arms = {"c": Arm.from_values([1.0, 2.0]), "t": Arm.from_values([2.0, 3.0])}
    found = results_for(experiment(), arms, level=0.8, seed=4)
    assert isinstance(found, ExperimentBayesianResultsRep)
    assert found.treatment_results is not None
    assert [one.units for one in found.treatment_results] == [2, 2, 0]
