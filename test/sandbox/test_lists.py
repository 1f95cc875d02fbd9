"""Paging, filters, expansions and lifecycle states."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import (
    Client,
    experiment,
    experiments,
    iteration_input,
    metric,
    on_flag,
)


def keys(client: Client, path: str = experiments(), **query: Any) -> list[str]:
    answer = client.get(path, **query)
    assert answer.status == 200, answer
    return [item["key"] for item in answer.json["items"]]


@pytest.fixture
def many(client: Client) -> list[str]:
    names = [f"exp-{number:02}" for number in range(45)]
    for name in names:
        assert client.create(name).status == 201
    return names


def test_an_empty_list_has_no_items_and_no_links_to_pages(client: Client) -> None:
    answer = client.get(experiments()).json
    assert answer["items"] == []
    assert answer["total_count"] == 0
    assert answer["_links"].keys() == {"self"}


def test_a_page_has_twenty_items_by_default(client: Client, many: list[str]) -> None:
    answer = client.get(experiments()).json
    assert [item["key"] for item in answer["items"]] == many[:20]
    assert answer["total_count"] == 45
    assert answer["_links"].keys() == {"self", "first", "next", "last"}


def test_the_links_lead_through_all_pages_and_back(client: Client, many: list[str]) -> None:
    seen, page = [], client.get(experiments(), limit=10).json
    while True:
        seen += [item["key"] for item in page["items"]]
        if "next" not in page["_links"]:
            break
        page = client.get(page["_links"]["next"]["href"]).json
    assert seen == many
    assert page["_links"]["last"] == page["_links"]["self"]
    back = client.get(page["_links"]["prev"]["href"]).json
    assert [item["key"] for item in back["items"]] == many[30:40]
    first = client.get(page["_links"]["first"]["href"]).json
    assert [item["key"] for item in first["items"]] == many[:10]
    assert "prev" not in first["_links"]


def test_the_last_page_may_be_full(client: Client, many: list[str]) -> None:
    links = client.get(experiments(), limit=15).json["_links"]
    last = client.get(links["last"]["href"]).json
    assert [item["key"] for item in last["items"]] == many[30:]
    assert "next" not in last["_links"]
    assert "first" not in client.get(experiments(), limit=45).json["_links"]


def test_offset_counts_items(client: Client, many: list[str]) -> None:
    assert keys(client, limit=3, offset=7) == many[7:10]
    assert keys(client, offset=44) == many[44:]
    assert keys(client, offset=45) == []
    assert keys(client, limit=100) == many
    answer = client.get(experiments(), limit=0).json
    assert (answer["items"], answer["total_count"]) == ([], 45)
    assert answer["_links"].keys() == {"self"}
    assert client.get(experiments(), offset=5).json["_links"]["prev"]["href"].endswith("offset=0")


@pytest.mark.parametrize(("offset", "previous"), [(1000, 40), (52, 40), (44, 34), (5, 0)])
def test_from_past_the_end_a_link_leads_back_to_the_last_page(
    client: Client, many: list[str], offset: int, previous: int
) -> None:
    answer = client.get(experiments(), filter="status:not_started", limit=10, offset=offset).json
    href = answer["_links"]["prev"]["href"]
    assert f"offset={previous}&" in href
    assert client.get(href).json["items"]


def test_links_keep_the_other_parameters(client: Client, many: list[str]) -> None:
    query = {"filter": "flagKey:checkout-button", "expand": "treatments"}
    answer = client.get(experiments(), limit=2, **query).json
    href = answer["_links"]["next"]["href"]
    assert href.startswith(experiments() + "?")
    given = parse_qs(urlsplit(href).query)
    assert given == {"limit": ["2"], "offset": ["2"], **{k: [v] for k, v in query.items()}}
    assert "treatments" in client.get(href).json["items"][0]["currentIteration"]


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize("value", ["-1", "x", "", "1.5", "٣", "9" * 30, "1e3", "+1", "--1"])
def test_400_for_a_limit_or_offset_that_is_not_a_number(
    client: Client, name: str, value: str
) -> None:
    answer = client.get(experiments(), **{name: value})
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.message.startswith(name)


def test_400_for_two_limits(client: Client) -> None:
    answer = client.get(experiments() + "?limit=1&limit=2")
    assert (answer.status, answer.message) == (400, "limit is given 2 times. Give it once.")


@pytest.fixture
def mixed(sandbox: Sandbox, client: Client) -> None:
    """One running, one stopped with a running iteration after it, one archived, two drafts."""
    flag = sandbox.add_flag("banner")
    client.run("running")
    client.create("draft", metrics=[metric("revenue", primary=True)])
    client.run("restarted", **on_flag(flag))
    client.stop("restarted")
    body = iteration_input(**on_flag(flag, metrics=[metric("revenue", primary=True)]))
    client.call("POST", experiment("restarted") + "/iterations", body)
    client.create("archived")
    client.patch({"kind": "archiveExperiment"}, key="archived")


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("", ["running", "draft", "restarted"]),
        ("status:running", ["running"]),
        ("status:stopped", ["restarted"]),
        ("status:not_started", ["draft", "restarted"]),
        ("flagKey:banner", ["restarted"]),
        ("flagKey:checkout-button", ["running", "draft"]),
        ("flagKey:nope", []),
        ("metricKey:signup", ["running", "restarted"]),
        ("metricKey:revenue", ["running", "draft", "restarted"]),
        ("flagKey:checkout-button,status:running,metricKey:page-load-ms", ["running"]),
        ("flagKey:banner, status:not_started", ["restarted"]),
        ("status:running,status:stopped", []),
    ],
)
def test_filters_select_experiments(
    client: Client, mixed: None, filter: str, expected: list[str]
) -> None:
    assert keys(client, filter=filter) == expected


@pytest.mark.parametrize(
    ("filter", "said"),
    [
        ("nope:1", "field 'nope' is unknown. Known: flagKey, metricKey, status."),
        ("status:paused", "status 'paused' is unknown. Known: not_started, running, stopped."),
        ("status", "must have the form field:value"),
        ("flagKey:", "must have the form field:value"),
        (":running", "field '' is unknown"),
    ],
)
def test_400_for_an_unknown_filter(client: Client, filter: str, said: str) -> None:
    answer = client.get(experiments(), filter=filter)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert said in answer.message


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("", ["running", "draft", "restarted"]),
        ("active", ["running", "draft", "restarted"]),
        ("archived", ["archived"]),
        ("archived,active", ["running", "draft", "restarted", "archived"]),
    ],
)
def test_lifecycle_states_select_experiments(
    client: Client, mixed: None, states: str, expected: list[str]
) -> None:
    assert keys(client, lifecycleState=states) == expected


def test_400_for_an_unknown_lifecycle_state(client: Client) -> None:
    answer = client.get(experiments(), lifecycleState="active,gone")
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.message == "lifecycleState 'gone' is unknown. Known: active, archived."


@pytest.mark.parametrize("path", [experiments(), experiment()])
def test_400_for_an_unknown_expansion(client: Client, path: str) -> None:
    client.create()
    answer = client.get(path, expand="treatments,everything")
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert "expand 'everything' is unknown" in answer.message


def test_400_for_an_unknown_expansion_of_an_empty_list(client: Client) -> None:
    assert client.get(experiments(), expand="everything").status == 400


def test_nothing_is_expanded_by_default(client: Client) -> None:
    client.run()
    client.call("POST", experiment() + "/iterations", iteration_input())
    answer = client.get(experiment()).json
    assert not {"draftIteration", "previousIterations"} & answer.keys()
    assert not {"treatments", "secondaryMetrics"} & answer["currentIteration"].keys()
    assert client.get(experiments()).json["items"] == [answer]


def test_each_expansion_by_itself(client: Client) -> None:
    client.run()
    client.call("POST", experiment() + "/iterations", iteration_input())
    client.start(changeJustification="next")
    client.call("POST", experiment() + "/iterations", iteration_input())
    for name in ("draftIteration", "previousIterations"):
        answer = client.get(experiment(), expand=name).json
        assert {"draftIteration", "previousIterations"} & answer.keys() == {name}
    for name in ("treatments", "secondaryMetrics"):
        iteration = client.get(experiment(), expand=name).json["currentIteration"]
        assert {"treatments", "secondaryMetrics"} & iteration.keys() == {name}
    all_of_it = client.get(
        experiment(), expand="draftIteration,previousIterations,treatments,secondaryMetrics"
    ).json
    for iteration in (
        all_of_it["draftIteration"],
        all_of_it["currentIteration"],
        *all_of_it["previousIterations"],
    ):
        assert [arm["name"] for arm in iteration["treatments"]] == ["control", "treatment"]
        assert [m["key"] for m in iteration["secondaryMetrics"]] == ["revenue", "page-load-ms"]


def test_an_empty_expansion_is_omitted(client: Client) -> None:
    client.create(metrics=[metric("signup", primary=True)])
    answer = client.get(
        experiment(), expand="draftIteration,previousIterations,secondaryMetrics"
    ).json
    assert not {"draftIteration", "previousIterations"} & answer.keys()
    assert "secondaryMetrics" not in answer["currentIteration"]
