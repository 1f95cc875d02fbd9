"""The rules for request bodies."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from launchdarkly_api.exceptions import render_path
from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import (
    CONTROL,
    SEMANTIC,
    TREATMENT,
    Answer,
    Client,
    experiment,
    experiment_post,
    experiments,
    iteration_input,
    metric,
    on_flag,
    settings,
    treatment,
)


def refused(answer: Answer, *said: str) -> None:
    assert (answer.status, answer.code) == (400, "invalid_request"), answer
    for text in said:
        assert text in answer.message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no body"),
        (b"{", "not valid JSON"),
        (b"{'key': 1}", "not valid JSON"),
        (b'{"a": NaN}', "no NaN"),
        (b'{"a": -Infinity}', "no -Infinity"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"newField": ' + b"[" * 900 + b"]" * 900 + b"}", ""),
        (b'{"flagConfigVersion": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b"null", "ExperimentPost"),
        (b"[]", "ExperimentPost"),
        (b'"text"', "ExperimentPost"),
    ],
)
def test_400_for_a_body_that_is_not_a_json_object(client: Client, body: bytes, said: str) -> None:
    refused(client.call("POST", experiments(), body), said)


def _without(body: dict[str, Any], *path: Any) -> dict[str, Any]:
    inner: Any = body
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return body


@pytest.mark.parametrize(
    "path",
    [
        ("name",),
        ("key",),
        ("maintainerId",),
        ("iteration",),
        ("iteration", "hypothesis"),
        ("iteration", "metrics"),
        ("iteration", "treatments"),
        ("iteration", "flags"),
        ("iteration", "metrics", 0, "key"),
        ("iteration", "metrics", 2, "primary"),
        ("iteration", "treatments", 1, "name"),
        ("iteration", "treatments", 1, "baseline"),
        ("iteration", "treatments", 1, "allocationPercent"),
        ("iteration", "treatments", 1, "parameters"),
        ("iteration", "treatments", 0, "parameters", 0, "variationId"),
        ("iteration", "flags", "checkout-button", "ruleId"),
        ("iteration", "flags", "checkout-button", "flagConfigVersion"),
    ],
)
def test_400_names_the_place_of_a_missing_field(client: Client, path: tuple[Any, ...]) -> None:
    body = _without(experiment_post(), *path)
    refused(client.call("POST", experiments(), body), f"at {render_path(path)}")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": 1}, "name"),
        ({"name": None}, "name"),
        ({"name": "  "}, "name must not be empty"),
        ({"key": ""}, "key must not be empty"),
        ({"key": ".."}, "'..'"),
        ({"key": "a\nb"}, "URL"),
        ({"key": "k" * 1001}, "key is longer than 1000 characters"),
        ({"maintainerId": ""}, "maintainerId must not be empty"),
        ({"description": 5}, "description"),
        ({"iteration": []}, "iteration"),
    ],
)
def test_400_for_a_wrong_field_of_an_experiment(
    client: Client, changes: dict[str, Any], said: str
) -> None:
    refused(client.call("POST", experiments(), {**experiment_post(), **changes}), said)


#: Parts of an iteration, and texts of the refusal: the place, and the correct value.
WRONG_ITERATIONS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"hypothesis": ""}, ("hypothesis must not be empty",)),
    ({"hypothesis": {}}, ("hypothesis",)),
    ({"canReshuffleTraffic": "yes"}, ("canReshuffleTraffic",)),
    ({"randomizationUnit": 7}, ("randomizationUnit",)),
    ({"randomizationUnit": "device"}, ("'device' is not a randomization unit", "Known: user.")),
    ({"metrics": []}, ("exactly one metric with primary true, not 0",)),
    ({"metrics": [metric("signup")]}, ("exactly one metric with primary true, not 0",)),
    (
        {"metrics": [metric("signup", primary=True), metric("revenue", primary=True)]},
        ("exactly one metric with primary true, not 2",),
    ),
    (
        {"metrics": [metric("signup", primary=True), metric("nope")]},
        ("metrics[1].key: unknown metric 'nope'", "page-load-ms, revenue, signup"),
    ),
    (
        {"metrics": [metric("signup", primary=True), metric("signup")]},
        ("names 'signup' 2 times",),
    ),
    ({"flags": {}}, ("flags must name the flag",)),
    ({"flags": []}, ("Expected an object, not a list at", "flags")),
    (
        {"flags": {"nope": {"ruleId": "fallthrough", "flagConfigVersion": 1}}},
        ("unknown flag 'nope'", "checkout-button"),
    ),
    (
        {"flags": {"checkout-button": {"ruleId": "nope", "flagConfigVersion": 1}}},
        ("has no rule 'nope'", "fallthrough"),
    ),
    (
        {"flags": {"checkout-button": {"ruleId": "fallthrough", "flagConfigVersion": 2}}},
        ("is at version 1", "there is no 2"),
    ),
    (
        {"flags": {"checkout-button": {"ruleId": "fallthrough", "flagConfigVersion": 0}}},
        ("there is no 0",),
    ),
    (
        {"flags": {"checkout-button": {"ruleId": "fallthrough", "flagConfigVersion": True}}},
        ("flagConfigVersion",),
    ),
    ({"treatments": []}, ("exactly one treatment with baseline true, not 0",)),
    (
        {"treatments": [treatment("a", CONTROL), treatment("b", TREATMENT)]},
        ("exactly one treatment with baseline true, not 0",),
    ),
    (
        {
            "treatments": [
                treatment("a", CONTROL, baseline=True),
                treatment("b", TREATMENT, baseline=True),
            ]
        },
        ("exactly one treatment with baseline true, not 2",),
    ),
    (
        {"treatments": [treatment("a", CONTROL, baseline=True), treatment("a", TREATMENT)]},
        ("treatments names 'a' 2 times",),
    ),
    (
        {"treatments": [treatment(str(n), CONTROL, percent="0") for n in range(101)]},
        ("treatments: at most 100 are possible, not 101",),
    ),
    ({"treatments": [treatment("", CONTROL, baseline=True)]}, ("treatments[0].name",)),
    (
        {"treatments": [treatment("a", "nope", baseline=True)]},
        ("treatments[0].parameters[0].variationId", "has no variation 'nope'", CONTROL),
    ),
    (
        {
            "treatments": [
                {
                    **treatment("a", CONTROL, baseline=True),
                    "parameters": [{"flagKey": "other", "variationId": CONTROL}],
                }
            ]
        },
        ("treatments[0].parameters[0].flagKey: unknown flag 'other'", "checkout-button"),
    ),
    (
        {
            "treatments": [
                {
                    **treatment("a", CONTROL, baseline=True),
                    "parameters": [
                        {"flagKey": "checkout-button", "variationId": CONTROL},
                        {"flagKey": "checkout-button", "variationId": TREATMENT},
                    ],
                }
            ]
        },
        ("treatments[0].parameters names 'checkout-button' 2 times",),
    ),
    *(
        (
            {"treatments": [treatment("a", CONTROL, baseline=True, percent=percent)]},
            ("treatments[0].allocationPercent must be a number from 0 to 100",),
        )
        for percent in ("", "half", "-1", "101", "nan", "1e1", "50%", " 50", "٥٠", "100.1")
    ),
    (
        {"treatments": [{**treatment("a", CONTROL, baseline=True), "allocationPercent": 50}]},
        ("treatments[0].allocationPercent",),
    ),
    (
        {
            "treatments": [
                treatment("a", CONTROL, baseline=True, percent="60"),
                treatment("b", TREATMENT, percent="40.5"),
            ]
        },
        ("add up to 100.5 percent",),
    ),
]


@pytest.mark.parametrize(("parts", "said"), WRONG_ITERATIONS)
def test_400_for_a_wrong_iteration(
    client: Client, parts: dict[str, Any], said: tuple[str, ...]
) -> None:
    refused(client.create(**parts), "iteration", *said)
    assert client.get(experiment()).status == 404
    client.create()
    body = iteration_input(**parts)
    refused(client.call("POST", experiment() + "/iterations", body), *said)
    assert "draftIteration" not in client.get(experiment(), expand="draftIteration").json


@pytest.mark.parametrize(
    "parts",
    [
        {"treatments": [treatment("a", CONTROL, baseline=True, percent="10")]},
        {
            "treatments": [
                treatment("a", CONTROL, baseline=True, percent="33.3333"),
                treatment("b", TREATMENT, percent="33.3333"),
                treatment("c", CONTROL, percent="33.3333"),
            ]
        },
        {"treatments": [{**treatment("a", CONTROL, baseline=True), "parameters": []}]},
        {"randomizationUnit": None},
        {"canReshuffleTraffic": False},
        {"methodology": "bayesian", "attributes": ["country"]},
    ],
)
def test_valid_iterations_are_accepted(client: Client, parts: dict[str, Any]) -> None:
    assert client.create(**parts).status == 201


def test_a_message_lists_a_bounded_number_of_names(sandbox: Sandbox, client: Client) -> None:
    for number in range(30):
        sandbox.add_metric(f"metric-{number:02}")
    answer = client.create(metrics=[metric("nope", primary=True)])
    refused(answer, "Known: metric-00, metric-01", "metric-19 and 13 more.")


def test_415_for_a_body_that_is_compressed(client: Client) -> None:
    body = gzip.compress(json.dumps(experiment_post()).encode())
    answer = client.call("POST", experiments(), body, headers={"Content-Encoding": "gzip"})
    assert answer.status == 415
    assert "Content-Encoding 'gzip' is not supported" in answer.message


def test_409_for_a_key_that_is_taken(client: Client) -> None:
    assert client.create().status == 201
    answer = client.create()
    assert (answer.status, answer.code) == (409, "key_exists")
    assert answer.message.startswith("Duplicate experiment key 'exp'")


def test_a_key_is_free_in_another_environment(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_environment("production")
    assert client.create().status == 201
    assert client.create(place="demo/production").status == 201


def test_409_for_a_flag_version_of_the_past(sandbox: Sandbox, client: Client) -> None:
    sandbox.update_flag("checkout-button", on=False)
    answer = client.create()
    assert (answer.status, answer.code) == (409, "optimistic_locking_error")
    assert answer.message.startswith("Conflict. Optimistic lock error. Try again later.")
    assert "is at version 2 in environment 'test', not 1" in answer.message
    use = {"ruleId": "fallthrough", "flagConfigVersion": 2}
    assert client.create(flags={"checkout-button": use}).status == 201


def test_a_flag_may_have_more_rules(sandbox: Sandbox, client: Client) -> None:
    flag = sandbox.add_flag("other", rules=["a1b2", "fallthrough"])
    assert [rule.id for rule in flag.rules] == ["a1b2", "fallthrough"]
    parts = on_flag(flag, flags={"other": {"ruleId": "a1b2", "flagConfigVersion": 1}})
    created = client.create(**parts)
    assert created.json["currentIteration"]["flags"]["other"]["targetingRule"] == "a1b2"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "randomizationUnits"),
        ({"randomizationUnits": None}, "randomizationUnits"),
        ({"randomizationUnits": {}}, "randomizationUnits"),
        ({"randomizationUnits": ["user"]}, "randomizationUnits[0]"),
        ({"randomizationUnits": []}, "exactly one unit with default true, not 0"),
        (
            {"randomizationUnits": [{"randomizationUnit": "user", "default": True}]},
            "standardRandomizationUnit",
        ),
    ],
)
def test_400_for_settings_of_the_wrong_shape(client: Client, body: Any, said: str) -> None:
    refused(client.call("PUT", settings(), body), said)


def unit(key: str, *, default: bool, standard: str = "user") -> dict[str, Any]:
    return {
        "randomizationUnit": key,
        "default": default,
        "standardRandomizationUnit": standard,
    }


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ([unit("device", default=True)], "[0].randomizationUnit: 'device' is not a context kind"),
        ([unit("user", default=False)], "exactly one unit with default true, not 0"),
        (
            [unit("user", default=True), unit("org", default=True)],
            "exactly one unit with default true, not 2",
        ),
        ([unit("user", default=True), unit("user", default=False)], "names 'user' 2 times"),
        ([unit("user", default=True, standard="users")], "guest, guestTime, organization"),
    ],
)
def test_400_for_settings_that_break_a_rule(
    sandbox: Sandbox, client: Client, units: list[Any], said: str
) -> None:
    sandbox.add_context_kind("org")
    before = client.get(settings()).json
    refused(client.call("PUT", settings(), {"randomizationUnits": units}), said)
    assert client.get(settings()).json == before


def test_settings_replace_the_list(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_context_kind("org", name="Organization")
    body = {"randomizationUnits": [unit("org", default=True, standard="organization")]}
    answer = client.call("PUT", settings(), body)
    assert answer.json["randomizationUnits"] == [
        {
            "randomizationUnit": "org",
            "standardRandomizationUnit": "organization",
            "default": True,
            "_hidden": False,
            "_displayName": "Organization",
        }
    ]
    assert client.get(settings()).json == answer.json
    refused(client.create(), "'user' is not a randomization unit", "Known: org.")
    assert client.create(randomizationUnit="org").status == 201


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "instructions"),
        ({"instructions": {}}, "instructions"),
        ({"instructions": ["archiveExperiment"]}, "instructions[0]"),
        ({"instructions": []}, "at least one"),
        ({"instructions": [{}]}, "instructions[0].kind is missing"),
        ({"instructions": [{"kind": "x"}]}, "instructions[0].kind 'x' is unknown. Known: archive"),
        ({"instructions": [{"kind": 1}]}, "instructions[0].kind 1 is unknown"),
        ({"instructions": [{"kind": ["updateName"]}]}, "is unknown"),
        ({"instructions": [{"kind": "updateName"}]}, "(updateName): value is missing"),
        ({"instructions": [{"kind": "updateName", "value": 1}]}, "value must be a string, not 1"),
        ({"instructions": [{"kind": "updateName", "value": " "}]}, "value must not be empty"),
        ({"instructions": [{"kind": "updateDescription"}]}, "value is missing"),
        ({"instructions": [{"kind": "archiveExperiment"}], "comment": 1}, "comment"),
        ([{"op": "replace", "path": "/name", "value": "x"}], "ExperimentPatchInput"),
    ],
)
def test_400_for_a_patch_without_known_instructions(client: Client, body: Any, said: str) -> None:
    client.create()
    before = client.get(experiment()).json
    answer = client.call("PATCH", experiment(), body, headers={"Content-Type": SEMANTIC})
    refused(answer, said)
    assert client.get(experiment()).json == before
