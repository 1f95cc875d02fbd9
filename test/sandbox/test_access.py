"""Access: tokens, headers, paths and methods."""

from __future__ import annotations

import contextlib
import http.client
import json
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import (
    SEMANTIC,
    Client,
    experiment,
    experiment_post,
    experiments,
    legacy,
    settings,
)


@pytest.mark.parametrize("token", [None, "", "wrong", "Bearer sandbox-token", "sandbox-token2"])
def test_401_without_the_access_token(client: Client, token: str | None) -> None:
    answer = client.call("GET", experiments(), headers={"Authorization": token})
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert "Authorization header" in answer.message


def test_a_sandbox_has_its_own_token() -> None:
    with Sandbox(access_token="another") as sandbox:
        assert Client(sandbox.url, "another").get(experiments()).status == 200
        assert Client(sandbox.url).get(experiments()).status == 401


@pytest.mark.parametrize("version", [None, "20220603", "Beta"])
def test_403_without_the_beta_header(client: Client, version: str | None) -> None:
    answer = client.call("GET", experiments(), headers={"LD-API-Version": version})
    assert answer.status == 403
    assert answer.json.keys() == {"message"}
    assert answer.message.startswith(
        "This API is in beta. To use it, your request must include the header"
    )


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (experiments("nope/test"), "project 'nope'"),
        (experiments("demo/nope"), "environment 'nope'"),
        (experiment("nope"), "experiment 'nope'"),
        (settings("nope"), "project 'nope'"),
        (legacy("signup", place="nope/test"), "project 'nope'"),
        (legacy("signup", place="demo/nope"), "environment 'nope'"),
        (legacy("signup", "nope"), "flag 'nope'"),
        (legacy("nope"), "metric 'nope'"),
        (legacy("signup"), "No experiment in environment 'test'"),
    ],
)
def test_404_names_what_is_unknown(client: Client, path: str, named: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.code) == (404, "not_found")
    assert answer.message.startswith("Invalid resource identifier. ")
    assert named in answer.message


def test_404_for_a_metric_that_the_experiment_does_not_measure(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.add_metric("clicks")
    client.create()
    answer = client.results("clicks")
    assert (answer.status, answer.code) == (404, "not_found")
    assert "page-load-ms, revenue, signup" in answer.message


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/api/v2/",
        experiments() + "/",
        "/" + experiments(),
        experiments().replace("demo", ""),
        experiment() + "/more",
        experiments().replace("v2", "v3"),
        experiments().upper(),
    ],
)
def test_404_for_a_path_that_is_none_of_the_ten(client: Client, path: str) -> None:
    client.create()
    answer = client.get(path)
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", experiments(), "GET, HEAD, OPTIONS, POST"),
        ("PUT", experiment(), "GET, HEAD, OPTIONS, PATCH"),
        ("GET", experiment() + "/iterations", "OPTIONS, POST"),
        ("POST", settings(), "GET, HEAD, OPTIONS, PUT"),
        ("POST", legacy(), "GET, HEAD, OPTIONS"),
        ("GET", legacy() + "/results", "DELETE, OPTIONS"),
        ("BREW", experiments(), "GET, HEAD, OPTIONS, POST"),
        ("POST", "/", "GET, HEAD, OPTIONS"),
    ],
)
def test_405_lists_the_allowed_methods(client: Client, method: str, path: str, allow: str) -> None:
    answer = client.call(method, path)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allow
    assert answer.message.startswith("Method not allowed")


def test_options_needs_no_token(client: Client) -> None:
    answer = client.call(
        "OPTIONS", experiment(), headers={"Authorization": None, "LD-API-Version": None}
    )
    assert answer.status == 204
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, PATCH"
    assert client.call("OPTIONS", "/").headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", [experiments(), "/"])
def test_405_for_a_method_in_lower_case(client: Client, path: str) -> None:
    # urllib3 itself sends methods in upper case.
    with contextlib.closing(http.client.HTTPConnection(client.url.split("//")[1])) as connection:
        connection.request("get", path, headers=client.headers)
        answer = connection.getresponse()
        assert (answer.status, "GET" in (answer.headers["Allow"] or "")) == (405, True)
        assert "Methods are case-sensitive" in json.loads(answer.read())["message"]


def test_head_is_get_without_the_body(client: Client) -> None:
    client.create()
    head, get = client.call("HEAD", experiment()), client.get(experiment())
    assert (head.status, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.data))
    assert head.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("override", ["PATCH", "patch"])
