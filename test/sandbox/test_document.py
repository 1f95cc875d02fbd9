"""Every response in the API version of 2026 is one that the document of the service describes.

The fixture of ``conftest`` checks each response. These tests see to it that all kinds occur: every
call, every combination of expansions, every state of an experiment, every documented error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, combinations
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.service import bodies_2026
from launchdarkly_api.sandbox.service.bodies import Fields, ListOf, MapOf, OneOf, Shape
from launchdarkly_api.sandbox.service.endpoints import ADDED, TABLE, WITHDRAWN
from test.sandbox import document
from test.sandbox.client import (
    SEMANTIC,
    Client,
    experiment,
    experiment_post,
    experiments,
    iteration_input,
    on_flag,
    settings,
)
from test.sandbox.shapes import named_shapes

ANY_ENVIRONMENT = "/api/v2/projects/demo/experiments"
OF_LISTS = (
    "previousIterations",
    "draftIteration",
    "secondaryMetrics",
    "treatments",
    "analysisConfig",
)

OF_ONE = (*OF_LISTS, "mutableFieldsByStatus")
FUNNEL = {"key": "checkout-funnel", "isGroup": True}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(api_version="2026") as running:
        yield running


def subsets(names: tuple[str, ...]) -> list[str]:
    """All values of ``expand``."""
    found = chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))
    return [",".join(subset) for subset in found]


def create(client: Client, sandbox: Sandbox, key: str, **iteration: Any) -> None:
    """Create an experiment on a flag of its own, so that all can run at once."""
    flag = sandbox.add_flag(f"flag-{key}", variations=["a", "b", "c"], rules=["r"])
    given = {"primarySingleMetricKey": "signup", **on_flag(flag, metrics=[]), **iteration}
    body = experiment_post(key, **given)
    if key != "bare":
        body.update(
            description="d",
            tags=["t"],
            holdoutId="h",
            analysisConfig={"testDirection": "two-sided"},
        )
    if key == "bandit":
        body["type"] = "mab"
    assert client.call("POST", experiments(), body).status == 201


def stop(client: Client, key: str) -> None:
    current = client.get(experiment(key), expand="treatments").json["currentIteration"]
    winner = {"winningTreatmentId": current["treatments"][0]["_id"], "winningReason": "r"}
    assert client.stop(key, **winner).status == 200


@pytest.fixture
def keys(sandbox: Sandbox, client: Client) -> list[str]:
    """Experiments of all kinds and in all states."""
    sandbox.add_metric("seen", kind="pageview")
    sandbox.add_metric("clicked", kind="click")
    sandbox.add_metric_group("guards", ["page-load-ms", "seen"], kind="standard")
    every = [
        {"key": "seen", "analysisUnit": "user"},
        {"key": "clicked"},
        {"key": "guards", "isGroup": True, "analysisUnit": "user"},
        FUNNEL,
    ]
    funnel = {"primarySingleMetricKey": None, "primaryFunnelKey": "checkout-funnel"}
    create(client, sandbox, "bare")
    create(client, sandbox, "metrics", metrics=every, attributes=["os"], covariateId="c")
    create(client, sandbox, "funnel", **funnel, metrics=[*every[:3], FUNNEL])
    create(client, sandbox, "bandit", reallocationFrequencyMillis=60_000)
    for key in ("running", "stopped", "archived", "draft", "anew", "iterated"):
        create(client, sandbox, key, metrics=every)
        assert client.start(key).status == 200
    stop(client, "stopped")
    client.patch({"kind": "archiveExperiment"}, key="archived")
    for key in ("draft", "iterated"):
        flag = client.get(experiment(key)).json["currentIteration"]["flags"]
        body = iteration_input(flags={}, treatments=[], primarySingleMetricKey="signup")
        body["flags"] = {name: {"ruleId": "r", "flagConfigVersion": 1} for name in flag}
        body["treatments"] = [
            {"name": "a", "baseline": True, "allocationPercent": "100", "parameters": []}
        ]
        body["metrics"] = every
        assert client.call("POST", f"{experiment(key)}/iterations", body).status == 200
    client.start("iterated", changeJustification="next")
    anew = {"kind": "saveAndStartNewIteration", "value": {}}
    assert client.patch(anew, anew, key="anew").status == 200
    return [item["key"] for item in client.get(experiments(), limit=99).json["items"]]


def test_every_successful_response_is_the_documents(
    client: Client, keys: list[str], held_responses: Counter[tuple[str, int]]
) -> None:
    assert len(keys) == 9  # and an archived one
    for expand in subsets(OF_ONE):
        for key in (*keys, "archived"):
            assert client.get(experiment(key), expand=expand).status == 200
        rename = {"kind": "updateName", "value": expand or "none"}
        assert client.patch(rename, key="anew", expand=expand).status == 200
    for expand in subsets(OF_LISTS):
        for path in (experiments(), ANY_ENVIRONMENT):
            states = "active,archived"
            page = client.get(path, expand=expand, lifecycleState=states, limit=99).json
            assert len(page["items"]) == 10
        assert len(client.get(experiments(), expand=expand, limit=2, offset=2).json["items"]) == 2
    client.get(settings())
    client.call("PUT", settings(), {"randomizationUnits": [{"randomizationUnit": "user"}]})
    successes = {call for call, status in held_responses if status < 400}
    assert successes == set(document.OPERATIONS)
    print(dict(sorted(held_responses.items())))


def test_each_field_of_the_document_occurs_in_a_response(client: Client, keys: list[str]) -> None:
    # Otherwise, the responses would hold because they are empty.
    seen: set[tuple[str, str]] = set()

    def look(schema: Any, value: Any) -> None:
        name = schema.get("$ref", "").rpartition("/")[2]
        schema = document.resolved(schema)
        if isinstance(value, list):
            for item in value:
                look(schema["items"], item)
        elif isinstance(value, dict):
            for field, part in value.items():
                if field in schema.get("properties", {}):
                    seen.add((name, field))
                    look(schema["properties"][field], part)
                elif schema.get("additionalProperties"):
                    look(schema["additionalProperties"], part)

    reference = {"$ref": "#/components/schemas/Experiment"}
    for key in (*keys, "archived"):
        look(reference, client.get(experiment(key), expand=",".join(OF_ONE)).json)
    absent = {
        (name, field)
        for name in {name for name, _ in seen}
        for field in document.SCHEMAS[name].get("properties", {})
        if (name, field) not in seen
    }
    assert absent == {
        # The sandbox has no layers.
        ("IterationRep", "layerSnapshot"),
        # A statement names its resources and actions, or those that it does not apply to.
        ("AccessAllowedReason", "notActions"),
        ("AccessAllowedReason", "notResources"),
        ("AccessDeniedReason", "notActions"),
        ("AccessDeniedReason", "notResources"),
        ("FlagRep", "targetingRuleClauses"),
        # Metrics in a group have the analysis unit of the group.
        ("MetricInGroupRep", "analysisUnit"),
        ("MetricInGroupRep", "analysisUnits"),
        ("MetricInGroupRep", "randomizationUnits"),
        # Only what was sent comes back.
        ("AnalysisConfigRep", "bayesianThreshold"),
        ("AnalysisConfigRep", "significanceThreshold"),
        ("AnalysisConfigRep", "multipleComparisonCorrectionMethod"),
        ("AnalysisConfigRep", "multipleComparisonCorrectionScope"),
        ("AnalysisConfigRep", "sequentialTestingEnabled"),
    }


#: A valid request of each call. The experiment ``other`` runs on the rule of ``exp``.
REQUESTS: dict[str, tuple[str, str, Any]] = {
    "get_experiments": ("GET", experiments(), None),
    "create_experiment": ("POST", experiments(), experiment_post("new")),
    "get_experiment": ("GET", experiment(), None),
    "patch_experiment": ("PATCH", experiment(), {"instructions": [{"kind": "startIteration"}]}),
    "create_iteration": ("POST", f"{experiment()}/iterations", iteration_input()),
    "get_experimentation_settings": ("GET", settings(), None),
    "put_experimentation_settings": (
        "PUT",
        settings(),
        {"randomizationUnits": [{"randomizationUnit": "user"}]},
    ),
    "get_experiments_any_env": ("GET", ANY_ENVIRONMENT, None),
}


def test_a_request_of_each_call_is_tried() -> None:
    assert set(REQUESTS) == set(document.OPERATIONS)


@pytest.mark.parametrize("call", REQUESTS)
def test_every_documented_error_is_the_documents(
    sandbox: Sandbox, client: Client, held_responses: Counter[tuple[str, int]], call: str
) -> None:
    client.create()
    client.run("other")
    method, path, body = REQUESTS[call]
    documented = {int(status) for status in document.OPERATIONS[call]["responses"]}
    headers: dict[str, str | None] = {"Content-Type": SEMANTIC}

    def send(path: str = path, body: Any = body, method: str = method, **changed: Any) -> int:
        return client.call(method, path, body, headers={**headers, **changed}).status

    found = {send(Authorization="wrong"), send(path=path.replace("demo", "unknown"))}
    if body is not None:
        found |= {send(body={"instructions": 5}), send(body=b"{")}
    if call.removesuffix("s").removesuffix("s_any_env") == "get_experiment":
        found.add(send(path=f"{path}?expand=everything"))
    if call == "patch_experiment":
        found.add(send())
    if 405 in documented:
        refused = client.call("DELETE", path)
        described = document.OPERATIONS[call]["responses"]["405"]
        schema = described["content"]["application/json"]["schema"]
        assert not list(document.deviations(schema, refused.json))
        found.add(refused.status)
    sandbox.rate_limit(0)
    found.add(send())
    # The live service has an error of its own for a request without the header of the beta.
    missing: Any = {"LD-API-Version": None}
    assert send(**missing) == 403
    reads_settings = {400} if call == "get_experimentation_settings" else set()
    assert found | {403} | reads_settings == {status for status in documented if status >= 400}
    assert {status for name, status in held_responses if name == call} >= {401, 404, 429}


# The shapes of request bodies.


def _is(shape: Shape, schema: Any) -> Any:
    """Whether a shape and a schema accept the same values."""
    schema = document.resolved(schema)
    if isinstance(shape, Fields):
        return schema["type"] == "object" and "properties" in schema
    if isinstance(shape, ListOf):
        return schema["type"] == "array" and (
            shape.item == Fields("Instruction") or _is(shape.item, schema["items"])
        )
    if isinstance(shape, MapOf):
        return _is(shape.value, schema["additionalProperties"])
    if isinstance(shape, OneOf):
        return list(shape.values) == schema["enum"]
    names = {str: "string", int: "integer", bool: "boolean"}
    return schema["type"] == names[shape] and "enum" not in schema


def test_the_shapes_of_bodies_are_those_of_the_document() -> None:
    shapes = named_shapes(bodies_2026.SHAPES)
    assert len(shapes) == 11
    for name, shape in shapes.items():
        if name == "Instruction":
            continue
        schema = document.SCHEMAS[name]
        assert set(shape.required) == set(schema.get("required", ())), name
        fields = {**shape.required, **shape.optional}
        assert set(fields) == set(schema["properties"]), name
        for field, part in schema["properties"].items():
            assert _is(fields[field], part), (name, field)


def test_the_calls_are_those_of_the_document() -> None:
    served: dict[str, tuple[str, str]] = {
        call: (method, path) for call, method, path in TABLE if call not in WITHDRAWN
    }
    assert set(served) >= set(document.OPERATIONS)
    assert set(document.OPERATIONS) >= ADDED
    for call, operation in document.OPERATIONS.items():
        method, path = served[call]
        segments = [segment.startswith("{") for segment in path.split("/")]
        assert method == operation["method"]
        assert [s.startswith("{") for s in operation["path"].split("/")] == segments


# The checker itself.


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"_creationDate": "1"}, ["$._creationDate: '1' is no integer"]),
        ({"_creationDate": True}, ["$._creationDate: True is no integer"]),
        ({"holdoutId": None}, ["$.holdoutId: None is no string"]),
        ({"news": 1}, ["$.news is not in the document"]),
        ({"_links": {"self": "/"}}, ["$._links.self: '/' is no object"]),
        ({"methodology": "guess"}, ["$.methodology: 'guess' is not one of"]),
        ({"currentIteration": {"hypothesis": "h", "status": "running"}}, ["createdAt is missing"]),
        ({"tags": ["a", 5]}, ["$.tags[1]: 5 is no string"]),
        ({"mutableFieldsByStatus": {"running": {"name": "add"}}}, ["'add' is no array"]),
    ],
)
def test_a_deviation_from_the_document_is_found(changes: Any, found: list[str]) -> None:
    good = {
        "key": "k",
        "name": "n",
        "_maintainerId": "m",
        "_creationDate": 1,
        "environmentKey": "test",
        "_links": {},
    }
    deviations = list(document.deviations("Experiment", {**good, **changes}))
    assert len(deviations) == len(found)
    assert all(part in text for part, text in zip(found, deviations))


def test_an_undocumented_status_is_found() -> None:
    with pytest.raises(AssertionError, match="create_experiment responded 409"):
        document.check("create_experiment", 409, {"code": "c", "message": "m"})
    with pytest.raises(AssertionError, match="get_experiment_results is not in the document"):
        document.check("get_experiment_results", 200, {})


def test_the_fixture_checks_responses_of_2026(
    client: Client, answers_follow_the_contract: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from launchdarkly_api.sandbox.service import responses

    monkeypatch.setattr(responses, "collection", lambda *_: {"items": None})
    client.get(experiments())
    assert answers_follow_the_contract == [
        "get_experiments responded 200: ['$.items: None is no array']"
    ]
    answers_follow_the_contract.clear()
