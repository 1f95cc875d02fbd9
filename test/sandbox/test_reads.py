"""Resources that an integration reads before it creates an experiment, in both versions.

The fixture of ``conftest`` compares each response with the document of the service.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.service.endpoints import READS, path
from launchdarkly_api.sandbox.state import catalogue, demo
from test.sandbox.client import CONTROL, SEMANTIC, Client, experiment, on_flag

PROJECT = "/api/v2/projects/demo"
FLAGS = "/api/v2/flags/demo"
METRICS = "/api/v2/metrics/demo"
GROUPS = f"{PROJECT}/metric-groups"
MEMBERS = "/api/v2/members"
#: A value of each parameter of a path that names something in the demo project.
NAMES = {
    "project": "demo",
    "environment": "test",
    "flag": "checkout-button",
    "metric": "signup",
    "group": "checkout-funnel",
    "member": "me",
}


@pytest.fixture(params=["2023", "2026"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(api_version=request.param) as running:
        yield running


def place(template: str, **names: str) -> str:
    """The path of a template, with the names of the demo project in place of its parameters."""
    parameters = [part[1:-1] for part in template.split("/") if part.startswith("{")]
    return path(template, *({**NAMES, **names}[name] for name in parameters))


def keys(client: Client, target: str, **query: Any) -> list[str]:
    answer = client.get(target, **query)
    assert answer.status == 200, answer
    return [item["key"] for item in answer.json["items"]]


@pytest.mark.parametrize(("call", "template"), [(call, path) for call, _, path in READS])
def test_each_call_responds_with_and_without_the_beta_header(
    client: Client, call: str, template: str
) -> None:
    target = place(template)
    assert client.get(target).status == 200
    assert client.call("HEAD", target).status == 200
    for version in (None, "20240415"):
        stable = client.call("GET", target, headers={"LD-API-Version": version})
        assert stable.status == (403 if "metric_group" in call else 200)
    assert client.call("GET", target, headers={"Authorization": "x"}).code == "unauthorized"


@pytest.mark.parametrize("template", [path for _, _, path in READS])
def test_each_name_in_a_path_must_exist(client: Client, template: str) -> None:
    for name in NAMES:
        if f"{{{name}}}" in template:
            missing = client.get(place(template, **{name: "nope"}))
            assert (missing.status, missing.code) == (404, "not_found")
            assert f"Unknown {name}" in missing.message.replace("metric group", "group")


@pytest.mark.parametrize("template", [path for _, _, path in READS])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_created_or_changed(client: Client, template: str, method: str) -> None:
    refused = client.call(method, place(template), {})
    assert (refused.status, refused.code) == (405, "method_not_allowed")
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_flag_tells_what_the_body_of_an_experiment_needs(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.add_environment("production")
    sandbox.add_flag("colour", variations=["red", "green"], rules=["staff"])
    sandbox.update_flag("colour", on=False)
    flag = client.get(f"{FLAGS}/colour").json
    config = flag["environments"]["test"]
    assert list(flag["environments"]) == ["test", "production"]
    assert (config["on"], config["version"]) == (False, 2)
    assert [rule["_id"] for rule in config["rules"]] == ["staff"]
    treatments = [
        {
            "name": variation["name"],
            "baseline": number == 0,
            "allocationPercent": "50",
            "parameters": [{"flagKey": "colour", "variationId": variation["_id"]}],
        }
        for number, variation in enumerate(flag["variations"])
    ]
    use = {"ruleId": "staff", "flagConfigVersion": config["version"]}
    created = client.create(treatments=treatments, flags={"colour": use})
    assert created.status == 201, created
    assert client.start().status == 400
    sandbox.update_flag("colour", on=True)
    assert client.get(f"{FLAGS}/colour").json["environments"]["test"]["version"] == 3
    assert client.start().status == 200


def test_the_environments_of_a_flag_can_be_chosen(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_environment("production")
    one = f"{FLAGS}/checkout-button"
    assert list(client.get(one, env="production").json["environments"]) == ["production"]
    assert "environments" not in client.get(one, env="nope").json
    assert "environments" not in client.get(FLAGS).json["items"][0]
    for query in ({"env": "test"}, {"filter": "filterEnv:test"}):
        (listed,) = client.get(FLAGS, **query).json["items"]
        assert list(listed["environments"]) == ["test"]
    config = listed["environments"]["test"]
    assert "rules" not in config
    assert config["_summary"]["variations"]["1"]["isOff"]
    whole = client.get(f"{FLAGS}?env=test&env=production&summary=0").json["items"][0]
    assert list(whole["environments"]) == ["test", "production"]
    assert whole["environments"]["test"]["rules"] == []
    assert "_summary" not in whole["environments"]["test"]


def test_a_flag_of_one_variation_is_off_and_on_with_the_same(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.add_flag("single", variations=[True])
    sandbox.add_flag("boolean", variations=[True, False])
    single, boolean = client.get(FLAGS, env="test", sort="-key").json["items"][::2]
    assert single["environments"]["test"]["_summary"]["variations"] == {
        "0": {
            "rules": 0,
            "nullRules": 0,
            "targets": 0,
            "contextTargets": 0,
            "isFallthrough": True,
            "isOff": True,
        }
    }
    assert (single["kind"], boolean["kind"]) == ("multivariate", "boolean")


def test_flags_are_filtered_and_ordered(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_flag("banner", name="Zebra")
    sandbox.add_flag("old", name="Aged", archived=True)
    client.create()
    assert keys(client, FLAGS) == ["checkout-button", "banner"]
    assert keys(client, FLAGS, sort="key") == ["banner", "checkout-button"]
    assert keys(client, FLAGS, sort="-name") == ["banner", "checkout-button"]
    assert keys(client, FLAGS, sort="colour") == ["checkout-button", "banner"]
    for archived in ({"archived": "true"}, {"filter": "archived:true"}):
        assert keys(client, FLAGS, **archived) == ["old"]
    assert keys(client, FLAGS, filter="state:archived") == ["old"]
    assert keys(client, FLAGS, filter="state:live,query:ZEBRA") == ["banner"]
    assert keys(client, FLAGS, filter="hasExperiment:true") == ["checkout-button"]
    assert keys(client, FLAGS, filter="hasExperiment:false") == ["banner"]
    assert keys(client, FLAGS, filter="type:permanent") == []
    assert keys(client, FLAGS, filter="tags:beta") == keys(client, FLAGS, tag="beta") == []
    assert keys(client, FLAGS, filter="colour:red") == ["checkout-button", "banner"]
    refused = client.get(FLAGS, filter="query")
    assert refused.status == 400
    assert "field:value" in refused.message


def test_metrics_are_filtered_and_ordered(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_metric("seen", kind="pageview", name="A page")
    assert keys(client, METRICS) == ["signup", "revenue", "page-load-ms", "seen"]
    assert keys(client, METRICS, sort="name")[0] == "seen"
    assert keys(client, METRICS, filter="isNumeric equals true") == ["revenue", "page-load-ms"]
    assert keys(client, METRICS, filter="eventKind equals 'pageview'") == ["seen"]
    assert keys(client, METRICS, filter='query equals ["page", "load"]') == ["page-load-ms"]
    both = 'query equals "page" and isNumeric equals false'
    assert keys(client, METRICS, filter=both) == ["seen"]
    assert keys(client, METRICS, filter='query equals "page",isNumeric equals true') == [
        "page-load-ms"
    ]
    assert keys(client, METRICS, filter='tags contains ["a"]') == []
    assert len(keys(client, METRICS, filter="maintainerIds anyOf [1]")) == 4
    assert client.get(METRICS, filter="query").status == 400
    assert client.get(METRICS, filter="query equals [a]").status == 400


def test_a_metric_tells_where_it_is_used(sandbox: Sandbox, client: Client) -> None:
    client.create()
    expand = "experiments,experimentCount,metricGroups,metricGroupCount"
    metric = client.get(f"{METRICS}/signup", expand=expand).json
    assert metric["experiments"][0]["key"] == "exp"
    assert metric["experimentCount"] == metric["metricGroupCount"] == 1
    assert metric["metricGroups"][0]["key"] == "checkout-funnel"
    assert metric["successCriteria"] == "HigherThanBaseline"
    counted = client.get(METRICS, expand="experimentCount").json["items"]
    assert [item["experimentCount"] for item in counted] == [1, 1, 1]
    group = client.get(f"{GROUPS}/checkout-funnel", expand="experimentCount,experiments").json
    assert (group["experimentCount"], group["experiments"]) == (0, [])


def test_metric_groups_are_filtered_and_ordered(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_metric_group("guards", ["revenue"], kind="standard", name="A guard")
    assert keys(client, GROUPS) == ["checkout-funnel", "guards"]
    assert keys(client, GROUPS, sort="name") == ["guards", "checkout-funnel"]
    assert keys(client, GROUPS, filter="kind equals 'standard'") == ["guards"]
    assert keys(client, GROUPS, filter="query equals 'funnel'") == ["checkout-funnel"]


def test_projects_and_environments_are_filtered_and_ordered(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.add_project("shop", name="A shop", environments=["test", "production"])
    projects = "/api/v2/projects"
    assert keys(client, projects) == ["demo", "shop"]
    assert keys(client, projects, sort="name") == ["shop", "demo"]
    assert keys(client, projects, sort="-createdOn,name") == ["shop", "demo"]
    assert keys(client, projects, filter="query:SHO") == ["shop"]
    assert keys(client, projects, filter="keys:demo|shop") == ["demo", "shop"]
    assert keys(client, projects, filter="tags:a") == []
    assert "environments" not in client.get(projects).json["items"][0]
    whole = client.get(f"{projects}/shop", expand="environments").json["environments"]
    assert [item["key"] for item in whole["items"]] == ["test", "production"]
    assert whole["totalCount"] == 2
    environments = f"{projects}/shop/environments"
    assert keys(client, environments, sort="name") == ["production", "test"]
    assert keys(client, environments, filter="query:prod") == ["production"]


def test_members_are_filtered_and_ordered(sandbox: Sandbox, client: Client) -> None:
    ana = catalogue.member(
        sandbox._state, "ana@example.com", id=None, first_name="", last_name="", role="reader"
    )
    sandbox._state.put(ana)

    def ids(**query: Any) -> list[str]:
        return [item["_id"] for item in client.get(MEMBERS, **query).json["items"]]

    assert ids() == [demo.OWNER.id, ana.id]
    assert ids(sort="-displayName") == [ana.id, demo.OWNER.id]
    assert ids(filter="query:ANA") == ids(filter="role:reader|writer") == [ana.id]
    assert ids(filter="role:admin") == ids(filter="role:owner") == [demo.OWNER.id]
    assert ids(filter=f"id:{ana.id}|x") == ids(filter="email:ana@example.com") == [ana.id]
    assert client.get(f"{MEMBERS}/me").json["_id"] == demo.OWNER.id
    assert "firstName" not in client.get(f"{MEMBERS}/{ana.id}").json


def test_lists_come_in_pages_that_link_to_each_other(sandbox: Sandbox, client: Client) -> None:
    for number in range(25):
        sandbox.add_flag(f"flag-{number:02}")
    first = client.get(FLAGS, sort="key", env="test", limit=10).json
    assert first["totalCount"] == 26
    assert first["_links"].keys() == {"self", "first", "last", "next"}
    found, answer = [], first
    while True:
        found += [item["key"] for item in answer["items"]]
        assert "environments" in answer["items"][0]
        if "next" not in answer["_links"]:
            break
        answer = client.get(answer["_links"]["next"]["href"]).json
    assert found == sorted(["checkout-button", *(f"flag-{number:02}" for number in range(25))])
    assert len(client.get(FLAGS).json["items"]) == 20
    assert client.get(FLAGS, limit="many").status == 400


def test_a_page_of_metrics_has_at_most_fifty(sandbox: Sandbox, client: Client) -> None:
    for number in range(60):
        sandbox.add_metric(f"metric-{number:02}")
    page = client.get(METRICS, limit=1000).json
    assert (len(page["items"]), page["totalCount"]) == (50, 63)
    assert "limit=50&offset=50" in page["_links"]["next"]["href"]


def test_faults_can_be_planned_for_a_call_that_reads(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(503, call="get_feature_flag")
    assert client.get(FLAGS).status == 200
    assert client.get(f"{FLAGS}/checkout-button").status == 503
    assert [request.call for request in sandbox.requests] == [
        "get_feature_flags",
        "get_feature_flag",
    ]


def test_reading_does_not_need_the_content_type_of_a_patch(client: Client) -> None:
    answer = client.call("GET", f"{FLAGS}/checkout-button", headers={"Content-Type": SEMANTIC})
    assert answer.json["variations"][0]["_id"] == CONTROL


def test_a_running_experiment_keeps_its_flag_readable(sandbox: Sandbox, client: Client) -> None:
    flag = sandbox.add_flag("a/b c")
    client.run(**on_flag(flag))
    used = client.get(experiment()).json["currentIteration"]["flags"]["a/b c"]
    assert client.get(used["_links"]["self"]["href"]).json["key"] == "a/b c"
