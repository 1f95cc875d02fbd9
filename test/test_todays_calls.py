"""The calls of October 2026: experiments of any environment, values of ``expand``, class names."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import launchdarkly_api
from launchdarkly_api import ApiClient, ApiTypeError, Configuration, models
from launchdarkly_api._call.endpoint import SEMANTIC_PATCH, Endpoint
from launchdarkly_api.api import experiments_api
from launchdarkly_api.api.experiments_api import Expandable, ExpandableInOne
from launchdarkly_api.apis import ExperimentsApi, ExperimentsBetaApi
from launchdarkly_api.exceptions import ConflictException

ANY_PATH = re.compile(".*")
DOCUMENT: dict[str, Any] = json.loads(Path(__file__).with_name("today.json").read_text())
OPERATIONS = {
    re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation["operationId"]).lower(): (
        *(method.upper(), path, operation),
    )
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if isinstance(operation, dict)
}
ENDPOINTS = {e.name: e for e in vars(experiments_api).values() if isinstance(e, Endpoint)}
#: The names that the document has given to two models since 2023.
RENAMED = {"RandomizationSettingsPut", "RandomizationSettingsRep"}


@pytest.fixture
def today(httpserver: HTTPServer) -> ExperimentsApi:
    return ExperimentsApi(ApiClient(Configuration(host=httpserver.url_for(""))))


def experiment(key: str, environment: str) -> dict[str, Any]:
    return {
        "key": key,
        "name": key,
        "_maintainerId": "m",
        "_creationDate": 1,
        "_links": {},
        "environmentKey": environment,
    }


def test_the_class_has_the_calls_of_the_document_and_no_others() -> None:
    assert ENDPOINTS.keys() == OPERATIONS.keys()
    assert all(callable(getattr(ExperimentsApi, name)) for name in OPERATIONS)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_endpoint_holds_the_facts_of_the_document(name: str) -> None:
    method, path, operation = OPERATIONS[name]
    ours = ENDPOINTS[name]
    assert (ours.method, ours.path) == (method, path)
    parameters = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
    assert [p.wire for p in ours.query_parameters] == parameters
    statuses = {int(status) for status in operation["responses"]}
    assert {ours.success, *ours.errors, *ours.observed} >= statuses
    assert ours.deprecated == operation.get("deprecated", False)
    assert not ours.withdrawn
    returned = operation["responses"][str(ours.success)]["content"]["application/json"]["schema"]
    named = returned["$ref"].rpartition("/")[2]
    assert getattr(models, str(ours.returns)) is getattr(models, named)
    if "requestBody" in operation:
        sent = operation["requestBody"]["content"]
        body = next(iter(sent.values()))["schema"]["$ref"].rpartition("/")[2]
        assert getattr(models, str(ours.body)) is getattr(models, body)
        assert ours.content_type == (SEMANTIC_PATCH if method == "PATCH" else "application/json")


def test_the_renamed_models_have_both_names() -> None:
    for name in RENAMED:
        former = name.replace("Randomization", "Experimentation")
        assert getattr(models, name) is getattr(models, former)
        assert name in dir(models)


def test_both_classes_are_found_where_programs_look_for_them() -> None:
    from launchdarkly_api.api.experiments_api import ExperimentsApi as ByModule

    assert ExperimentsApi is ByModule is launchdarkly_api.ExperimentsApi
    assert issubclass(ExperimentsBetaApi, ExperimentsApi)
    own = {name for name in vars(ExperimentsBetaApi) if not name.startswith("_")}
    assert not own & {name for name in vars(ExperimentsApi) if not name.startswith("_")}


def test_experiments_of_any_environment_are_listed(
    today: ExperimentsApi, httpserver: HTTPServer
) -> None:
    body = {"items": [experiment("a", "test"), experiment("a", "production")], "total_count": 2}
    httpserver.expect_request("/api/v2/projects/p/experiments").respond_with_json(body)
    page = today.get_experiments_any_env(
        "p",
        limit=5,
        offset=10,
        filter={"status": "running"},
        expand=["treatments", "analysisConfig"],
        lifecycle_state="active",
    )
    request, _ = httpserver.log[0]
    assert dict(request.args) == {
        "limit": "5",
        "offset": "10",
        "filter": "status:running",
        "expand": "treatments,analysisConfig",
        "lifecycleState": "active",
    }
    assert request.headers["LD-API-Version"] == "beta"
    assert [each.environment_key for each in page.items or []] == ["test", "production"]


def test_iterating_gets_each_experiment_of_each_environment_once(
    today: ExperimentsApi, httpserver: HTTPServer
) -> None:
    stored = [
        experiment(f"e{n}", environment) for n in range(30) for environment in ("test", "live")
    ]

    def serve(request: Request) -> Response:
        limit, offset = int(request.args["limit"]), int(request.args["offset"])
        body = {"items": stored[offset : offset + limit], "total_count": len(stored)}
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/api/v2/projects/p/experiments").respond_with_handler(serve)
    found = list(today.iter_experiments_any_env("p", page_size=7, expand="analysisConfig"))
    assert [(each.key, each.environment_key) for each in found] == [
        (each["key"], each["environmentKey"]) for each in stored
    ]
    assert {request.args["expand"] for request, _ in httpserver.log} == {"analysisConfig"}
    with pytest.raises(ApiTypeError, match=r"iter_experiments_any_env\(\) takes no async_req"):
        today.iter_experiments_any_env("p", async_req=True)  # type: ignore[call-arg]


def test_a_subclass_lists_the_pages_in_its_own_way() -> None:
    class Fixed(ExperimentsApi):
        def get_experiments_any_env(self, *_: Any, **__: Any) -> models.ExperimentCollectionRep:
            items = [models.Experiment("k", "n", "m", 1, {})]
            return models.ExperimentCollectionRep(items=items, total_count=1)

    (only,) = Fixed().iter_experiments_any_env("p")
    assert only.key == "k"


def test_the_values_of_expand_are_those_of_the_document() -> None:
    several = {
        *("previousIterations", "draftIteration", "secondaryMetrics", "treatments"),
        "analysisConfig",
    }
    assert {*get_args(Expandable)} == several
    one = {word for part in get_args(ExpandableInOne) for word in get_args(part) or (part,)}
    assert one == several | {"mutableFieldsByStatus"}
    for name in ("get_experiments", "get_experiments_any_env", "get_experiment"):
        assert inspect.signature(getattr(ExperimentsApi, name)).parameters["expand"]


def test_a_conflict_has_its_model(today: ExperimentsApi, httpserver: HTTPServer) -> None:
    said = {"code": "optimistic_locking_error", "message": "Try again later"}
    httpserver.expect_request(ANY_PATH).respond_with_json(said, status=409)
    patch = {"instructions": [{"kind": "archiveExperiment"}]}
    with pytest.raises(ConflictException) as caught:
        today.patch_experiment("p", "e", "x", patch)
    assert caught.value.error == models.StatusConflictErrorRep(**said)
