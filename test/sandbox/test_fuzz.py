"""For any input, the response follows the contract and the sandbox itself does not fail."""

from __future__ import annotations

import copy
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.service.endpoints import READS
from test.sandbox.client import (
    SEMANTIC,
    Client,
    experiment,
    experiment_post,
    experiments,
    iteration_input,
    legacy,
)
from test.sandbox.client import settings as settings_path

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["", "50", "user", "signup", "checkout-button", "fallthrough", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["key", "kind", "value", "name", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for name, part in value.items():
            yield from places(part, (*path, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from places(part, (*path, number))


def changed(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return other
    result = copy.deepcopy(value)
    inner = result
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = other
    return result


UNIT = {"randomizationUnit": "user", "default": True, "standardRandomizationUnit": "user"}
PATCH = {
    "comment": "c",
    "instructions": [
        {"kind": "updateName", "value": "n"},
        {"kind": "startIteration", "changeJustification": "j"},
        {"kind": "stopIteration", "winningTreatmentId": "t", "winningReason": "r"},
    ],
}
REQUESTS: list[tuple[str, str, Any]] = [
    ("POST", experiments(), experiment_post("fuzzed")),
    ("POST", experiment() + "/iterations", iteration_input()),
    ("PATCH", experiment(), PATCH),
    ("PUT", settings_path(), {"randomizationUnits": [UNIT]}),
]


@pytest.mark.parametrize("api_version", ["2023", "2026"])
@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_no_body_makes_the_sandbox_fail(number: int, api_version: Any) -> None:
    method, path, body = REQUESTS[number]
    with Sandbox(api_version=api_version) as sandbox:
        client = Client(sandbox.url)
        client.create()

        @FUZZ
        @given(st.sampled_from(list(places(body))), JSON)
        def fuzz(place: tuple[Any, ...], other: Any) -> None:
            sent = json.dumps(changed(body, place, other)).encode()
            answer = client.call(method, path, sent, headers={"Content-Type": SEMANTIC})
            assert answer.status < 500, answer
            assert client.get(experiments(), expand="treatments").status == 200

        fuzz()
        assert client.call("GET", "/").status == 200
        client.close()


QUERY = st.dictionaries(
    st.sampled_from(["limit", "offset", "filter", "expand", "lifecycleState", "from", "to"]),
    st.text(max_size=12)
    | st.integers().map(str)
    | st.sampled_from(
        ["treatments", "analysisConfig", "status:running", "flagKey:", "active,archived", "1,2"]
    ),
    max_size=4,
)


@pytest.mark.parametrize("api_version", ["2023", "2026"])
def test_no_query_makes_the_sandbox_fail(api_version: Any) -> None:
    paths = {"2023": legacy(), "2026": "/api/v2/projects/demo/experiments"}
    with Sandbox(api_version=api_version) as sandbox:
        client = Client(sandbox.url)
        client.run()

        @FUZZ
        @given(st.sampled_from([experiments(), experiment(), paths[api_version]]), QUERY)
        def fuzz(path: str, query: dict[str, str]) -> None:
            text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
            assert client.get(f"{path}?{text}").status in (200, 400)

        fuzz()
        client.close()


@FUZZ
@given(key=st.text(min_size=1, max_size=20))
def test_no_key_makes_the_sandbox_fail(key: str) -> None:
    with Sandbox() as sandbox:
        client = Client(sandbox.url)
        created = client.create(key)
        if created.status == 201:
            assert client.get(experiment(key)).json["key"] == key
        else:
            assert (created.status, "key" in created.message) == (400, True)
        client.close()


def test_no_bytes_make_the_sandbox_fail(sandbox: Sandbox, client: Client) -> None:
    address = urlsplit(sandbox.url)
    valid = (
        f"POST {experiments()} HTTP/1.1\r\nHost: x\r\nAuthorization: sandbox-token\r\n"
        "LD-API-Version: beta\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    ).encode()

    @FUZZ
    @given(
        st.binary(max_size=200)
        | st.tuples(st.integers(0, len(valid)), st.binary(max_size=20)).map(
            lambda change: valid[: change[0]] + change[1] + valid[change[0] :]
        )
    )
    def fuzz(sent: bytes) -> None:
        with socket.create_connection((address.hostname, address.port or 0), timeout=60) as wire:
            wire.sendall(sent)
            wire.shutdown(socket.SHUT_WR)
            received = b""
            while part := wire.recv(65_536):
                received += part
        assert b"HTTP/1.1 500" not in received
        assert not received or received.startswith(b"HTTP/1.1 ")

    fuzz()
    assert client.get(experiments()).status == 200


#: Parts of the parameters that the calls know, in any order.
PIECES = st.lists(
    st.sampled_from(
        [
            *("query", "tags", "keys", "filterEnv", "archived", "state", "isNumeric", "kind"),
            *(" equals ", " anyOf ", " contains ", " and ", ":", ",", "|", "-", '"', "'", "["),
            *("]", "true", "test", "name", "createdOn", "signup", "\ud800", "\x00", "é", "0", "["),
        ]
    )
    | st.text(max_size=3),
    max_size=9,
).map("".join)


@pytest.mark.parametrize("path", [path for _, _, path in READS if path.count("{") < 2])
def test_no_query_makes_a_call_that_reads_fail(client: Client, path: str) -> None:
    target = path.format(project="demo", member="me")
    names = ("filter", "sort", "expand", "env", "archived", "summary", "tag", "limit", "offset")

    @FUZZ
    @given(st.lists(st.tuples(st.sampled_from(names), PIECES), max_size=3))
    def fuzz(parameters: list[tuple[str, str]]) -> None:
        query = "&".join(
            f"{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}"
            for name, value in parameters
        )
        answer = client.get(f"{target}?{query}")
        assert answer.status in (200, 400), answer
        # The links of any page can be followed.
        for link in answer.json.get("_links", {}).values():
            assert client.get(link["href"]).status == 200

    fuzz()


@pytest.mark.parametrize("nested", ["[" * 20_000 + "]", "[" + "[" * 500 + "]"])
def test_a_deeply_nested_filter_is_refused(client: Client, nested: str) -> None:
    answer = client.get("/api/v2/metrics/demo", filter=f"query equals {nested}")
    assert answer.status in (400, 414), answer
