"""``ApiClient.call_api`` is the seam that every call passes, as in 13.0.0."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import Any
from unittest import mock

import pytest

from launchdarkly_api import ApiClient, models
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import ApiException
from test.contract import ENDPOINTS, by_name
from test.resilience.tools import PATCH, POST
from test.tools.calls import BY_METHOD, WRITES, each_call, each_method, each_write, make, make_all
from test.tools.conftest import Connect
from test.tools.service import EXPERIMENTS, TOKEN, Service, experiment

pytestmark = pytest.mark.filterwarnings("ignore:get_legacy_experiment_results:DeprecationWarning")

EXPERIMENTS_PATH = "/api/v2/projects/{projectKey}/environments/{environmentKey}/experiments"
EXPERIMENT_PATH = EXPERIMENTS_PATH + "/{experimentKey}"
SETTINGS_PATH = "/api/v2/projects/{projectKey}/experimentation-settings"
LEGACY_PATH = "/api/v2/flags/{projectKey}/{featureFlagKey}/experiments/{environmentKey}/{metricKey}"
ITERATION = POST["iteration"]
UNITS = {
    "randomizationUnits": [
        {"randomizationUnit": "user", "default": True, "standardRandomizationUnit": "user"}
    ]
}
KEYS = {"projectKey": "p", "environmentKey": "e"}
KEY = {**KEYS, "experimentKey": "k"}
LEGACY = {"projectKey": "p", "featureFlagKey": "f", "environmentKey": "e", "metricKey": "m"}
ACCEPT = {"Accept": "application/json"}
JSON = {**ACCEPT, "Content-Type": "application/json"}

#: What an override of 13.0.0 gets for a call: the call with its arguments, then path, method, path
#: parameters, query parameters, headers, JSON of the body, response type. Recorded from 13.0.0.
RECORDED: list[tuple[str, list[Any], dict[str, Any], tuple[Any, ...]]] = [
    (
        "create_experiment",
        ["p", "e", POST],
        {},
        (EXPERIMENTS_PATH, "POST", KEYS, [], JSON, POST, (models.Experiment,)),
    ),
    (
        "create_iteration",
        ["p", "e", "k", ITERATION],
        {},
        (
            EXPERIMENT_PATH + "/iterations",
            "POST",
            KEY,
            [],
            JSON,
            ITERATION,
            (models.IterationRep,),
        ),
    ),
    (
        "get_experiment",
        ["p/x", "e", "k"],
        {},
        (
            EXPERIMENT_PATH,
            "GET",
            {**KEY, "projectKey": "p/x"},
            [],
            ACCEPT,
            None,
            (models.Experiment,),
        ),
    ),
    (
        "get_experiment_results",
        ["p", "e", "k", "m"],
        {},
        (
            EXPERIMENT_PATH + "/metrics/{metricKey}/results",
            "GET",
            {**KEY, "metricKey": "m"},
            [],
            ACCEPT,
            None,
            (models.ExperimentBayesianResultsRep,),
        ),
    ),
    (
        "get_experimentation_settings",
        ["p"],
        {},
        (
            SETTINGS_PATH,
            "GET",
            {"projectKey": "p"},
            [],
            ACCEPT,
            None,
            (models.ExperimentationSettingsRep,),
        ),
    ),
    (
        "get_experiments",
        ["p", "e"],
        {},
        (EXPERIMENTS_PATH, "GET", KEYS, [], ACCEPT, None, (models.ExperimentCollectionRep,)),
    ),
    (
        "get_experiments",
        ["p", "e"],
        {
            "limit": 5,
            "offset": 10,
            "filter": "flagKey:f",
            "expand": "treatments",
            "lifecycle_state": "active",
        },
        (
            EXPERIMENTS_PATH,
            "GET",
            KEYS,
            [
                ("limit", 5),
                ("offset", 10),
                ("filter", "flagKey:f"),
                ("expand", "treatments"),
                ("lifecycleState", "active"),
            ],
            ACCEPT,
            None,
            (models.ExperimentCollectionRep,),
        ),
    ),
    (
        "get_legacy_experiment_results",
        ["p", "f", "e", "m"],
        {"_from": 1, "to": 2},
        (
            LEGACY_PATH,
            "GET",
            LEGACY,
            [("from", 1), ("to", 2)],
            ACCEPT,
            None,
            (models.ExperimentResults,),
        ),
    ),
    (
        "patch_experiment",
        ["p", "e", "k", PATCH],
        {},
        (EXPERIMENT_PATH, "PATCH", KEY, [], JSON, PATCH, (models.Experiment,)),
    ),
    (
        "put_experimentation_settings",
        ["p", UNITS],
        {},
        (
            SETTINGS_PATH,
            "PUT",
            {"projectKey": "p"},
            [],
            JSON,
            UNITS,
            (models.ExperimentationSettingsRep,),
        ),
    ),
    (
        "reset_experiment",
        ["p", "f", "e", "m"],
        {},
        (LEGACY_PATH + "/results", "DELETE", LEGACY, [], ACCEPT, None, None),
    ),
]
#: The names and values of everything that 13.0.0 passes by keyword, beside the body, the response
#: type and the host.
KEYWORDS: dict[str, Any] = {
    "post_params": [],
    "files": {},
    "auth_settings": ["ApiKey"],
    "async_req": False,
    "_check_type": True,
    "_return_http_data_only": True,
    "_preload_content": True,
    "_request_timeout": None,
    "_request_auths": None,
    "collection_formats": {},
}


class Watching(ApiClient):
    """Keeps the arguments of each call, and makes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def call_api(self, *args: Any, **kwargs: Any) -> Any:
        self.seen.append((args, kwargs))
        return super().call_api(*args, **kwargs)


