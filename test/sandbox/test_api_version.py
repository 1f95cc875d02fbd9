"""The API version of 2026: its state, its requirements, its responses and its calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import (
    CONTROL,
    TREATMENT,
    Answer,
    Client,
    experiment,
    experiment_post,
    experiments,
    iteration_input,
    legacy,
    metric,
    on_flag,
    settings,
    treatment,
)
from test.sandbox.contract import deviations

EVERYTHING = (
    "previousIterations,draftIteration,secondaryMetrics,treatments,analysisConfig,"
    "mutableFieldsByStatus"
)
ANY_ENVIRONMENT = "/api/v2/projects/demo/experiments"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(api_version="2026") as running:
        yield running


def create(client: Client, key: str = "exp", iteration: Any = None, **parts: Any) -> Answer:
    """Create an experiment whose primary metric is named in the way of 2026."""
    given = {"primarySingleMetricKey": "signup", "metrics": [{"key": "revenue"}]}
    body = experiment_post(key, **{**given, **(iteration or {})})
    return client.call("POST", experiments(), {**body, **parts})


def whole(client: Client, key: str = "exp") -> Any:
    return client.get(experiment(key), expand=EVERYTHING).json


def refused(answer: Answer, *fragments: str) -> None:
    assert (answer.status, answer.code) == (400, "invalid_request"), answer
    for fragment in fragments:
        assert fragment in answer.message


@pytest.mark.parametrize("chosen", [{"era": "2026"}, {"api_version": "2026"}])
def test_era_is_an_alias_of_api_version(chosen: Any) -> None:
    with Sandbox(**chosen) as sandbox:
        client = Client(sandbox.url)
        create(client)
        assert client.get(experiment()).json["environmentKey"] == "test"
        client.close()


def test_the_contract_of_2023_has_no_field_of_2026() -> None:
    with Sandbox(api_version="2023") as sandbox:
        client = Client(sandbox.url)
        body = {**experiment_post(), "tags": ["a"], "methodology": 5, "holdoutId": [None]}
        assert client.call("POST", experiments(), body).status == 201
        answer = client.get(
            experiment(), expand="previousIterations,draftIteration,secondaryMetrics,treatments"
        )
        assert not list(deviations("Experiment", answer.json))
        # Programs of today ask for it, whatever the version.
        assert "analysisConfig" not in client.get(experiment(), expand="analysisConfig").json
        assert client.get(experiment(), expand="mutableFieldsByStatus").status == 400
        client.close()


# What it remembers.


@pytest.mark.parametrize(
    ("sent", "field", "expected"),
    [
        ({"tags": ["b", "a", "b"]}, "tags", ["b", "a"]),
        ({}, "methodology", "frequentist"),
        ({"methodology": "bayesian"}, "methodology", "bayesian"),
        ({"methodology": "export_only"}, "methodology", "export_only"),
        ({"type": "mab"}, "methodology", "bayesian"),
        ({"type": "mab", "methodology": "bayesian"}, "methodology", "bayesian"),
        ({}, "type", "experiment"),
        ({"type": "holdout"}, "type", "holdout"),
        ({}, "dataSource", "launchdarkly"),
        ({"dataSource": "databricks"}, "dataSource", "databricks"),
        ({"holdoutId": "h-1"}, "holdoutId", "h-1"),
        ({"description": "d", "methodology": None}, "methodology", "frequentist"),
        ({"maintainerId": "me"}, "_maintainerId", "me"),
    ],
)
def test_an_experiment_has_the_fields_of_its_request(
    client: Client, sent: Any, field: str, expected: Any
) -> None:
    assert create(client, **sent).json[field] == expected
    assert whole(client)[field] == expected


@pytest.mark.parametrize("field", ["tags", "holdoutId", "analysisConfig"])
def test_a_field_without_a_value_is_omitted(client: Client, field: str) -> None:
    empty: Any = {field: None}
    create(client, **empty)
    assert field not in whole(client)


def test_an_experiment_has_a_maintainer_although_the_request_names_none(client: Client) -> None:
    body = experiment_post()
    del body["maintainerId"]
    answer = client.call("POST", experiments(), body)
    assert (answer.status, bool(answer.json["_maintainerId"])) == (201, True)


def test_the_analysis_config_is_sent_with_expand_only(client: Client) -> None:
    config = {
        "bayesianThreshold": "95",
        "significanceThreshold": "0.05",
        "testDirection": "two-sided",
        "multipleComparisonCorrectionMethod": "bonferroni",
        "multipleComparisonCorrectionScope": "variations-and-metrics",
        "sequentialTestingEnabled": True,
    }
    create(client, analysisConfig={**config, "unknown": {"deep": 1}})
    assert "analysisConfig" not in client.get(experiment()).json
    assert client.get(experiment(), expand="analysisConfig").json["analysisConfig"] == config
    (item,) = client.get(experiments(), expand="analysisConfig").json["items"]
    assert item["analysisConfig"] == config


@pytest.mark.parametrize(
    ("sent", "fragments"),
    [
        ({"methodology": "guess"}, ["one of bayesian, frequentist", "methodology"]),
        ({"type": "mab", "methodology": "frequentist"}, ["'mab'", "Send 'bayesian'"]),
        ({"dataSource": "excel"}, ["launchdarkly, snowflake, databricks, redshift"]),
        ({"tags": ["a", " "]}, ["tags[1] must not be empty"]),
        ({"tags": "a"}, ["Expected a list", "tags"]),
        ({"holdoutId": ""}, ["holdoutId must not be empty"]),
        ({"analysisConfig": {"bayesianThreshold": "101"}}, ["bayesianThreshold", "0 to 100"]),
        ({"analysisConfig": {"bayesianThreshold": "high"}}, ["bayesianThreshold", "'high'"]),
        ({"analysisConfig": {"significanceThreshold": "1.1"}}, ["significanceThreshold", "1"]),
        ({"analysisConfig": {"sequentialTestingEnabled": "no"}}, ["Expected a boolean"]),
        (
            {"analysisConfig": {"multipleComparisonCorrectionMethod": "none"}},
            ["bonferroni, benjamini-hochberg"],
        ),
    ],
)
def test_400_for_a_wrong_field_of_an_experiment_of_2026(
    client: Client, sent: Any, fragments: list[str]
) -> None:
    refused(create(client, **sent), *fragments)


def test_an_iteration_has_the_fields_of_its_request(client: Client) -> None:
    create(
        client,
        type="mab",
        iteration={
            "attributes": ["country", "os"],
            "covariateId": "c-1",
            "reallocationFrequencyMillis": 3_600_000.0,
            "flags": {
                "checkout-button": {
                    "ruleId": "fallthrough",
                    "flagConfigVersion": 1.0,
                    "notInExperimentVariationId": TREATMENT,
                }
            },
        },
    )
    current = whole(client)["currentIteration"]
    assert current["attributes"] == ["country", "os"]
    assert current["covariateInfo"]["id"] == "c-1"
    assert current["reallocationFrequencyMillis"] == 3_600_000
    assert current["flags"]["checkout-button"]["notInExperimentVariationId"] == TREATMENT
    assert current["flags"]["checkout-button"]["flagConfigVersion"] == 1


def test_an_iteration_has_defaults(client: Client) -> None:
    create(client, iteration={"randomizationUnit": None, "reallocationFrequencyMillis": 5})
    current = whole(client)["currentIteration"]
    assert current["randomizationUnit"] == "user"
    assert current["flags"]["checkout-button"]["notInExperimentVariationId"] == CONTROL
    assert current["canReshuffleTraffic"] is True
    # Only multi-armed bandits have it.
    assert "reallocationFrequencyMillis" not in current


def test_a_project_without_the_unit_user_has_no_default_unit(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.add_context_kind("org")
    client.call("PUT", settings(), {"randomizationUnits": [{"randomizationUnit": "org"}]})
    create(client, iteration={"randomizationUnit": None})
    refused(client.start(), "no randomizationUnit")


def test_the_rest_of_the_traffic_gets_no_variation_without_a_baseline_of_the_flag(
    sandbox: Sandbox, client: Client
) -> None:
    treatments = [
        {**treatment("a", CONTROL, baseline=True), "parameters": []},
        treatment("b", TREATMENT),
    ]
    create(client, iteration={"treatments": treatments})
    flag = whole(client)["currentIteration"]["flags"]["checkout-button"]
    assert "notInExperimentVariationId" not in flag


# Metrics.


def test_the_primary_metric_is_the_one_that_the_request_names(client: Client) -> None:
    metrics = [{"key": "revenue", "analysisUnit": "user"}, {"key": "signup"}]
    create(client, iteration={"metrics": metrics})
    current = whole(client)["currentIteration"]
    assert current["primarySingleMetric"]["key"] == "signup"
    assert current["primaryMetric"]["key"] == "signup"
    assert current["primaryMetric"]["isGroup"] is False
    assert "primaryFunnel" not in current
    assert [(m["key"], m.get("analysisUnit")) for m in current["metrics"]] == [
        ("revenue", "user"),
        ("signup", None),
    ]
    assert [m["key"] for m in current["secondaryMetrics"]] == ["revenue"]


def test_a_primary_metric_that_metrics_lacks_is_added(client: Client) -> None:
    create(client, iteration={"metrics": []})
    current = whole(client)["currentIteration"]
    assert [m["key"] for m in current["metrics"]] == ["signup"]
    assert "secondaryMetrics" not in current


def test_the_mark_of_2023_still_chooses_the_primary_metric(client: Client) -> None:
    assert client.create().json["currentIteration"]["primarySingleMetric"]["key"] == "signup"


def test_metrics_are_sent_with_expand_only(client: Client) -> None:
    create(client)
    current = client.get(experiment()).json["currentIteration"]
    assert "metrics" not in current
    assert current["primaryMetric"]["key"] == "signup"


def test_a_funnel_can_be_the_primary_metric(client: Client) -> None:
    iteration = {
        "primarySingleMetricKey": None,
        "primaryFunnelKey": "checkout-funnel",
        "metrics": [{"key": "checkout-funnel", "isGroup": True}, {"key": "page-load-ms"}],
    }
    create(client, iteration=iteration)
    current = whole(client)["currentIteration"]
    assert "primarySingleMetric" not in current
    assert current["primaryFunnel"]["kind"] == "funnel"
    assert [m["key"] for m in current["primaryFunnel"]["metrics"]] == ["signup", "revenue"]
    assert current["primaryMetric"]["isGroup"] is True
    assert [m["key"] for m in current["metrics"]] == ["checkout-funnel", "page-load-ms"]
    assert [m["key"] for m in current["secondaryMetrics"]] == ["page-load-ms"]


def test_events_of_the_steps_of_a_funnel_are_measured(sandbox: Sandbox, client: Client) -> None:
    iteration = {"primarySingleMetricKey": None, "primaryFunnelKey": "checkout-funnel"}
    create(client, iteration={**iteration, "metrics": []})
    client.start()
    sandbox.record("exp", "control", units=2, events={"signup": 2, "revenue": [5.0]})
    answer = client.get(experiments(), filter="metricKey:signup", expand="secondaryMetrics")
    assert answer.json["total_count"] == 1
    assert "secondaryMetrics" not in answer.json["items"][0]["currentIteration"]


def test_a_funnel_that_is_marked_as_primary_is_the_primary_metric(client: Client) -> None:
    metrics = [{"key": "checkout-funnel", "isGroup": True, "primary": True}]
    create(client, iteration={"primarySingleMetricKey": None, "metrics": metrics})
    assert whole(client)["currentIteration"]["primaryFunnel"]["key"] == "checkout-funnel"


def test_a_group_can_be_a_secondary_metric(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_metric_group("guards", ["page-load-ms"], name="Guards", kind="standard")
    metrics = [{"key": "guards", "isGroup": True, "analysisUnit": "user"}]
    create(client, iteration={"metrics": metrics})
    (primary, group) = whole(client)["currentIteration"]["metrics"]
    assert primary["key"] == "signup"
    assert (group["name"], group["kind"], group["analysisUnit"]) == ("Guards", "standard", "user")


@pytest.mark.parametrize(
    ("sent", "fragments"),
    [
        (
            {"primarySingleMetricKey": None},
            ["iteration.primarySingleMetricKey and iteration.primaryFunnelKey are missing"],
        ),
        ({"primaryFunnelKey": "checkout-funnel"}, ["exclude each other"]),
        ({"primarySingleMetricKey": "nothing"}, ["unknown metric 'nothing'", "Known: page-load"]),
        (
            {"primarySingleMetricKey": None, "primaryFunnelKey": "signup"},
            ["'signup' is not a funnel", "Known: checkout-funnel"],
        ),
        ({"metrics": [metric("revenue", primary=True)]}, ["another primary metric"]),
        ({"metrics": [{"key": "checkout-funnel"}]}, ["metrics[0].key", "send isGroup true"]),
        ({"metrics": [{"key": "signup", "isGroup": True}]}, ["unknown metric group 'signup'"]),
        ({"metrics": [{"key": "signup", "analysisUnit": "x"}]}, ["analysisUnit", "Known: user"]),
        ({"metrics": [{"key": "revenue"}, {"key": "revenue"}]}, ["'revenue' 2 times"]),
        ({"reallocationFrequencyMillis": 0}, ["reallocationFrequencyMillis", "positive"]),
        ({"reallocationFrequencyMillis": 1e300}, ["reallocationFrequencyMillis", "positive"]),
        ({"covariateId": " "}, ["iteration.covariateId must not be empty"]),
        ({"attributes": [""]}, ["iteration.attributes[0] must not be empty"]),
        (
            {
                "flags": {
                    "checkout-button": {
                        "ruleId": "fallthrough",
                        "flagConfigVersion": 1,
                        "notInExperimentVariationId": "none",
                    }
                }
            },
            ["notInExperimentVariationId", "no variation 'none'"],
        ),
    ],
)
def test_400_for_a_wrong_iteration_of_2026(client: Client, sent: Any, fragments: list[str]) -> None:
    refused(create(client, iteration=sent), *fragments)


@pytest.mark.parametrize(
    ("key", "metrics", "options", "fragment"),
    [
        ("checkout-funnel", ["signup"], {}, "exists already"),
        ("g", [], {}, "at least one metric"),
        ("g", ["nothing"], {}, "no metric 'nothing'"),
        ("g", ["signup", "signup"], {}, "twice"),
        ("g", ["signup"], {"kind": "heap"}, "kind must be one of funnel, standard"),
    ],
)
def test_a_metric_group_must_be_valid(
    sandbox: Sandbox, key: str, metrics: list[str], options: Any, fragment: str
) -> None:
    with pytest.raises(ValueError, match=fragment):
        sandbox.add_metric_group(key, metrics, **options)


# Calls.


def test_the_experiments_of_all_environments_are_listed(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_environment("production")
    for number, place in enumerate(("demo/test", "demo/production", "demo/test")):
        assert client.create(f"e{number}", place).status == 201
    page = client.get(ANY_ENVIRONMENT, limit=2, expand="treatments").json
    assert page["total_count"] == 3
    assert len(page["items"][0]["currentIteration"]["treatments"]) == 2
    following = client.get(page["_links"]["next"]["href"]).json
    items = [*page["items"], *following["items"]]
    # Two of them may have been created in the same millisecond.
    assert items == sorted(items, key=lambda item: item["_creationDate"])
    assert {item["key"]: item["environmentKey"] for item in items} == {
        "e0": "test",
        "e1": "production",
        "e2": "test",
    }
    client.start("e0")
    running = client.get(ANY_ENVIRONMENT, filter="status:running").json
    assert [item["key"] for item in running["items"]] == ["e0"]
    assert client.get(ANY_ENVIRONMENT, lifecycleState="archived").json["items"] == []
    assert client.get("/api/v2/projects/unknown/experiments").status == 404


def test_404_for_the_calls_that_the_service_withdrew(client: Client) -> None:
    client.run()
    for answer in (
        client.results("signup"),
        client.legacy(),
        client.call("DELETE", f"{legacy()}/results"),
    ):
        assert (answer.status, answer.code) == (404, "not_found")
        assert "2026" in answer.message


def test_404_for_a_call_of_2026_in_the_contract_of_2023() -> None:
    with Sandbox(api_version="2023") as sandbox:
        client = Client(sandbox.url)
        answer = client.get(ANY_ENVIRONMENT)
        assert (answer.status, "2023" in answer.message) == (404, True)
        client.close()


@pytest.mark.parametrize("path", [experiments(), ANY_ENVIRONMENT])
def test_a_list_does_not_expand_the_mutable_fields(client: Client, path: str) -> None:
    refused(client.get(path, expand="mutableFieldsByStatus"), "expand 'mutableFieldsByStatus'")


def test_an_iteration_can_be_created_although_the_call_is_deprecated(client: Client) -> None:
    create(client)
    client.start()
    body = iteration_input(
        metrics=[{"key": "revenue"}], primarySingleMetricKey="revenue", hypothesis="next"
    )
    made = client.call("POST", f"{experiment()}/iterations", body).json
    assert (made["status"], made["primarySingleMetric"]["key"]) == ("not_started", "revenue")
    assert whole(client)["draftIteration"] == made
    client.start(changeJustification="next")
    assert whole(client)["currentIteration"]["_id"] == made["_id"]


# Rules that differ from those of 2023.


def test_a_taken_key_is_a_400_since_the_document_has_no_409(client: Client) -> None:
    create(client)
    refused(create(client), "Duplicate experiment key 'exp'")


def test_a_flag_version_of_the_past_is_a_400(sandbox: Sandbox, client: Client) -> None:
    sandbox.update_flag("checkout-button", on=False)
    refused(create(client), "at version 2", "not 1")


def test_409_for_a_rule_in_another_running_experiment_of_2026(client: Client) -> None:
    create(client, "one")
    create(client, "two")
    client.start("one")
    answer = client.start("two")
    assert (answer.status, answer.code) == (409, "conflict")


def test_an_experiment_stops_with_a_winner(client: Client) -> None:
    create(client)
    client.start()
    refused(client.stop(), "winningTreatmentId is missing", "name the baseline", "(control)")
    (control, _) = whole(client)["currentIteration"]["treatments"]
    stopped = client.stop(winningTreatmentId=control["_id"], winningReason="none is better").json
    assert stopped["currentIteration"]["status"] == "stopped"
    assert stopped["currentIteration"]["winningReason"] == "none is better"
    assert client.stop().status == 200


# Settings.


@pytest.mark.parametrize(
    ("given", "default"),
    [
        ([{"randomizationUnit": "user"}], "user"),
        ([{"randomizationUnit": "org"}], "org"),
        ([{"randomizationUnit": "org"}, {"randomizationUnit": "user"}], "user"),
        ([{"randomizationUnit": "org"}, {"randomizationUnit": "device"}], "org"),
        ([{"randomizationUnit": "user"}, {"randomizationUnit": "org", "default": True}], "org"),
        ([{"randomizationUnit": "user", "default": False}, {"randomizationUnit": "org"}], "org"),
        ([{"randomizationUnit": "user", "standardRandomizationUnit": "device"}], "user"),
        ([{"randomizationUnit": "user", "default": None}], "user"),
    ],
)
def test_the_default_unit_is_chosen_if_none_is_given(
    sandbox: Sandbox, client: Client, given: list[Any], default: str
) -> None:
    sandbox.add_context_kind("org")
    sandbox.add_context_kind("device")
    answer = client.call("PUT", settings(), {"randomizationUnits": given})
    assert answer.status == 200
    units = answer.json["randomizationUnits"]
    assert [unit["randomizationUnit"] for unit in units if unit["default"]] == [default]
    assert client.get(settings()).json == answer.json


def test_400_for_units_that_all_decline_to_be_the_default(client: Client) -> None:
    units = [{"randomizationUnit": "user", "default": False}]
    refused(client.call("PUT", settings(), {"randomizationUnits": units}), "exactly one unit")


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
        ("PUT", settings(), {"randomizationUnits": [{"randomizationUnit": {}}]}),
    ],
)
def test_400_for_a_body_of_another_shape(client: Client, method: str, path: str, body: Any) -> None:
    refused(client.call(method, path, body))


def test_an_experiment_of_2023_is_readable_in_2026(tmp_path: Any) -> None:
    place = tmp_path / "state"
    with Sandbox(api_version="2023", state=place) as sandbox:
        client = Client(sandbox.url)
        client.run()
        client.close()
    with Sandbox(state=place, api_version="2026") as sandbox:
        client = Client(sandbox.url)
        current = whole(client)["currentIteration"]
        assert [m["key"] for m in current["metrics"]] == ["signup", "revenue", "page-load-ms"]
        assert whole(client)["methodology"] == "bayesian"
        client.close()


def test_another_flag_and_other_variations(sandbox: Sandbox, client: Client) -> None:
    flag = sandbox.add_flag("banner", variations=["a", "b", "c"])
    create(client, iteration=on_flag(flag))
    rest = whole(client)["currentIteration"]["flags"]["banner"]["notInExperimentVariationId"]
    assert rest == flag.variations[0].id


def test_an_experiment_tells_what_the_token_may_do(client: Client) -> None:
    created = create(client).json
    listed = client.get(experiments()).json["items"][0]
    assert created["_access"] == listed["_access"] == whole(client)["_access"]
    access = created["_access"]
    assert [each["action"] for each in access["allowed"]] == [
        "updateExperiment",
        "updateExperimentArchived",
    ]
    (denied,) = access["denied"]
    assert denied["reason"]["effect"] == "deny"
    assert denied["reason"]["resources"] == ["proj/demo:env/test:experiment/exp"]
