"""Every link of every response leads to a response: followed to the end, from all that there is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.service.endpoints import READS
from launchdarkly_api.sandbox.service.examples import put_examples
from test.sandbox.client import Client, experiment_post, experiments, iteration_input, on_flag
from test.sandbox.test_reads import place

EXPAND = "previousIterations,draftIteration,secondaryMetrics,treatments,analysisConfig"
#: Keys that a path must quote.
KEYS = ["plain", "a/b", "sp ace", "per%cent", "quest?ion", "ha#sh", "snow☃", "..."]


def links(value: Any) -> Iterator[str]:
    """Every ``href`` at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("href"), str):
            yield value["href"]
        for part in value.values():
            yield from links(part)
    elif isinstance(value, list):
        for part in value:
            yield from links(part)


def followed(client: Client, starts: list[str]) -> dict[str, int]:
    """The status of everything that the links lead to."""
    statuses: dict[str, int] = {}
    waiting = list(starts)
    while waiting:
        target = waiting.pop()
        if target in statuses:
            continue
        assert target.startswith("/")
        answer = client.get(target)
        statuses[target] = answer.status
        if answer.status == 200 and answer.headers["Content-Type"] == "application/json":
            waiting += links(answer.json)
    return statuses


def fill(sandbox: Sandbox, client: Client, rng: random.Random) -> None:
    """Add projects with experiments in random states."""
    put_examples(sandbox._state)
    for project in KEYS:
        environments = rng.sample(KEYS, 2)
        sandbox.add_project(project, environments=environments)
        sandbox.add_metric("signup", project_key=project)
        sandbox.add_metric("m/1", project_key=project, kind="click")
        sandbox.add_metric_group("g 1", ["m/1", "signup"], project_key=project)
        sandbox.add_context_kind("org/1", project_key=project)
        for key in rng.sample(KEYS, 4):
            flag = sandbox.add_flag(key, project_key=project, rules=["r"])
            body = experiment_post(key, **on_flag(flag, metrics=[]))
            body["iteration"]["primarySingleMetricKey"] = "signup"
            body["iteration"]["metrics"] = [{"key": "signup", "primary": True}] + [
                {"key": "m/1", "primary": False}
            ] * rng.randrange(2)
            place_of = experiments_of(project, rng.choice(environments))
            assert client.call("POST", place_of, body).status == 201
            move(client, f"{place_of}/{quoted(key)}", rng, body["iteration"])


def quoted(key: str) -> str:
    return quote(key, safe="")


def experiments_of(project: str, environment: str) -> str:
    return f"/api/v2/projects/{quoted(project)}/environments/{quoted(environment)}/experiments"


def move(client: Client, target: str, rng: random.Random, iteration: Any) -> None:
    """Take an experiment some random steps through its life."""
    headers: Any = {"Content-Type": "application/json; domain-model=launchdarkly.semanticpatch"}
    for _ in range(rng.randrange(5)):
        kind = rng.choice(["startIteration", "stopIteration", "archiveExperiment", "draft"])
        if kind == "draft":
            client.call("POST", f"{target}/iterations", iteration)
        else:
            body = {"instructions": [{"kind": kind, "changeJustification": "next"}]}
            client.call("PATCH", target, body, headers=headers)


@pytest.mark.parametrize("api_version", ["2023", "2026"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_link_leads_to_a_response(api_version: Any, seed: int) -> None:
    with Sandbox(api_version=api_version) as sandbox:
        client = Client(sandbox.url)
        fill(sandbox, client, random.Random(seed))
        lists = [
            f"{experiments_of(project.key, environment)}?lifecycleState=active,archived"
            f"&limit=1&expand={EXPAND}"
            for project in sandbox._state.projects.values()
            for environment in project.environments
        ]
        reads = [f"{place(template)}?limit=2&env=test" for _, _, template in READS]
        expanded = [
            "/api/v2/projects?expand=environments&limit=2",
            "/api/v2/metrics/demo/signup?expand=experiments,metricGroups",
            "/api/v2/projects/demo/experimentation-settings",
        ]
        if api_version == "2023":
            expanded += [
                "/api/v2/flags/demo/checkout-button/experiments/test/signup",
                f"{experiments()}/checkout-button/metrics/signup/results",
            ]
        statuses = followed(client, [*lists, *reads, *expanded])
        client.close()
    assert {target for target, status in statuses.items() if status != 200} == set()
    kinds = {urlsplit(target).path.count("/") for target in statuses}
    # The page, lists, single records and records below them were reached.
    assert {1, 3, 4, 5, 6, 8} <= kinds
    assert len(statuses) > 150


def test_a_link_that_leads_nowhere_is_noticed(client: Client) -> None:
    found = followed(client, ["/api/v2/projects/demo", "/api/v2/projects/nope"])
    assert [target for target, status in found.items() if status != 200] == [
        "/api/v2/projects/nope"
    ]


def test_what_a_write_responds_links_to_what_there_is(client: Client) -> None:
    created = client.create()
    client.start()
    drafted = client.call("POST", f"{experiments()}/exp/iterations", iteration_input())
    hrefs = [*links(created.json), *links(drafted.json)]
    assert hrefs
    assert set(followed(client, hrefs).values()) == {200}
