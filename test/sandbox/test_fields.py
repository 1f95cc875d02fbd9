"""``updateExperimentFields`` and ``saveAndStartNewIteration``, in each status of an iteration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.service.fields import MUTABLE
from test.sandbox.client import (
    CONTROL,
    TREATMENT,
    Answer,
    Client,
    experiment,
    experiment_post,
    experiments,
    iteration_input,
    treatment,
)

EVERYTHING = "previousIterations,draftIteration,secondaryMetrics,treatments,analysisConfig"
STATUSES = ("not_started", "running", "stopped")

#: A value for each field and each operation.
VALUES: dict[str, dict[str, Any]] = {
    "analysisConfig": {"update": {"bayesianThreshold": "80"}, "remove": None},
    "attributes": {"add": ["plan"], "update": ["plan"], "remove": ["country"]},
    "canReshuffleTraffic": {"update": False},
    "covariateId": {"add": "c", "update": "c", "remove": None},
    "dataSource": {"update": "snowflake"},
    "description": {"update": "new", "remove": None},
    "flags": {"update": {"checkout-button": {"ruleId": "fallthrough", "flagConfigVersion": 1}}},
    "holdoutId": {"add": "h", "update": "h", "remove": None},
    "hypothesis": {"update": "new"},
    "maintainerId": {"update": "new"},
    "methodology": {"update": "bayesian"},
    "metrics": {
        "add": [{"key": "page-load-ms"}],
        "update": [{"key": "signup"}],
        "remove": [{"key": "revenue"}],
    },
    "name": {"update": "new"},
    "primaryFunnelKey": {"add": "checkout-funnel", "update": "checkout-funnel", "remove": None},
    "primarySingleMetricKey": {"add": "signup", "update": "revenue", "remove": None},
    "randomizationUnit": {"update": "user"},
    "reallocationFrequencyMillis": {"add": 5, "update": 5, "remove": None},
    "tags": {"add": ["b"], "update": ["b"], "remove": ["a"]},
    "treatments": {"update": [treatment("only", CONTROL, baseline=True, percent="100")]},
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(api_version="2026") as running:
        yield running


def create(client: Client) -> None:
    body = experiment_post(
        primarySingleMetricKey="signup",
        metrics=[{"key": "signup"}, {"key": "revenue"}],
        attributes=["country"],
    )
    answer = client.call("POST", experiments(), {**body, "tags": ["a"], "description": "before"})
    assert answer.status == 201


@pytest.fixture
def created(client: Client) -> Client:
    """A client of a sandbox with an experiment that is not started."""
    create(client)
    return client


def whole(client: Client) -> Any:
    return client.get(experiment(), expand=EVERYTHING).json


def stop(client: Client) -> None:
    (winner, _) = whole(client)["currentIteration"]["treatments"]
    assert client.stop(winningTreatmentId=winner["_id"]).status == 200


def bring_to(client: Client, status: str) -> None:
    if status != "not_started":
        assert client.start().status == 200
    if status == "stopped":
        stop(client)


def change(operation: str, value: Any = None) -> dict[str, Any]:
    return {"operation": operation, **({} if value is None else {"value": value})}


def update(client: Client, **changes: Any) -> Answer:
    return client.patch({"kind": "updateExperimentFields", "value": changes}, expand=EVERYTHING)


def start_anew(client: Client, **parts: Any) -> Answer:
    return client.patch({"kind": "saveAndStartNewIteration", **parts}, expand=EVERYTHING)


def refused(answer: Answer, *fragments: str) -> None:
    assert (answer.status, answer.code) == (400, "invalid_request"), answer
    for fragment in fragments:
        assert fragment in answer.message


def test_the_mutable_fields_are_sent_with_expand_only(created: Client) -> None:
    assert "mutableFieldsByStatus" not in whole(created)
    answer = created.get(experiment(), expand="mutableFieldsByStatus").json
    sent = answer["mutableFieldsByStatus"]
    assert tuple(sent) == STATUSES
    assert sent == {s: {f: list(o) for f, o in fields.items()} for s, fields in MUTABLE.items()}
    assert sent["running"]["metrics"] == ["add"]
    assert sent["stopped"]["name"] == ["update"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("tags", [1]), ("metrics", [None]), ("metrics", [{}]), ("holdoutId", {}), ("tags", "a")],
)
def test_a_removed_value_has_the_type_of_its_field(created: Client, field: str, value: Any) -> None:
    before = whole(created)
    refused(update(created, **{field: change("remove", value)}), field)
    assert whole(created) == before


#: The companion of a change of the primary metric: there is always exactly one of the two.
BESIDE: dict[tuple[str, str], dict[str, Any]] = {
    ("primaryFunnelKey", "add"): {"primarySingleMetricKey": change("remove")},
    ("primaryFunnelKey", "update"): {"primarySingleMetricKey": change("remove")},
    ("primarySingleMetricKey", "add"): {"primarySingleMetricKey": change("update", "revenue")},
    ("primarySingleMetricKey", "remove"): {"primaryFunnelKey": change("add", "checkout-funnel")},
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_field_accepts_the_operations_that_the_expansion_lists(
    sandbox: Sandbox, client: Client, status: Any
) -> None:
    for field in VALUES:
        for operation in ("add", "update", "remove"):
            sandbox.reset()
            create(client)
            bring_to(client, status)
            before = whole(client)
            value = VALUES[field].get(operation, "a value")
            changes = {field: change(operation, value), **BESIDE.get((field, operation), {})}
            answer = update(client, **changes)
            if operation in MUTABLE[status].get(field, ()):
                assert answer.status == 200, (field, operation, answer)
            else:
                refused(answer, field, "possible", status)
                assert whole(client) == before


def test_every_mutable_field_is_tried() -> None:
    assert set(VALUES) == {field for fields in MUTABLE.values() for field in fields}
    for field, operations in MUTABLE["not_started"].items():
        assert set(VALUES[field]) == set(operations), field


def test_changes_of_an_experiment(created: Client) -> None:
    answer = update(
        created,
        name=change("update", "after"),
        description=change("remove"),
        maintainerId=change("update", "ada"),
        tags=change("add", ["b", "a"]),
        holdoutId=change("add", "h"),
        methodology=change("update", "bayesian"),
        analysisConfig=change("update", {"bayesianThreshold": "80"}),
        dataSource=change("update", "redshift"),
    ).json
    assert answer == whole(created)
    assert (answer["name"], "description" in answer) == ("after", False)
    assert (answer["_maintainerId"], answer["tags"]) == ("ada", ["a", "b"])
    assert (answer["holdoutId"], answer["methodology"]) == ("h", "bayesian")
    assert answer["analysisConfig"] == {"bayesianThreshold": "80"}
    assert answer["dataSource"] == "redshift"
    assert answer["currentIteration"]["version"] == 1
    removed = update(
        created,
        tags=change("remove"),
        holdoutId=change("remove"),
        analysisConfig=change("remove"),
    ).json
    assert not {"tags", "holdoutId", "analysisConfig"} & removed.keys()


def test_changes_of_an_iteration_that_is_not_started(created: Client) -> None:
    before = whole(created)["currentIteration"]
    answer = update(
        created,
        hypothesis=change("update", "after"),
        metrics=change("remove", ["revenue"]),
        attributes=change("update", ["os", "os"]),
        covariateId=change("add", "c"),
        canReshuffleTraffic=change("update", False),
        treatments=change(
            "update",
            [
                treatment("control", CONTROL, baseline=True, percent="30"),
                treatment("treatment", TREATMENT, percent="70"),
            ],
        ),
    ).json["currentIteration"]
    assert (answer["_id"], answer["createdAt"]) == (before["_id"], before["createdAt"])
    assert (answer["hypothesis"], answer["attributes"]) == ("after", ["os"])
    assert [m["key"] for m in answer["metrics"]] == ["signup"]
    assert answer["covariateInfo"]["id"] == "c"
    assert answer["canReshuffleTraffic"] is False
    assert [t["allocationPercent"] for t in answer["treatments"]] == ["30", "70"]
    assert (before["version"], answer["version"]) == (1, 2)


def test_a_funnel_replaces_the_single_metric(created: Client) -> None:
    refused(update(created, primaryFunnelKey=change("add", "checkout-funnel")), "exclude")
    answer = update(
        created,
        primaryFunnelKey=change("add", "checkout-funnel"),
        primarySingleMetricKey=change("remove"),
    ).json["currentIteration"]
    assert answer["primaryFunnel"]["key"] == "checkout-funnel"
    refused(update(created, primaryFunnelKey=change("remove")), "are missing")


def test_a_metric_can_be_added_while_the_iteration_runs(sandbox: Sandbox, created: Client) -> None:
    created.start()
    before = whole(created)["currentIteration"]
    answer = update(
        created,
        metrics=change("add", [{"key": "page-load-ms"}]),
        attributes=change("add", ["plan"]),
    ).json["currentIteration"]
    assert [m["key"] for m in answer["metrics"]] == ["signup", "revenue", "page-load-ms"]
    assert answer["attributes"] == ["country", "plan"]
    assert answer["treatments"] == before["treatments"]
    assert (answer["status"], answer["startedAt"]) == ("running", before["startedAt"])
    sandbox.record("exp", "control", units=1, events={"page-load-ms": [5.0]})


def test_a_change_does_not_need_the_current_version_of_the_flag(
    sandbox: Sandbox, created: Client
) -> None:
    sandbox.update_flag("checkout-button", on=False)
    sandbox.update_flag("checkout-button", on=True)
    answer = update(created, hypothesis=change("update", "after"))
    assert answer.status == 200
    flag = answer.json["currentIteration"]["flags"]["checkout-button"]
    assert flag["flagConfigVersion"] == 1
    stale = {"checkout-button": {"ruleId": "fallthrough", "flagConfigVersion": 1}}
    answer = update(created, flags=change("update", stale))
    assert (answer.status, answer.code) == (409, "optimistic_locking_error")
    fresh = {"checkout-button": {"ruleId": "fallthrough", "flagConfigVersion": 3}}
    answer = update(created, flags=change("update", fresh))
    flag = answer.json["currentIteration"]["flags"]["checkout-button"]
    assert flag["flagConfigVersion"] == 3


@pytest.mark.parametrize(
    ("value", "fragments"),
    [
        (None, ["value must be an object of fields, not null"]),
        ([], ["value must be an object of fields, not a list"]),
        ({}, ["value must name a field", "Known: analysisConfig"]),
        ({"key": change("update", "k")}, ["field 'key' is unknown", "Known: "]),
        ({"name": "after"}, ['value.name must be an object, not "after"']),
        ({"name": {"value": "after"}}, ["value.name.operation is missing", "add, remove, update"]),
        ({"name": {"operation": "rename"}}, ['operation "rename" is unknown']),
        ({"name": {"operation": {}}}, ["operation an object is unknown"]),
        ({"name": change("update")}, ["value.name.value is missing"]),
        ({"name": change("update", 5)}, ["Expected a string, not 5 at name"]),
        ({"name": change("update", " ")}, ["name must not be empty"]),
        ({"name": change("add", "n")}, ["add is not possible while", "Possible: update."]),
        ({"tags": change("add", "b")}, ['value.tags.value must be a list, not "b"']),
        ({"tags": change("add")}, ["value.tags.value must be a list, not null"]),
        ({"tags": change("add", [5])}, ["Expected a string, not 5 at tags[1]"]),
        ({"tags": change("remove", {})}, ["value.tags.value must be a list, not an object"]),
        ({"metrics": change("add", [{"key": "signup"}])}, ["'signup' 2 times"]),
        ({"metrics": change("add", [{"key": "nothing"}])}, ["unknown metric 'nothing'"]),
        ({"treatments": change("update", [])}, ["exactly one treatment with baseline true"]),
        ({"dataSource": change("update", "excel")}, ["one of launchdarkly", "dataSource"]),
        ({"primarySingleMetricKey": change("add", "revenue")}, ["there is a value already"]),
    ],
)
def test_400_for_a_wrong_change(created: Client, value: Any, fragments: list[str]) -> None:
    answer = created.patch({"kind": "updateExperimentFields", "value": value})
    refused(answer, "instructions[0] (updateExperimentFields)", *fragments)


def test_a_refused_change_undoes_the_whole_patch(created: Client) -> None:
    before = whole(created)
    answer = created.patch(
        {"kind": "updateExperimentFields", "value": {"name": change("update", "after")}},
        {"kind": "updateExperimentFields", "value": {"name": change("add", "after")}},
    )
    refused(answer, "instructions[1]")
    assert whole(created) == before


def test_a_new_iteration_replaces_the_running_one(created: Client) -> None:
    created.start()
    before = whole(created)["currentIteration"]
    answer = start_anew(
        created,
        changeJustification="less for the control",
        value={
            "hypothesis": change("update", "after"),
            "name": change("update", "renamed"),
            "metrics": change("remove", [{"key": "revenue"}]),
        },
    ).json
    current = answer["currentIteration"]
    (previous,) = answer["previousIterations"]
    assert answer["name"] == "renamed"
    assert (current["status"], current["hypothesis"], current["version"]) == ("running", "after", 1)
    assert [m["key"] for m in current["metrics"]] == ["signup"]
    assert current["_id"] != before["_id"]
    assert not {t["_id"] for t in current["treatments"]} & {t["_id"] for t in before["treatments"]}
    assert (previous["_id"], previous["status"]) == (before["_id"], "stopped")
    assert previous["endedAt"] <= current["startedAt"]
    assert previous["hypothesis"] == before["hypothesis"]
    assert "winningTreatmentId" not in previous


def test_a_new_iteration_needs_no_changes(sandbox: Sandbox, created: Client) -> None:
    created.start()
    sandbox.update_flag("checkout-button", on=False)
    refused(start_anew(created), "is off in environment")
    sandbox.update_flag("checkout-button", on=True)
    answer = start_anew(created).json
    flag = answer["currentIteration"]["flags"]["checkout-button"]
    assert flag["flagConfigVersion"] == 3
    assert len(answer["previousIterations"]) == 1


def test_a_new_iteration_follows_a_stopped_one(created: Client) -> None:
    created.start()
    stop(created)
    ended = whole(created)["currentIteration"]
    answer = start_anew(created, value={"methodology": change("update", "bayesian")}).json
    assert answer["methodology"] == "bayesian"
    assert answer["currentIteration"]["status"] == "running"
    assert answer["previousIterations"] == [ended]


def test_400_for_a_new_iteration_before_any_start(created: Client) -> None:
    refused(start_anew(created), "was never started", "startIteration")


def test_400_for_a_new_iteration_beside_a_draft(created: Client) -> None:
    created.start()
    assert created.call("POST", f"{experiment()}/iterations", iteration_input()).status == 200
    refused(start_anew(created), "has a draft iteration")


@pytest.mark.parametrize(
    ("parts", "fragment"),
    [
        ({"value": 5}, "value must be an object of fields, not 5"),
        ({"value": {"name": change("add", "n")}}, "while the iteration is not_started"),
        ({"changeJustification": 5}, "changeJustification must be a string"),
        ({"value": {"treatments": change("update", [])}}, "baseline true"),
    ],
)
def test_400_for_a_wrong_new_iteration(created: Client, parts: Any, fragment: str) -> None:
    created.start()
    before = whole(created)
    refused(start_anew(created, **parts), "instructions[0] (saveAndStartNewIteration)", fragment)
    assert whole(created) == before


@pytest.mark.parametrize("kind", ["updateExperimentFields", "saveAndStartNewIteration"])
def test_400_for_an_instruction_of_2026_in_the_contract_of_2023(kind: str) -> None:
    with Sandbox(api_version="2023") as sandbox:
        client = Client(sandbox.url)
        client.run()
        refused(client.patch({"kind": kind}), f"{kind!r} is unknown")
        client.close()


def test_the_older_instructions_still_change_name_and_description(created: Client) -> None:
    answer = created.patch(
        {"kind": "updateName", "value": "after"}, {"kind": "updateDescription", "value": "new"}
    ).json
    assert (answer["name"], answer["description"]) == ("after", "new")
