"""Every wrong type in every body of every call is refused with a sentence, in both versions."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from launchdarkly_api.sandbox import Sandbox
from test.sandbox import contract, document
from test.sandbox.client import (
    CONTROL,
    SEMANTIC,
    TREATMENT,
    Client,
    experiment,
    experiment_post,
    experiments,
    iteration_input,
    settings,
    treatment,
)

Path = tuple[str | int, ...]
#: One value of each JSON type, and some that are wrong within.
VALUES: tuple[Any, ...] = (
    None,
    True,
    5,
    -1,
    1.5,
    10**400,
    "text",
    "",
    [],
    ["text"],
    [{}],
    {},
    {"a": {}},
    [[]],
)

ITERATION: dict[str, Any] = iteration_input(canReshuffleTraffic=True)
NEWER_ITERATION: dict[str, Any] = {
    **ITERATION,
    "metrics": [{"key": "signup", "isGroup": False, "primary": True, "analysisUnit": "user"}],
    "primarySingleMetricKey": "signup",
    "flags": {
        "checkout-button": {
            "ruleId": "fallthrough",
            "flagConfigVersion": 1,
            "notInExperimentVariationId": CONTROL,
        }
    },
    "reallocationFrequencyMillis": 60_000,
    "covariateId": "c",
    "attributes": ["country"],
}
POST: dict[str, Any] = {**experiment_post("new"), "description": "d", "iteration": ITERATION}
NEWER_POST: dict[str, Any] = {
    **POST,
    "iteration": NEWER_ITERATION,
    "holdoutId": "h",
    "tags": ["t"],
    "methodology": "bayesian",
    "analysisConfig": {
        "bayesianThreshold": "95",
        "significanceThreshold": "0.05",
        "testDirection": "two-sided",
        "multipleComparisonCorrectionMethod": "bonferroni",
        "multipleComparisonCorrectionScope": "metrics",
        "sequentialTestingEnabled": True,
    },
    "dataSource": "launchdarkly",
    "type": "experiment",
}
UNITS: dict[str, Any] = {
    "randomizationUnits": [
        {"randomizationUnit": "user", "default": True, "standardRandomizationUnit": "user"}
    ]
}
PATCH: dict[str, Any] = {"comment": "c", "instructions": [{"kind": "archiveExperiment"}]}

#: By version and call: a body with every field that the call has.
BODIES: dict[str, dict[str, Any]] = {
    "2023": {
        "create_experiment": POST,
        "create_iteration": ITERATION,
        "patch_experiment": PATCH,
        "put_experimentation_settings": UNITS,
    },
    "2026": {
        "create_experiment": NEWER_POST,
        "create_iteration": {
            **NEWER_ITERATION,
            "primarySingleMetricKey": None,
            "primaryFunnelKey": "checkout-funnel",
            "metrics": [{"key": "checkout-funnel", "isGroup": True}],
        },
        "patch_experiment": PATCH,
        "put_experimentation_settings": UNITS,
    },
}
CASES = [(version, call) for version, bodies in BODIES.items() for call in bodies]
TARGETS: dict[str, tuple[str, str]] = {
    "create_experiment": ("POST", experiments()),
    "create_iteration": ("POST", f"{experiment()}/iterations"),
    "patch_experiment": ("PATCH", experiment()),
    "put_experimentation_settings": ("PUT", settings()),
}


def send(client: Client, call: str, body: Any) -> Any:
    method, path = TARGETS[call]
    return client.call(method, path, json.dumps(body).encode(), headers={"Content-Type": SEMANTIC})


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for name, part in value.items():
            yield from places(part, (*path, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from places(part, (*path, number))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def changed(value: Any, path: Path, other: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return other
    result = copy.deepcopy(value)
    at(result, path[:-1])[path[-1]] = other
    return result


def is_of_another_type(given: Any, other: Any) -> bool:
    # Booleans are no numbers in JSON. A null counts as an absent field.
    return other is not None and type(given) is not type(other)


@pytest.mark.parametrize(("version", "call"), CASES)
def test_the_whole_body_is_accepted(version: Any, call: str) -> None:
    with Sandbox(api_version=version) as sandbox:
        client = Client(sandbox.url)
        client.create()
        assert send(client, call, BODIES[version][call]).status in (200, 201)
        client.close()


@pytest.mark.parametrize(("version", "call"), CASES)
def test_400_for_a_value_of_another_type_at_each_place(version: Any, call: str) -> None:
    body = BODIES[version][call]
    with Sandbox(api_version=version) as sandbox:
        client = Client(sandbox.url)
        client.create()
        for path in places(body):
            for other in VALUES:
                answer = send(client, call, changed(body, path, other))
                assert answer.status < 500, (path, other)
                if answer.status >= 400:
                    assert len(answer.message.split()) > 2, (path, other, answer)
                if path[-1:] != ("primarySingleMetricKey",) and is_of_another_type(
                    at(body, path), other
                ):
                    assert answer.status == 400, (path, other, answer)
                    # A body before this one may have been accepted.
                    assert not answer.message.startswith(("Duplicate", "Experiment 'exp' has"))
        client.close()


def test_the_bodies_have_each_field_of_their_schema() -> None:
    for call, schema in document.BODIES.items():
        fields = set(document.resolved(schema)["properties"])
        assert set(BODIES["2026"][call]) >= fields - {"primarySingleMetricKey"}, call
    metric = set(document.SCHEMAS["MetricInput"]["properties"])
    assert set(NEWER_ITERATION["metrics"][0]) == metric
    for call in BODIES["2023"]:
        name = contract.ENDPOINTS[call]["body"]["type"]
        fields = {field["json"] for field in contract.MODELS[name]["fields"]}
        assert set(BODIES["2023"][call]) == fields, call


FIELD_CHANGES = {
    "name": {"operation": "update", "value": "n"},
    "tags": {"operation": "add", "value": ["t"]},
    "metrics": {"operation": "add", "value": [{"key": "page-load-ms"}]},
    "holdoutId": {"operation": "remove"},
}
#: The instructions with each of their parameters. Those that stop need a real treatment.
INSTRUCTIONS: tuple[dict[str, Any], ...] = (
    {"kind": "updateName", "value": "n"},
    {"kind": "updateDescription", "value": "d"},
    {"kind": "startIteration", "changeJustification": "j"},
    {"kind": "stopIteration", "winningTreatmentId": "t", "winningReason": "r"},
    {"kind": "archiveExperiment"},
    {"kind": "restoreExperiment"},
    {"kind": "updateExperimentFields", "value": FIELD_CHANGES},
    {"kind": "saveAndStartNewIteration", "changeJustification": "j", "value": FIELD_CHANGES},
    {
        "kind": "updateExperimentFields",
        "value": {
            "treatments": {
                "operation": "update",
                "value": [
                    treatment("a", CONTROL, baseline=True),
                    treatment("b", TREATMENT),
                ],
            },
            "analysisConfig": {"operation": "update", "value": NEWER_POST["analysisConfig"]},
            "flags": {"operation": "update", "value": NEWER_ITERATION["flags"]},
        },
    },
)


@pytest.mark.parametrize("version", ["2023", "2026"])
@pytest.mark.parametrize("running", [False, True])
def test_no_type_in_an_instruction_makes_the_sandbox_fail(version: Any, running: bool) -> None:
    with Sandbox(api_version=version, sample_traffic=False) as sandbox:
        client = Client(sandbox.url)
        client.create()
        if running:
            client.start()
        for instruction in INSTRUCTIONS:
            for path in places(instruction):
                for other in VALUES:
                    wrong = changed(instruction, path, other)
                    # The last instruction is refused, so the experiment remains as it is.
                    body = {"instructions": [wrong, {"kind": "refused"}]}
                    answer = send(client, "patch_experiment", body)
                    assert answer.status in (400, 409), (path, other, answer)
                    assert len(answer.message.split()) > 2
        client.close()


# At random, from the schemas.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
#: Strings that mean something to the sandbox.
WORDS = st.sampled_from(
    ["signup", "checkout-funnel", "user", "checkout-button", "fallthrough", "50", CONTROL, ""]
)


def by_schema(schema: Any, *, wrong: bool) -> st.SearchStrategy[Any]:
    """Values that a schema describes, and with ``wrong`` also values that it does not."""
    schema = document.resolved(schema)
    kind = schema.get("type")
    fits: st.SearchStrategy[Any]
    if kind == "object" and "properties" in schema:
        required = schema.get("required", ())
        parts = {n: by_schema(p, wrong=wrong) for n, p in schema["properties"].items()}
        fits = st.fixed_dictionaries(
            {name: part for name, part in parts.items() if name in required},
            optional={name: part for name, part in parts.items() if name not in required},
        )
    elif kind == "object":
        keys = WORDS | st.sampled_from(["kind", "value", "operation"])
        fits = st.dictionaries(
            keys, by_schema(schema["additionalProperties"], wrong=wrong), max_size=2
        )
    elif kind == "array":
        fits = st.lists(by_schema(schema["items"], wrong=wrong), max_size=2)
    elif "enum" in schema:
        fits = st.sampled_from(schema["enum"])
    else:
        simple = {"string": WORDS, "integer": st.integers(0, 2), "boolean": st.booleans()}
        fits = simple.get(kind, JSON)
    # One in ten values is wrong, so that most bodies get past the first check.
    return st.integers(0, 9).flatmap(lambda n: JSON if n == 9 else fits) if wrong else fits


def contract_schema(type_name: str) -> Any:
    """The schema of a type of the contract of 2023."""
    if type_name.startswith("list["):
        return {"type": "array", "items": contract_schema(type_name[5:-1])}
    if type_name.startswith("map["):
        return {"type": "object", "additionalProperties": contract_schema(type_name[4:-1])}
    scalars = {"str": "string", "int": "integer", "bool": "boolean"}
    if type_name in scalars:
        return {"type": scalars[type_name]}
    model = contract.MODELS.get(type_name)
    if model is None:
        return {}
    if model["kind"] == "array":
        return {"type": "array", "items": contract_schema(model["items"])}
    if not model["fields"]:
        values = contract_schema(model["additional_properties"])
        return {"type": "object", "additionalProperties": values}
    return {
        "type": "object",
        "required": [field["json"] for field in model["fields"] if field["required"]],
        "properties": {f["json"]: contract_schema(f["type"]) for f in model["fields"]},
    }


def schema_of(version: str, call: str) -> Any:
    if version == "2026":
        return document.BODIES[call]
    return contract_schema(contract.ENDPOINTS[call]["body"]["type"])


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize(("version", "call"), CASES)
def test_no_body_of_a_schema_makes_the_sandbox_fail(version: Any, call: str, wrong: bool) -> None:
    with Sandbox(api_version=version) as sandbox:
        client = Client(sandbox.url)
        client.create()

        @hypothesis_settings(
            max_examples=60,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.data_too_large,
                HealthCheck.filter_too_much,
            ],
        )
        @given(by_schema(schema_of(version, call), wrong=wrong))
        def fuzz(body: Any) -> None:
            answer = send(client, call, body)
            assert answer.status < 500, answer
            assert answer.status < 400 or answer.message
            assert client.get(experiments(), expand="treatments").status == 200

        fuzz()
        client.close()
