"""The API version of 2026: its newer fields and values, which are absent by default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import (
    CONTROL,
    TREATMENT,
    Client,
    experiment,
    experiment_post,
    experiments,
    iteration_input,
    metric,
    settings,
    treatment,
)
from test.sandbox.contract import deviations

EVERYTHING = "previousIterations,draftIteration,secondaryMetrics,treatments"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(api_version="2026") as running:
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


@pytest.mark.parametrize(
    "name",
    [
        "environmentKey",
        "methodology",
        "dataSource",
        "type",
        "tags",
        "holdoutId",
        "analysisConfig",
        "primarySingleMetric",
        "primaryFunnel",
        "metrics",
        "version",
        "attributes",
        "reallocationFrequencyMillis",
        "layerSnapshot",
        "covariateInfo",
        "isNumeric",
        "eventKey",
        "unitAggregationType",
        "notInExperimentVariationId",
        "isGroup",
        "_versionId",
    ],
)
def test_2026_adds_newer_fields(whole: Any, name: str) -> None:
    assert list(paths(whole, name))


def test_2026_adds_metric_kinds(whole: Any) -> None:
    kinds = set(paths(whole, "kind"))
    assert kinds == {"funnel", "standard", "trace", "guardrail"}


def test_2026_makes_the_primary_metric_a_group_if_there_are_others(
    client: Client, whole: Any
) -> None:
    primary = whole["currentIteration"]["primaryMetric"]
    assert primary["isGroup"] is True
    assert [m["key"] for m in primary["metrics"]] == ["signup", "revenue", "page-load-ms"]
    client.create("single", metrics=[metric("signup", primary=True)])
    primary = client.get(experiment("single")).json["currentIteration"]["primaryMetric"]
    assert (primary["isGroup"], "metrics" in primary) == (False, False)


def test_2026_sends_some_timestamps_as_strings_of_digits(client: Client, whole: Any) -> None:
    for iteration in (whole["currentIteration"], *whole["previousIterations"]):
        assert iteration["startedAt"].isdigit()
        assert iteration["endedAt"].isdigit()
        assert isinstance(iteration["createdAt"], int)
    assert client.get(settings()).json["_creationDate"].isdigit()


def test_2026_keeps_the_fields_of_the_contract(client: Client, whole: Any) -> None:
    unknown = [
        text for text in deviations("Experiment", whole) if "not in the contract" not in text
    ]
    assert unknown
    assert all("is no int" in text or "is not one of" in text for text in unknown)
    page = client.get(experiments(), expand=EVERYTHING).json
    assert page["items"] == [whole]


def test_2026_adds_slices_traffic_and_distributions_to_results(client: Client, whole: Any) -> None:
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


def test_2026_sends_unknown_numbers_as_null() -> None:
    with Sandbox(api_version="2026", sample_traffic=False) as sandbox:
        client = Client(sandbox.url)
        client.run()
        answer = client.results("signup").json
        assert answer["probabilityOfMismatch"] is None
        for arm in answer["treatmentResults"]:
            assert (arm["mean"], arm["pBest"], arm["distribution"]) == (None, None, None)
            assert arm["credibleInterval"] == {"lower": None, "upper": None}
        client.close()


def test_2026_accepts_requests_without_the_fields_that_became_optional(client: Client) -> None:
    body = experiment_post()
    del body["maintainerId"]
    for given in body["iteration"]["metrics"]:
        del given["primary"]
    answer = client.call("POST", experiments(), body)
    assert answer.status == 201
    assert answer.json["currentIteration"]["primarySingleMetric"]["key"] == "signup"
    units = [{"randomizationUnit": "user", "default": True}]
    assert client.call("PUT", settings(), {"randomizationUnits": units}).status == 200
    client.start()
    body = iteration_input(metrics=[{"key": "revenue"}, {"key": "signup", "primary": True}])
    assert client.call("POST", experiment() + "/iterations", body).status == 200


@pytest.mark.parametrize(
    ("given", "default"),
    [
        ([{"randomizationUnit": "user"}], "user"),
        ([{"randomizationUnit": "org"}], "org"),
        ([{"randomizationUnit": "org"}, {"randomizationUnit": "user"}], "user"),
        ([{"randomizationUnit": "org"}, {"randomizationUnit": "device"}], "org"),
        ([{"randomizationUnit": "user"}, {"randomizationUnit": "org", "default": True}], "org"),
        ([{"randomizationUnit": "user", "default": False}, {"randomizationUnit": "org"}], "org"),
    ],
)
def test_2026_chooses_the_default_unit_if_none_is_given(
    sandbox: Sandbox, client: Client, given: list[Any], default: str
) -> None:
    sandbox.add_context_kind("org")
    sandbox.add_context_kind("device")
    answer = client.call("PUT", settings(), {"randomizationUnits": given})
    assert answer.status == 200
    units = answer.json["randomizationUnits"]
    assert [unit["randomizationUnit"] for unit in units if unit["default"]] == [default]
    assert {unit["standardRandomizationUnit"] for unit in units} == {"user"}


def test_2026_refuses_units_that_all_decline_to_be_the_default(client: Client) -> None:
    units = [{"randomizationUnit": "user", "default": False}]
    assert client.call("PUT", settings(), {"randomizationUnits": units}).status == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", experiments(), []),
        ("POST", experiments(), {"name": "n"}),
        ("POST", experiments(), {"iteration": 5}),
        ("POST", experiments(), {"iteration": {"metrics": [5]}}),
        ("POST", experiments(), {"iteration": {"metrics": {}}}),
        ("PUT", settings(), {"randomizationUnits": [5]}),
        ("PUT", settings(), {"randomizationUnits": 5}),
    ],
)
def test_2026_refuses_invalid_requests_too(
    client: Client, method: str, path: str, body: Any
) -> None:
    assert client.call(method, path, body).status == 400


def test_2026_leaves_other_calls_unchanged(client: Client) -> None:
    client.run(
        treatments=[
            treatment("a", CONTROL, baseline=True, percent="10"),
            treatment("b", TREATMENT, percent="90"),
        ]
    )
    assert client.legacy().status == 200
    answer = client.patch({"kind": "stopIteration"}, {"kind": "archiveExperiment"})
    assert answer.json["currentIteration"]["status"] == "stopped"


def test_by_default_responses_have_no_field_of_2026() -> None:
    with Sandbox() as sandbox:
        client = Client(sandbox.url)
        client.run()
        answer = client.get(experiment(), expand=EVERYTHING).json
        assert not list(deviations("Experiment", answer))
        client.close()


@pytest.mark.parametrize("chosen", [{"era": "2026"}, {"api_version": "2026"}])
def test_era_is_an_alias_of_api_version(chosen: Any) -> None:
    with Sandbox(**chosen) as sandbox:
        client = Client(sandbox.url)
        client.create()
        assert client.get(experiment()).json["environmentKey"] == "test"
        client.close()