@pytest.fixture
def watching(service: Service, connect: Connect) -> ExperimentsBetaApi:
    return connect(service.url, Watching)


def seen_by(api: ExperimentsBetaApi) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    assert isinstance(api.api_client, Watching)
    return api.api_client.seen


def as_json(body: Any) -> Any:
    if isinstance(body, (str, bytes)):
        return json.loads(body)
    return ApiClient.sanitize_for_serialization(body)


@pytest.mark.parametrize("recorded", RECORDED, ids=[recorded[0] for recorded in RECORDED])
def test_an_override_gets_the_arguments_that_13_0_0_passes(
    service: Service, watching: ExperimentsBetaApi, recorded: Any
) -> None:
    name, arguments, options, expected = recorded
    getattr(watching, name)(*arguments, **options)
    [(positional, named)] = seen_by(watching)
    path, method, path_params, query_params, headers, body, response_type = expected
    assert len(positional) == 5
    assert positional[:3] == (path, method, path_params)
    assert [tuple(pair) for pair in positional[3]] == query_params
    # What the service needs and 13.0.0 leaves to its callers comes on top.
    sent = dict(positional[4])
    assert sent.pop("LD-API-Version") == "beta"
    if method == "PATCH":
        assert sent.pop("Content-Type") == (
            "application/json; domain-model=launchdarkly.semanticpatch"
        )
        headers = ACCEPT
    assert sent == headers
    named = dict(named)
    assert as_json(named.pop("body")) == body
    assert named.pop("response_type") == response_type
    assert named.pop("_host") == service.url
    assert named == KEYWORDS


def test_an_override_gets_the_options_of_a_call(watching: ExperimentsBetaApi) -> None:
    auths = [{"in": "header", "key": "Authorization", "value": "other", "type": "api_key"}]
    options: dict[str, Any] = {
        "_return_http_data_only": False,
        "_preload_content": False,
        "_request_timeout": 3,
        "_check_return_type": False,
        "_request_auths": auths,
        "async_req": True,
    }
    future: Any = watching.get_experiment("p", "e", "k", **options)
    future.result(30).release_conn()
    [(_, named)] = seen_by(watching)
    assert {name: named[name] for name in KEYWORDS} == {
        **KEYWORDS,
        "async_req": True,
        "_check_type": False,
        "_return_http_data_only": False,
        "_preload_content": False,
        "_request_timeout": 3,
        "_request_auths": auths,
    }


def test_an_override_sees_all_ten_calls(service: Service, watching: ExperimentsBetaApi) -> None:
    make_all(watching)
    assert [args[1] for args, _ in seen_by(watching)] == service.methods()
    assert service.count == len(ENDPOINTS)


