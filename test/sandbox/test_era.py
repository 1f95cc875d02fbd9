"""The answers of 2026: what is newer, and that it is only there when asked for."""

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
    with Sandbox(era="2026") as running:
        yield running


def paths(value: Any, name: str) -> Iterator[Any]:
    """All values of a name, wherever it stands."""
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
def test_a_newer_field_is_there(whole: Any, name: str) -> None:
    assert list(paths(whole, name))


def test_metric_kinds_that_the_contract_does_not_know(whole: Any) -> None:
    kinds = set(paths(whole, "kind"))
    assert kinds == {"funnel", "standard", "trace", "guardrail"}


def test_a_primary_metric_is_a_group_if_there_are_more(client: Client, whole: Any) -> None:
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


def test_what_the_contract_knows_is_there_all_the_same(client: Client, whole: Any) -> None:
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


def test_numbers_that_are_not_known_are_null() -> None:
    with Sandbox(era="2026", sample_traffic=False) as sandbox:
        client = Client(sandbox.url)
        client.run()
        answer = client.results("signup").json
        assert answer["probabilityOfMismatch"] is None
        for arm in answer["treatmentResults"]:
            assert (arm["mean"], arm["pBest"], arm["distribution"]) == (None, None, None)
            assert arm["credibleInterval"] == {"lower": None, "upper": None}
        client.close()


def test_what_has_become_optional_may_be_missing(client: Client) -> None:
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
def test_the_default_unit_may_be_left_open(
    sandbox: Sandbox, client: Client, given: list[Any], default: str
) -> None:
    sandbox.add_context_kind("org")
    sandbox.add_context_kind("device")
    answer = client.call("PUT", settings(), {"randomizationUnits": given})
    assert answer.status == 200
    units = answer.json["randomizationUnits"]
    assert [unit["randomizationUnit"] for unit in units if unit["default"]] == [default]
    assert {unit["standardRandomizationUnit"] for unit in units} == {"user"}


def test_no_unit_may_be_the_default_if_all_say_so(client: Client) -> None:
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
def test_what_is_wrong_is_refused_all_the_same(
    client: Client, method: str, path: str, body: Any
) -> None:
    assert client.call(method, path, body).status == 400


def test_the_rest_is_as_before(client: Client) -> None:
    client.run(
        treatments=[
            treatment("a", CONTROL, baseline=True, percent="10"),
            treatment("b", TREATMENT, percent="90"),
        ]
    )
    assert client.legacy().status == 200
    answer = client.patch({"kind": "stopIteration"}, {"kind": "archiveExperiment"})
    assert answer.json["currentIteration"]["status"] == "stopped"


def test_by_default_nothing_of_it_is_there() -> None:
    with Sandbox() as sandbox:
        client = Client(sandbox.url)
        client.run()
        answer = client.get(experiment(), expand=EVERYTHING).json
        assert not list(deviations("Experiment", answer))
        client.close()