def test_a_post_can_stand_for_a_patch(client: Client, override: str) -> None:
    client.create()
    answer = client.call(
        "POST",
        experiment(),
        {"instructions": [{"kind": "updateName", "value": "new"}]},
        headers={"X-HTTP-Method-Override": override, "Content-Type": SEMANTIC},
    )
    assert (answer.status, answer.json["name"]) == (200, "new")


def test_a_post_can_stand_for_a_put_and_a_delete(client: Client) -> None:
    client.run()
    unit = {"randomizationUnit": "user", "default": True, "standardRandomizationUnit": "guest"}
    put = client.call(
        "POST",
        settings(),
        {"randomizationUnits": [unit]},
        headers={"X-HTTP-Method-Override": "PUT"},
    )
    assert put.json["randomizationUnits"][0]["standardRandomizationUnit"] == "guest"
    delete = client.call(
        "POST", legacy() + "/results", headers={"X-HTTP-Method-Override": "DELETE"}
    )
    assert delete.status == 204


def test_a_method_override_needs_a_post_and_one_of_three_methods(client: Client) -> None:
    client.create()
    kept = client.call("GET", experiment(), headers={"X-HTTP-Method-Override": "DELETE"})
    assert kept.status == 200
    refused = client.call("POST", experiment(), headers={"X-HTTP-Method-Override": "GET"})
    assert (refused.status, refused.code) == (400, "invalid_request")
    assert "DELETE, PATCH, PUT" in refused.message


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain", "x; y=z"])
def test_400_for_a_patch_that_is_not_semantic(client: Client, content_type: str | None) -> None:
    client.create()
    answer = client.call(
        "PATCH",
        experiment(),
        {"instructions": [{"kind": "archiveExperiment"}]},
        headers={"Content-Type": content_type},
    )
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert "domain-model=launchdarkly.semanticpatch" in answer.message
    assert "archivedDate" not in client.get(experiment()).json


@pytest.mark.parametrize(
    "content_type",
    [
        SEMANTIC,
        "application/json;domain-model=launchdarkly.semanticpatch",
        'application/json; charset=utf-8; Domain-Model="launchdarkly.semanticpatch"',
    ],
)
def test_a_patch_is_semantic_in_every_spelling_of_its_type(
    client: Client, content_type: str
) -> None:
    client.create()
    answer = client.call(
        "PATCH",
        experiment(),
        {"instructions": [{"kind": "archiveExperiment"}]},
        headers={"Content-Type": content_type},
    )
    assert answer.status == 200


def test_a_lenient_sandbox_accepts_every_patch_as_semantic() -> None:
    with Sandbox(lenient=True) as sandbox:
        client = Client(sandbox.url)
        client.create()
        body = {"instructions": [{"kind": "archiveExperiment"}]}
        assert client.call("PATCH", experiment(), body).status == 200


@pytest.mark.parametrize("key", ["a/b", "a b", "ü", "a?b", "a#b", "50%", "%2F", "a;b", "a+b", "💡"])
def test_any_key_is_one_segment_of_a_path(client: Client, key: str) -> None:
    assert client.create(key).status == 201
    answer = client.get(experiment(key))
    assert (answer.status, answer.json["key"]) == (200, key)
    address = answer.json["_links"]["self"]["href"]
    assert client.get(address).json["key"] == key
    assert client.start(key).status == 200
    assert client.results("signup", key).status == 200


def test_413_for_a_body_above_a_mebibyte(client: Client) -> None:
    body = experiment_post()
    body["description"] = "x" * 1_048_576
    answer = client.call("POST", experiments(), body)
    assert answer.status == 413
    assert "1048576 bytes" in answer.message
    body["description"] = ""
    body["description"] = "x" * (1_048_576 - len(json.dumps(body)))
    assert client.call("POST", experiments(), body).status == 201
    body["description"] += "x"
    assert client.call("POST", experiments(), body).status == 413


def test_a_failure_of_the_sandbox_is_a_500_and_is_logged(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from launchdarkly_api.sandbox.service import responses

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("broken")

    monkeypatch.setattr(responses, "collection", broken)
    answer = client.get(experiments())
    assert (answer.status, answer.code) == (500, "internal_service_error")
    assert "ZeroDivisionError: broken" in caplog.text
