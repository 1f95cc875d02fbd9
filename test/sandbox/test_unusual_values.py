"""Unusual values: fields, kinds, nulls and timestamps that no document lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import (
    Client,
    experiment,
    experiments,
    iteration_input,
    metric,
    settings,
)
from test.sandbox.contract import deviations

EVERYTHING = "previousIterations,draftIteration,secondaryMetrics,treatments"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(api_version="2023", unusual_values=True) as running:
        yield running


def paths(value: Any, name: str) -> Iterator[Any]:
    """All values of a name, at any depth."""
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for part in value.values():
            yield from paths(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from paths(part, name)


@pytest.fixture
def whole(client: Client) -> Any:
    """An experiment with all kinds of iterations, fully expanded."""
    client.run()
    client.call("POST", experiment() + "/iterations", iteration_input())
    client.start(changeJustification="next")
    client.stop()
    client.call("POST", experiment() + "/iterations", iteration_input())
    return client.get(experiment(), expand=EVERYTHING).json


@pytest.mark.parametrize("name", ["holdoutId", "layerSnapshot", "reallocationFrequencyMillis"])
def test_optional_fields_are_null(whole: Any, name: str) -> None:
    assert set(paths(whole, name)) == {None}


def test_an_experiment_has_a_field_that_nobody_declares(whole: Any) -> None:
    assert whole["version"] == 3


def test_fields_arrive_that_nobody_asked_for(whole: Any) -> None:
    assert whole["analysisConfig"] == {"bayesianThreshold": "90"}


@pytest.mark.parametrize(
    "name",
    [
        "environmentKey",
        "methodology",
        "dataSource",
        "type",
        "tags",
        "primarySingleMetric",
        "primaryFunnel",
        "metrics",
        "attributes",
        "covariateInfo",
        "isNumeric",
        "eventKey",
        "unitAggregationType",
        "notInExperimentVariationId",
        "isGroup",
        "_versionId",
    ],
)
def test_the_fields_of_2026_are_there_too(whole: Any, name: str) -> None:
    assert list(paths(whole, name))


def test_metrics_have_kinds_that_they_cannot_have(whole: Any) -> None:
    kinds = set(paths(whole, "kind"))
    assert kinds == {"funnel", "standard", "trace", "guardrail"}


def test_the_primary_metric_becomes_a_group_if_there_are_others(client: Client, whole: Any) -> None:
    primary = whole["currentIteration"]["primaryMetric"]
    assert primary["isGroup"] is True
    assert [m["key"] for m in primary["metrics"]] == ["signup", "revenue", "page-load-ms"]
    client.create("single", metrics=[metric("signup", primary=True)])
    primary = client.get(experiment("single")).json["currentIteration"]["primaryMetric"]
    assert (primary["isGroup"], "metrics" in primary) == (False, False)


def test_some_timestamps_are_strings_of_digits(client: Client, whole: Any) -> None:
    for iteration in (whole["currentIteration"], *whole["previousIterations"]):
        assert iteration["startedAt"].isdigit()
        assert iteration["endedAt"].isdigit()
        assert isinstance(iteration["createdAt"], int)
    assert client.get(settings()).json["_creationDate"].isdigit()


def test_the_fields_of_the_contract_remain(client: Client, whole: Any) -> None:
    unknown = [
        text for text in deviations("Experiment", whole) if "not in the contract" not in text
    ]
    assert unknown
    assert all("is no int" in text or "is not one of" in text for text in unknown)
    page = client.get(experiments(), expand=EVERYTHING).json
    assert page["items"] == [whole]


def test_results_have_slices_traffic_and_distributions(client: Client, whole: Any) -> None:
    answer = client.results("signup").json
    (control, _) = answer["treatmentResults"]
    assert control["traffic"] > 800
    assert control["distribution"]["kind"] == "beta"
    assert control["distribution"]["parameters"].keys() == {"alpha", "beta"}
    assert answer["results"] == [{"treatmentResults": answer["treatmentResults"]}]
    number = client.results("revenue").json["treatmentResults"][0]
    assert number["distribution"]["parameters"]["mu"] == number["mean"]
    spread = number["credibleInterval"]["upper"] - number["mean"]
    assert number["distribution"]["parameters"]["sigma"] == pytest.approx(spread / 1.6448536)


def test_unknown_numbers_are_null() -> None:
    with Sandbox(api_version="2023", unusual_values=True, sample_traffic=False) as sandbox:
        client = Client(sandbox.url)
        client.run()
        answer = client.results("signup").json
        assert answer["probabilityOfMismatch"] is None
        for arm in answer["treatmentResults"]:
            assert (arm["mean"], arm["pBest"], arm["distribution"]) == (None, None, None)
            assert arm["credibleInterval"] == {"lower": None, "upper": None}
        client.close()


def test_by_default_responses_have_no_unusual_value() -> None:
    with Sandbox(api_version="2023") as sandbox:
        client = Client(sandbox.url)
        client.run()
        answer = client.get(experiment(), expand=EVERYTHING).json
        assert not list(deviations("Experiment", answer))
        client.close()


def test_they_also_apply_to_the_version_of_2026() -> None:
    with Sandbox(api_version="2026", unusual_values=True) as sandbox:
        client = Client(sandbox.url)
        client.create("funnel", metrics=[], primarySingleMetricKey="signup")
        answer = client.get(experiment("funnel"), expand="analysisConfig").json
        assert (answer["holdoutId"], answer["currentIteration"]["layerSnapshot"]) == (None, None)
        assert client.results("signup", "funnel").status == 404
        client.close()