def test_an_override_sees_each_page_of_a_listing(
    service: Service, watching: ExperimentsBetaApi
) -> None:
    assert len(list(watching.iter_experiments("p", "e"))) == EXPERIMENTS
    offsets = [str(dict(args[3])["offset"]) for args, _ in seen_by(watching)]
    assert len(set(offsets)) == service.count > 1
    assert sorted(offsets) == sorted(request.query["offset"][0] for request in service.requests)


@each_call
def test_an_override_sees_calls_in_the_background(
    service: Service, watching: ExperimentsBetaApi, endpoint: dict[str, Any]
) -> None:
    make(watching, endpoint, async_req=True).result(30)
    assert [named["async_req"] for _, named in seen_by(watching)] == [True]
    assert service.count == 1


def test_an_override_sees_calls_that_are_submitted_or_awaited(
    service: Service, watching: ExperimentsBetaApi
) -> None:
    watching.submit(watching.get_experiment, "p", "e", "x").result(30)

    async def call() -> Any:
        return await watching.submit(watching.get_experiment, "p", "e", "y")

    assert asyncio.run(call()).key == "y"
    watching.with_http_info(watching.get_experiment, "p", "e", "z")
    assert len(seen_by(watching)) == service.count == 3


def test_an_override_may_change_every_part_of_a_call(service: Service, connect: Connect) -> None:
    class Changing(ApiClient):
        def call_api(
            self,
            resource_path: str,
            method: str,
            path_params: Any = None,
            query_params: Any = None,
            header_params: Any = None,
            *args: Any,
            **kwargs: Any,
        ) -> Any:
            path_params["projectKey"] = "other/project"
            query_params.append(("dryRun", "yes"))
            header_params["X-Audit"] = "audited"
            kwargs["body"] = {**as_json(kwargs["body"]), "comment": "by the override"}
            kwargs["response_type"] = (dict,)
            return super().call_api(
                resource_path + "/copy",
                "POST",
                path_params,
                query_params,
                header_params,
                *args,
                **kwargs,
            )

    service.failures[:] = [200]
    found: Any = connect(service.url, Changing).patch_experiment("p", "e", "x", PATCH)
    assert found == {"code": "planned", "message": "planned"}
    [arrived] = service.requests
    assert arrived.method == "POST"
    assert arrived.path == ("/api/v2/projects/other%2Fproject/environments/e/experiments/x/copy")
    assert arrived.query == {"dryRun": ["yes"]}
    assert arrived.headers["X-Audit"] == "audited"
    assert arrived.headers["LD-API-Version"] == "beta"
    assert arrived.headers["Authorization"] == TOKEN
    assert arrived.json == {**PATCH, "comment": "by the override"}


