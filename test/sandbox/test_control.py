"""The control interface over HTTP: its verbs, its errors, and who may call it."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import urllib3

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.control.verbs import PREFIX, VERBS
from launchdarkly_api.sandbox.http.application import MAX_DOCUMENT_BYTES
from launchdarkly_api.sandbox.http.gate import is_loopback
from test.sandbox.client import Answer, Client, experiment, experiments

#: A time in 2026.
MOMENT = 1_790_000_000_000


def control(client: Client, method: str, path: str, body: Any = None, **query: Any) -> Answer:
    return client.call(method, f"{PREFIX}{path}", body, **query)


def test_health_counts_what_there_is(client: Client) -> None:
    client.run()
    assert control(client, "GET", "/health").json == {
        "status": "ok",
        "apiVersion": "2023",
        "projects": 1,
        "experiments": 1,
        "requests": 2,
    }


def test_reset_returns_to_the_demo_data_and_keeps_the_listener(
    sandbox: Sandbox, client: Client
) -> None:
    heard: list[object] = []
    sandbox.on_request = heard.append
    client.run()
    sandbox.fail_next(503)
    assert control(client, "POST", "/reset", {}).status == 204
    assert not sandbox.requests
    assert client.get(experiments()).json["total_count"] == 0
    assert len(heard) == 3


def test_a_reset_needs_no_body(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_project("shop")
    answer = client.call("POST", f"{PREFIX}/reset", headers={"Content-Type": None})
    assert (answer.status, list(sandbox._state.projects)) == (204, ["demo"])
    answer = client.call("PUT", f"{PREFIX}/state", headers={"Content-Type": None})
    assert answer.status == 415


def test_each_addition_is_that_of_the_python_method(sandbox: Sandbox, client: Client) -> None:
    for path, body in (
        ("/projects", {"key": "shop", "environments": ["a", "b"]}),
        ("/environments", {"key": "c", "projectKey": "shop"}),
        ("/metrics", {"key": "clicks", "projectKey": "shop", "kind": "click"}),
        ("/metric-groups", {"key": "all", "metrics": ["clicks"], "projectKey": "shop"}),
        ("/context-kinds", {"key": "device", "projectKey": "shop"}),
    ):
        assert control(client, "POST", path, body).status == 204
    flag = control(
        client, "POST", "/flags", {"key": "f", "projectKey": "shop", "variations": [1, {"a": []}]}
    ).json
    with Sandbox() as other:
        other.add_project("shop", environments=("a", "b"))
        other.add_environment("c", project_key="shop")
        other.add_metric("clicks", project_key="shop", kind="click")
        other.add_metric_group("all", ["clicks"], project_key="shop")
        other.add_context_kind("device", project_key="shop")
        made = other.add_flag("f", project_key="shop", variations=[1, {"a": []}])
        assert [v["id"] for v in flag["variations"]] == [v.id for v in made.variations]
        expected, found = (s._state.projects["shop"] for s in (other, sandbox))
        for name in ("environments", "metrics", "metric_groups", "context_kinds", "flags"):
            assert getattr(found, name) == getattr(expected, name)


def test_a_member_can_be_added(sandbox: Sandbox, client: Client) -> None:
    added = control(client, "POST", "/members", {"email": "ana@example.com", "firstName": "Ana"})
    assert sandbox._state.members[added.json["id"]].first_name == "Ana"
    assert sandbox.add_member("ben@example.com", id="ben").id == "ben"


def test_a_flag_can_be_turned_off_and_archived(client: Client) -> None:
    off = control(client, "PATCH", "/flags", {"key": "checkout-button", "on": False}).json
    assert off["configs"] == {"test": {"on": False, "version": 2}}
    archived = control(client, "PATCH", "/flags", {"key": "checkout-button", "archived": True})
    assert (archived.json["archived"], archived.json["configs"]) == (True, off["configs"])


def test_recorded_and_simulated_traffic_counts(client: Client) -> None:
    client.run(place="demo/test")
    body = {"experimentKey": "exp", "treatment": "control", "units": ["ada", "bob"]}
    events = {"events": {"signup": 1, "revenue": [12.5]}}
    assert control(client, "POST", "/traffic", {**body, **events}).json == ["ada", "bob"]
    simulated = {
        "experimentKey": "exp",
        "units": 100,
        "effects": {
            "signup": {"control": 0.5},
            "revenue": {"control": [5, 1], "treatment": {"rate": 0.5, "mean": 9}},
        },
        "end": MOMENT,
    }
    assert control(client, "POST", "/traffic/simulation", simulated).status == 204
    arms = client.results("signup").json["treatmentResults"]
    assert sum(arm["units"] for arm in arms) == 2_102


def test_faults_limits_and_latency_apply_to_the_service_only(
    sandbox: Sandbox, client: Client
) -> None:
    assert control(client, "POST", "/faults", {"status": 520, "body": "{}"}).status == 204
    assert control(client, "PUT", "/faults/rate", {"probability": 1, "drop": True}).status == 204
    assert control(client, "GET", "/health").status == 200
    assert client.get(experiments()).status == 520
    with pytest.raises(urllib3.exceptions.ProtocolError):
        while client.get(experiments()).status == 503:
            pass
    assert control(client, "DELETE", "/faults").status == 204
    assert control(client, "PUT", "/rate-limit", {"limit": 1, "windowSeconds": 600}).status == 204
    assert [client.get(experiments()).status for _ in range(2)] == [200, 429]
    assert control(client, "PUT", "/rate-limit", {"limit": None}).status == 204
    assert control(client, "PUT", "/latency", {"seconds": 0.001}).status == 204
    assert sandbox._application.latency == 0.001
    assert client.get(experiments()).status == 200


def test_the_clock_gives_the_times_of_records(sandbox: Sandbox, client: Client) -> None:
    set_to = control(client, "PUT", "/clock", {"at": MOMENT}).json
    assert set_to == {"now": MOMENT, "at": MOMENT, "offsetMilliseconds": 0}
    client.create()
    control(client, "POST", "/clock/advance", {"seconds": 3600.5})
    client.start()
    found = client.get(experiment()).json
    assert found["_creationDate"] == MOMENT
    assert found["currentIteration"]["startedAt"] == MOMENT + 3_600_500
    sandbox.add_project("later")
    assert sandbox._state.projects["later"].creation_date == MOMENT + 3_600_500
    assert sandbox.set_clock(None).at is None
    before = sandbox.clock().now
    ahead = sandbox.advance_clock(1_000_000)
    assert (ahead.offset_milliseconds, ahead.at) == (1_000_000_000, None)
    assert ahead.now >= before + 1_000_000_000
    control(client, "POST", "/reset", {})
    assert control(client, "GET", "/clock").json["offsetMilliseconds"] == 0


def test_two_sandboxes_have_two_clocks(sandbox: Sandbox, client: Client) -> None:
    with Sandbox() as other:
        other.set_clock(1_000_000)
        sandbox.set_clock(MOMENT)
        there = Client(other.url)
        there.create()
        client.create()
        assert there.get(experiment()).json["_creationDate"] == 1_000_000
        assert client.get(experiment()).json["_creationDate"] == MOMENT
        there.close()


def test_the_clock_ends_with_the_year_9999(sandbox: Sandbox, client: Client) -> None:
    sandbox.set_clock(253_402_300_799_999)
    late = control(client, "POST", "/clock/advance", {"seconds": 1})
    assert (late.status, "after the year 9999" in late.message) == (400, True)
    with pytest.raises(ValueError, match="seconds must be a number from 0"):
        sandbox.advance_clock(-1)


def test_the_version_changes_while_it_runs_and_reset_changes_it_back(
    sandbox: Sandbox, client: Client
) -> None:
    client.run()
    assert "methodology" not in client.get(experiment()).json
    assert control(client, "PUT", "/api-version", {"apiVersion": "2026"}).status == 204
    assert "methodology" in client.get(experiment()).json
    newer: str = sandbox.api_version
    assert newer == "2026"
    with pytest.raises(ValueError, match="must be one of 2023, 2026"):
        sandbox.set_api_version("2024")  # type: ignore[arg-type]
    sandbox.reset()
    assert sandbox.api_version == "2023"


def test_recorded_requests_are_listed_masked_and_cleared(client: Client) -> None:
    client.get(experiments(), limit=3)
    client.create()
    client.get("/api/v2/projects/demo/experiments")
    found = control(client, "GET", "/requests", call="create_experiment").json
    assert (found["total"], found["items"][0]["status"]) == (1, 201)
    assert found["items"][0]["headers"]["authorization"] == "***"
    assert json.loads(found["items"][0]["body"])["key"] == "exp"
    page = control(client, "GET", "/requests", offset=1, limit=1).json
    assert (page["total"], [item["method"] for item in page["items"]]) == (3, ["POST"])
    assert control(client, "DELETE", "/requests").status == 204
    assert control(client, "GET", "/requests").json == {"total": 0, "items": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/flags", b"{", "not valid JSON"),
        ("POST", "/flags", b"", "no body"),
        ("POST", "/flags", b"[" * 100_000, "nested too deeply"),
        ("POST", "/flags", b'{"key": NaN}', "JSON has no NaN"),
        ("POST", "/flags", b"\xff", "not valid JSON"),
        ("POST", "/flags", b'{"key": "f", "on": true, "on": false}', "'on' is there twice."),
        ("POST", "/flags", [], "Expected an object, not a list."),
        ("POST", "/flags", {}, "The field 'key' is missing. The key of the flag."),
        ("POST", "/flags", {"key": "f", "kind": 1}, "Unknown field 'kind'. Known: key, "),
        ("POST", "/flags", {"key": "f", "on": 1}, "Expected a boolean, not 1 at on."),
        (
            "POST",
            "/flags",
            {"key": "f", "version": 0},
            "from 1 to 1000000000, not 0",
        ),
        ("POST", "/flags", {"key": "f", "version": True}, "a whole number from 1"),
        ("POST", "/flags", {"key": "f", "version": 1.5}, "a whole number from 1"),
        (
            "POST",
            "/flags",
            {"key": "f", "rules": ["a", 1]},
            "a string, not 1 at rules[1].",
        ),
        ("POST", "/flags", {"key": "f", "rules": "ab"}, 'Expected a list, not "ab" at rules.'),
        ("POST", "/flags", {"key": "\ud800"}, "Half of a surrogate pair is not text at key."),
        ("POST", "/flags", {"key": "f", "variations": ["\ud800"]}, "at variations[0]"),
        ("POST", "/flags", {"key": "f", "variations": [{"\ud800": 1}]}, "at variations[0]"),
        ("POST", "/flags", b'{"key": "f", "variations": [1e999]}', "at variations[0]"),
        ("POST", "/metrics", {"key": "m", "kind": "x"}, "one of pageview, click, custom, not"),
        ("POST", "/traffic", {"experimentKey": "x", "treatment": "t", "units": 10**6}, "100000"),
        ("POST", "/faults", {}, "A fault is one of status, drop, reset and cut"),
        ("POST", "/faults", {"status": 100}, "from 200 to 599, not 100 at status"),
        ("PUT", "/faults/rate", {"probability": 0.5, "statuses": []}, "Name at least one fault"),
        ("PUT", "/latency", {"seconds": 1e300}, "from 0 to 86400"),
        ("PUT", "/clock", {}, "The field 'at' is missing"),
        ("PUT", "/clock", {"at": -1}, "or null"),
        ("PUT", "/rate-limit", {"limit": 1, "windowSeconds": 0}, "not 0 at windowSeconds"),
        ("PUT", "/api-version", {"apiVersion": "1"}, "one of 2023, 2026"),
    ],
)
def test_a_bad_request_is_one_sentence_and_changes_nothing(
    sandbox: Sandbox, client: Client, method: str, path: str, body: Any, said: str
) -> None:
    before = sandbox.snapshot()
    headers = {"Content-Type": "application/json"}
    answer = client.call(method, f"{PREFIX}{path}", body, headers={**headers})
    assert (answer.status, answer.code) == (400, "invalid_request"), answer
    if said != "or null":
        assert said in answer.message
    assert answer.message.endswith(".")
    assert sandbox.snapshot() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/flags", {"key": "f", "projectKey": "no"}, "with POST /__sandbox/projects"),
        ("POST", "/environments", {"key": "e", "projectKey": "no"}, "no project 'no'"),
        ("PATCH", "/flags", {"key": "no"}, "no flag 'no' in 'demo'"),
        ("PATCH", "/flags", {"key": "checkout-button", "environmentKey": "no"}, "environment 'no'"),
        ("POST", "/traffic", {"experimentKey": "x", "treatment": "t"}, "no experiment 'x'"),
        ("POST", "/traffic/simulation", {"experimentKey": "x"}, "no experiment 'x'"),
    ],
)
def test_404_for_a_name_that_does_not_exist(
    client: Client, method: str, path: str, body: dict[str, str], said: str
) -> None:
    answer = control(client, method, path, body)
    assert (answer.status, answer.code, said in answer.message) == (404, "not_found", True), answer


def test_409_for_a_key_that_is_taken(sandbox: Sandbox, client: Client) -> None:
    control(client, "POST", "/members", {"email": "ana@example.com"})
    before = sandbox.snapshot()
    for path, body in (
        ("/projects", {"key": "demo"}),
        ("/environments", {"key": "test"}),
        ("/flags", {"key": "checkout-button"}),
        ("/metrics", {"key": "signup"}),
        ("/metric-groups", {"key": "checkout-funnel", "metrics": ["signup"]}),
        ("/context-kinds", {"key": "user"}),
        ("/members", {"email": "ana@example.com"}),
    ):
        answer = control(client, "POST", path, body)
        assert (answer.status, answer.code) == (409, "key_exists"), path
        assert "exists already" in answer.message
    assert sandbox.snapshot() == before


def test_a_deep_value_is_refused(client: Client) -> None:
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    answer = control(client, "POST", "/flags", {"key": "f", "variations": [deep]})
    assert (answer.status, "more than 50 levels" in answer.message) == (400, True)


def test_query_parameters_are_checked(client: Client) -> None:
    for query, said in (
        ("limit=x", "Expected a whole number from 0 to 10000, not"),
        ("limit=1&limit=2", "there 2 times"),
        ("limit=-1", "whole number"),
        ("limit=99999999999999999999", "whole number"),
        ("colour=red", "Unknown field 'colour'. Known: call, offset, limit."),
        ("call=none", "Expected one of"),
    ):
        answer = client.call("GET", f"{PREFIX}/requests?{query}")
        assert answer.status == 400, query
        assert said in answer.message
    answer = client.call("POST", f"{PREFIX}/projects?key=x", {"key": "x"})
    assert (answer.status, "Send arguments in the body" in answer.message) == (400, True)


def test_404_lists_the_verbs_and_405_the_methods(client: Client) -> None:
    for path in ("", "/", "/nothing", "/flags/", "/%66lags"):
        unknown = control(client, "GET", path)
        assert unknown.status == 404
        assert all(f"{verb.method} {PREFIX}{verb.path}" in unknown.message for verb in VERBS)
    wrong = control(client, "PUT", "/flags", {})
    assert (wrong.status, wrong.headers["Allow"]) == (405, "OPTIONS, PATCH, POST")
    assert control(client, "HEAD", "/health").status == 200
    allowed = control(client, "OPTIONS", "/state")
    assert (allowed.status, allowed.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, PUT")
    assert client.get("/__sandboxed").message.startswith("Invalid resource identifier. There is")


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_a_form_of_another_site_changes_nothing(
    sandbox: Sandbox, client: Client, kind: str | None
) -> None:
    # A browser sends these types to another site without asking it first.
    headers = {"Content-Type": kind}
    answer = client.call("POST", f"{PREFIX}/projects", b'{"key": "x"}', headers=headers)
    assert (answer.status, "application/json" in answer.message) == (415, True)
    assert "x" not in sandbox._state.projects
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    answer = client.call("POST", f"{PREFIX}/projects", b'{"key": "x"}', headers=headers)
    assert answer.status == 204


def test_the_size_of_a_document_is_limited(client: Client) -> None:
    large = b" " * (MAX_DOCUMENT_BYTES + 1)
    answer = client.call("PUT", f"{PREFIX}/state", large)
    assert (answer.status, str(MAX_DOCUMENT_BYTES) in answer.message) == (413, True)
    # Larger than the body of any other call may be.
    padded = b"{}" + b" " * 2_000_000
    headers: dict[str, str | None] = {"Content-Type": "application/json"}
    assert client.call("PUT", f"{PREFIX}/state", padded, headers=headers).status == 204


def test_an_address_that_others_can_reach_needs_the_token() -> None:
    with Sandbox(host="0.0.0.0", access_token="a-long-token") as sandbox:
        url = f"http://127.0.0.1:{sandbox.url.rpartition(':')[2]}"
        own, stranger = Client(url, "a-long-token"), Client(url, "sandbox-token")
        assert control(own, "POST", "/projects", {"key": "x"}).status == 204
        assert control(stranger, "POST", "/projects", {"key": "y"}).status == 401
        assert control(stranger, "GET", "/state").status == 401
        none: dict[str, str | None] = {"Authorization": None}
        assert stranger.call("GET", f"{PREFIX}/state", headers=none).status == 401
        assert stranger.call("GET", f"{PREFIX}/health", headers=none).status == 200
        assert stranger.call("GET", f"{PREFIX}/openapi.json", headers=none).status == 200
        assert list(sandbox._state.projects) == ["demo", "x"]
        own.close()
        stranger.close()


def test_loopback_addresses() -> None:
    hosts = ["127.0.0.1", "127.9.9.9", "::1", "localhost", "0.0.0.0", "::", "", "a.example"]
    assert [is_loopback(host) for host in hosts] == [True] * 4 + [False] * 4


def test_no_token_is_needed_on_this_computer(client: Client) -> None:
    none: dict[str, str | None] = {"Authorization": None, "LD-API-Version": None}
    assert client.call("GET", f"{PREFIX}/state", headers=none).status == 200


def test_a_request_that_waits_for_a_stop_loses_its_connection(sandbox: Sandbox) -> None:
    client = Client(sandbox.url)
    outcome: list[Any] = []

    def ask() -> None:
        try:
            outcome.append(control(client, "POST", "/projects", {"key": "late"}).status)
        except urllib3.exceptions.HTTPError as error:
            outcome.append(error)

    with sandbox._state.lock:
        asking = threading.Thread(target=ask)
        asking.start()
        sandbox._life._stopped = True
        sandbox._application.stop()
    asking.join(60)
    assert isinstance(outcome[0], urllib3.exceptions.ProtocolError)
    sandbox._life._stopped = False
    assert "late" not in sandbox._state.projects
    client.close()


def test_a_bug_is_a_500_that_says_so(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(sandbox._life, "check_usable", broken)
    assert control(client, "POST", "/reset", {}).status == 500