def test_an_override_may_change_the_model_that_is_sent(service: Service, connect: Connect) -> None:
    class Renaming(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            kwargs["body"].name = "renamed"
            return super().call_api(*args, **kwargs)

    post = models.ExperimentPost(
        name="n",
        maintainer_id="m",
        key="k",
        iteration=models.IterationInput(
            hypothesis="h",
            metrics=models.MetricsInput([models.MetricInput(key="m", primary=True)]),
            treatments=models.TreatmentsInput([]),
            flags=models.FlagsInput(),
        ),
    )
    connect(service.url, Renaming).create_experiment("p", "e", post)
    assert service.requests[0].json["name"] == "renamed"


class ReadOnly(ApiClient):
    """Refuses to write."""

    def call_api(self, resource_path: str, method: str, *args: Any, **kwargs: Any) -> Any:
        if method != "GET":
            raise PermissionError(f"{method} {resource_path}")
        return super().call_api(resource_path, method, *args, **kwargs)


@each_write
def test_an_override_may_refuse_a_call(service: Service, connect: Connect, method: str) -> None:
    api = connect(service.url, ReadOnly, retries=2)
    with pytest.raises(PermissionError, match=method):
        BY_METHOD[method](api)
    with pytest.raises(PermissionError, match=method):
        BY_METHOD[method](api, async_req=True)
    assert service.count == 0
    assert BY_METHOD["GET"](api).key == "x"


def test_an_override_may_answer_without_a_request(service: Service, connect: Connect) -> None:
    class Answering(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            return "answered"

    api = connect(service.url, Answering)
    assert make_all(api) == ["answered"] * len(ENDPOINTS)
    assert service.count == 0


class Signed(ApiClient):
    """An override with the signature of 13.0.0, spelt out."""

    def call_api(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        resource_path: str,
        method: str,
        path_params: Any = None,
        query_params: Any = None,
        header_params: Any = None,
        body: Any = None,
        post_params: Any = None,
        files: Any = None,
        response_type: Any = None,
        auth_settings: Any = None,
        async_req: Any = None,
        _return_http_data_only: Any = None,
        collection_formats: Any = None,
        _preload_content: Any = True,
        _request_timeout: Any = None,
        _host: Any = None,
        _check_type: Any = None,
        _request_auths: Any = None,
    ) -> Any:
        header_params = {**header_params, "X-Signed": "yes"}
        return super().call_api(
            resource_path,
            method,
            path_params,
            query_params,
            header_params,
            body,
            post_params,
            files,
            response_type,
            auth_settings,
            async_req,
            _return_http_data_only,
            collection_formats,
            _preload_content,
            _request_timeout,
            _host,
            _check_type,
            _request_auths=_request_auths,
        )


def test_an_override_may_have_the_signature_of_13_0_0(service: Service, connect: Connect) -> None:
    api = connect(service.url, Signed)
    plain = connect(service.url)
    assert make_all(api) == make_all(plain)
    assert list(api.iter_experiments("p", "e")) == list(plain.iter_experiments("p", "e"))
    signed, unsigned = (
        [request for request in service.requests if ("X-Signed" in request.headers) is value]
        for value in (True, False)
    )
    assert len(signed) == len(unsigned)
    for one, other in zip(signed[: len(ENDPOINTS)], unsigned[: len(ENDPOINTS)]):
        headers = {name: value for name, value in one.headers.items() if name != "X-Signed"}
        assert one._replace(headers=headers) == other


def test_a_content_type_reaches_an_override_with_the_signature_of_13_0_0(
    service: Service, connect: Connect
) -> None:
    semantic = "application/json; domain-model=launchdarkly.semanticpatch; x=y"
    api = connect(service.url, Signed)
    api.patch_experiment("p", "e", "x", PATCH, _content_type=semantic)
    [arrived] = service.requests
    assert (arrived.headers["Content-Type"], arrived.headers["X-Signed"]) == (semantic, "yes")


def test_an_override_may_change_the_content_type_that_a_call_was_given(
    service: Service, connect: Connect
) -> None:
    class Plain(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            assert args[4]["Content-Type"] == "text/x-given"
            args[4]["Content-Type"] = "application/json"
            return super().call_api(*args, **kwargs)

    connect(service.url, Plain).patch_experiment("p", "e", "x", PATCH, _content_type="text/x-given")
    assert service.requests[0].headers["Content-Type"] == "application/json"


def test_a_content_type_of_a_call_wins_over_that_of_the_client(
    service: Service, api: ExperimentsBetaApi
) -> None:
    api.api_client.set_default_header("content-type", "text/x-of-the-client")
    api.patch_experiment("p", "e", "x", PATCH)
    api.patch_experiment("p", "e", "x", PATCH, _content_type="application/json")
    sent = [
        {name.lower(): text for name, text in request.headers.items()}["content-type"]
        for request in service.requests
    ]
    assert sent == ["text/x-of-the-client", "application/json"]


def test_an_override_may_leave_the_token_out(service: Service, connect: Connect) -> None:
    class Anonymous(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            return super().call_api(*args, **{**kwargs, "auth_settings": []})

    connect(service.url, Anonymous).get_experiment("p", "e", "x")
    assert "Authorization" not in service.requests[0].headers


def test_call_api_has_the_parameters_of_13_0_0_in_their_order() -> None:
    theirs = list(inspect.signature(Signed.call_api).parameters)
    assert list(inspect.signature(ApiClient.call_api).parameters)[: len(theirs)] == theirs


def test_an_override_of_call_sees_every_call(service: Service, connect: Connect) -> None:
    seen: list[str] = []

    class Outer(ApiClient):
        def call(self, endpoint: Any, arguments: Any, options: Any) -> Any:
            seen.append(endpoint.name)
            if endpoint.method == "DELETE":
                raise PermissionError(endpoint.name)
            return super().call(endpoint, arguments, {**options, "_headers": {"X-Outer": "yes"}})

    api = connect(service.url, Outer)
    for endpoint in ENDPOINTS:
        if endpoint["method"] != "DELETE":
            make(api, endpoint)
    with pytest.raises(PermissionError):
        BY_METHOD["DELETE"](api)
    api.submit(api.get_experiment, "p", "e", "x").result(30)
    list(api.iter_experiments("p", "e"))
    assert len(seen) == service.count + 1
    assert all(request.headers["X-Outer"] == "yes" for request in service.requests)


@pytest.mark.parametrize(
    "target",
    ["launchdarkly_api.ApiClient.call_api", "launchdarkly_api.api_client.ApiClient.call_api"],
)
@pytest.mark.parametrize("autospec", [False, True])
@pytest.mark.parametrize("used", [False, True])
def test_a_patch_of_call_api_intercepts_all_ten_calls(
    service: Service, connect: Connect, target: str, autospec: bool, used: bool
) -> None:
    api = connect(service.url)
    if used:
        make_all(api)
        service.requests.clear()
    options: dict[str, Any] = {"autospec": True} if autospec else {}
    with mock.patch(target, **options) as seen:
        seen.return_value = "mocked"
        assert make_all(api) == ["mocked"] * len(ENDPOINTS)
        assert seen.call_count == len(ENDPOINTS)
        assert service.count == 0
    make_all(api)
    assert service.count == len(ENDPOINTS)


@each_method
def test_a_patch_of_one_client_s_call_api_is_for_that_client(
    service: Service, connect: Connect, method: str
) -> None:
    mocked, other = connect(service.url), connect(service.url)
    with mock.patch.object(mocked.api_client, "call_api", return_value="mocked") as seen:
        assert BY_METHOD[method](mocked) == "mocked"
        BY_METHOD[method](other)
    seen.assert_called_once()
    assert service.methods() == [method]


def test_a_patch_of_call_api_answers_a_listing_that_is_half_way(connect: Connect) -> None:
    empty = models.ExperimentCollectionRep(items=[], total_count=0)
    with Service(experiments=1000) as service:
        listing = connect(service.url).iter_experiments("p", "e")
        next(listing)
        with mock.patch("launchdarkly_api.ApiClient.call_api", return_value=empty):
            list(listing)
            count = service.count
        assert count < 10


def test_what_a_patch_of_call_api_raises_reaches_the_caller(
    service: Service, api: ExperimentsBetaApi
) -> None:
    error = ApiException(status=418, reason="mocked")
    with mock.patch("launchdarkly_api.ApiClient.call_api", side_effect=error) as seen:
        for method in BY_METHOD:
            with pytest.raises(ApiException) as caught:
                BY_METHOD[method](api)
            assert caught.value is error
    assert (seen.call_count, service.count) == (len(BY_METHOD), 0)


def test_a_patch_of_the_rest_client_intercepts_every_call(
    service: Service, api: ExperimentsBetaApi
) -> None:
    with mock.patch.object(api.api_client, "rest_client") as rest:
        rest.request.side_effect = PermissionError
        for method in (*WRITES, "GET"):
            with pytest.raises(PermissionError):
                BY_METHOD[method](api)
    assert service.count == 0


def test_the_override_of_a_withdrawn_call_keeps_its_note(
    service: Service, watching: ExperimentsBetaApi
) -> None:
    service.failures[:] = [404]
    with pytest.raises(ApiException) as caught:
        make(watching, by_name("get_experiment_results"))
    assert "withdrawn" in str(caught.value)
    assert service.count == 1


def test_experiments_of_an_override_are_models(watching: ExperimentsBetaApi) -> None:
    found = watching.get_experiment("p", "e", "x")
    assert isinstance(found, models.Experiment)
    assert ApiClient.sanitize_for_serialization(found) == experiment("x")
