"""Each call: the exact request, the model that it returns, each documented error."""

from __future__ import annotations

import inspect
import json
import re
import sys
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from launchdarkly_api import ApiException, __version__, exceptions, models
from launchdarkly_api._transport.content import ACCEPT_ENCODING
from launchdarkly_api.api import experiments_beta_api
from launchdarkly_api.apis import ExperimentsApi, ExperimentsBetaApi
from test.conftest import TOKEN
from test.contract import CONTRACT, ENDPOINTS, ERROR_MODELS, arguments, by_name, example, path

ANY_PATH = re.compile(".*")
EXCEPTIONS = {
    400: exceptions.BadRequestException,
    401: exceptions.UnauthorizedException,
    403: exceptions.ForbiddenException,
    404: exceptions.NotFoundException,
    405: exceptions.MethodNotAllowedException,
    429: exceptions.RateLimitedException,
}
ERRORS = [(endpoint["name"], status) for endpoint in ENDPOINTS for status in endpoint["errors"]]
ALL = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint["name"])


def answer(httpserver: HTTPServer, status: int = 200, body: Any = None) -> None:
    """Respond to every request with this."""
    text = "" if body is None else json.dumps(body)
    httpserver.expect_request(ANY_PATH).respond_with_data(
        text, status=status, content_type="application/json"
    )


def only_request(httpserver: HTTPServer) -> Request:
    """The one request that arrived."""
    assert len(httpserver.log) == 1
    return httpserver.log[0][0]


@ALL
def test_each_call_sends_the_request_of_the_contract(
    endpoint: dict[str, Any], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    returns = endpoint["returns"]
    answer(httpserver, endpoint["success"], example(returns) if returns else None)

    result = getattr(api, endpoint["name"])(*arguments(endpoint))

    request = only_request(httpserver)
    assert request.method == endpoint["method"]
    assert request.environ["RAW_URI"] == path(endpoint)
    sent = {name: value for name, value in request.headers.items() if name != "Host"}
    expected = {
        "Accept": "application/json",
        "Accept-Encoding": ACCEPT_ENCODING,
        "Authorization": TOKEN,
        "Ld-Api-Version": "beta",
        "User-Agent": f"launchdarkly-experiments/{__version__} python/{sys.version.split()[0]}",
    }
    if "body" in endpoint:
        semantic = "; domain-model=launchdarkly.semanticpatch"
        patch = endpoint["name"] == "patch_experiment"
        expected["Content-Type"] = "application/json" + (semantic if patch else "")
        expected["Content-Length"] = str(len(request.data))
        assert json.loads(request.data) == example(endpoint["body"]["type"])
    elif endpoint["method"] == "DELETE":
        sent.pop("Content-Length", None)
    assert sent == expected
    if returns:
        assert type(result) is getattr(models, returns)
        assert api.api_client.sanitize_for_serialization(result) == example(returns)
    else:
        assert result is None


@ALL
def test_query_parameters_are_sent_under_their_wire_names(
    endpoint: dict[str, Any], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    parameters = endpoint.get("query_parameters", [])
    given = {p["name"]: 7 if p["type"] == "int" else f"{p['name']}:a,b" for p in parameters}
    returns = endpoint["returns"]
    answer(httpserver, endpoint["success"], example(returns) if returns else None)

    getattr(api, endpoint["name"])(*arguments(endpoint), **given)

    query = only_request(httpserver).args.to_dict(flat=False)
    assert query == {p["query"]: [str(given[p["name"]])] for p in parameters}


@ALL
def test_each_signature_names_the_parameters_of_the_contract(endpoint: dict[str, Any]) -> None:
    method = getattr(ExperimentsBetaApi, endpoint["name"])
    parameters = list(inspect.signature(method).parameters.values())[1:]
    required = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    expected = [p["name"] for p in endpoint["path_parameters"]]
    expected += [endpoint["body"]["name"]] if "body" in endpoint else []
    assert required == expected
    optional = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    assert optional == [p["name"] for p in endpoint.get("query_parameters", [])]
    documentation = inspect.getdoc(method) or ""
    assert all(f"{name}: " in documentation for name in required + optional)


def test_calls_stand_in_the_order_of_the_contract() -> None:
    calls = [endpoint["name"] for endpoint in ENDPOINTS]
    for api in (ExperimentsApi, ExperimentsBetaApi):
        own = [name for name in vars(api) if name in calls]
        assert own == [name for name in calls if name in own]
        calls = [name for name in calls if name not in own]
    assert calls == []


@ALL
def test_each_endpoint_holds_the_facts_of_the_contract(endpoint: dict[str, Any]) -> None:
    ours = getattr(experiments_beta_api, endpoint["name"].upper())
    assert (ours.method, ours.path) == (endpoint["method"], endpoint["path"])
    assert (ours.success, list(ours.errors)) == (endpoint["success"], endpoint["errors"])
    assert ours.returns == endpoint["returns"]
    assert ours.deprecated >= endpoint.get("deprecated", False)


@pytest.mark.parametrize(("name", "status"), ERRORS)
def test_each_documented_error_raises_its_exception(
    name: str, status: int, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    said = {"code": "some_code", "message": "Some message", "id": "some-id"}
    answer(httpserver, status, said)

    with pytest.raises(ApiException) as caught:
        getattr(api, name)(*arguments(by_name(name)))

    error = caught.value
    assert type(error) is EXCEPTIONS[status]
    assert (error.status, error.code, error.message) == (status, "some_code", "Some message")
    assert error.error_id == "some-id"
    assert json.loads(error.body or "") == said
    assert error.headers
    assert error.headers["content-type"] == "application/json"
    assert type(error.error).__name__ == ERROR_MODELS[str(status)]
    assert error.error is not None
    assert error.error["code"] == "some_code"
    assert error.method == by_name(name)["method"]
    assert "Some message" in str(error)


def test_the_contract_has_ten_calls_and_43_models() -> None:
    assert (len(CONTRACT["endpoints"]), len(CONTRACT["models"])) == (10, 43)


@pytest.mark.parametrize("status", [409, 422, 500, 502, 599, 418, 304])
def test_an_undocumented_status_raises_an_exception_too(
    status: int, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    answer(httpserver, status, None if status == 304 else {"message": "no"})

    with pytest.raises(ApiException) as caught:
        api.get_experimentation_settings("p")

    kinds = {409: exceptions.ConflictException, 422: exceptions.UnprocessableEntityException}
    expected = exceptions.ServiceException if status >= 500 else ApiException
    assert type(caught.value) is kinds.get(status, expected)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", None, None),
        (b"<html><h1>502 Bad Gateway</h1></html>", None, None),
        (b"\xff\x00 not text", None, None),
        (b'{"message": "only this"}', None, "only this"),
        (b'{"code": 7, "message": ["x"], "id": null}', None, None),
        (b'["a list"]', None, None),
        (b"null", None, None),
        (b"[" * 100_000, None, None),
    ],
)
@pytest.mark.parametrize("status", [401, 502])
def test_an_error_may_have_any_body(
    status: int,
    body: bytes,
    code: str | None,
    message: str | None,
    api: ExperimentsBetaApi,
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_data(body, status=status)

    with pytest.raises(ApiException) as caught:
        api.get_experimentation_settings("p")

    error = caught.value
    assert (error.status, error.code, error.message) == (status, code, message)
    assert error.body == body.decode("utf-8", "replace")
    assert len(str(error)) < 1000
    if not isinstance(json_or_none(body), dict) or status == 502:
        assert error.error is None


def json_or_none(body: bytes) -> Any:
    """The body as JSON, or None if it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b"<html>captive portal</html>", "is not JSON"),
        (b'{"items": [', "is not JSON"),
        (b'{"a": "\xff"}', "is not text in utf-8"),
        (b"[" * 100_000, "is nested too deep"),
    ],
)
def test_a_response_that_is_not_json_raises_one_short_exception(
    body: bytes, words: str, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_data(body, 200)

    with pytest.raises(ApiException, match=words) as caught:
        api.get_experiments("p", "e")

    assert caught.value.status == 200
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"items": 5}, "items"),
        ({"items": [{"key": 7}]}, "items[0].key"),
        ({"total_count": "many"}, "total_count"),
        ({"_links": {"next": []}}, "_links.next"),
        ({"items": [{}]}, "items[0].key"),
    ],
)
def test_a_response_of_the_wrong_shape_names_the_path_to_the_value(
    change: dict[str, Any], where: str, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    answer(httpserver, 200, change)

    with pytest.raises(exceptions.ApiTypeError) as caught:
        api.get_experiments("p", "e")

    assert str(caught.value).endswith(f"at {where}")


def test_a_wrong_value_deep_in_a_response_is_named_with_its_path(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    page = example("ExperimentCollectionRep")
    page["items"] += [example("Experiment") for _ in range(3)]
    page["items"][3]["currentIteration"]["createdAt"] = "yesterday"
    answer(httpserver, 200, page)

    with pytest.raises(exceptions.ApiTypeError) as caught:
        api.get_experiments("p", "e")

    assert caught.value.path_to_item == ["items", 3, "currentIteration", "createdAt"]
    assert "items[3].currentIteration.createdAt" in str(caught.value)


def test_a_response_is_read_in_its_charset(api: ExperimentsBetaApi, httpserver: HTTPServer) -> None:
    body = json.dumps({"_projectKey": "é"}, ensure_ascii=False).encode("latin-1")
    for content_type in ("application/json; charset=ISO-8859-1", 'text/json;charset="latin-1"'):
        httpserver.clear()
        httpserver.expect_request(ANY_PATH).respond_with_response(
            Response(body, content_type=content_type)
        )
        assert api.get_experimentation_settings("p").project_key == "é"


def test_an_unknown_charset_is_read_as_utf8(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    response = Response(b'{"_projectKey": "x"}', content_type="application/json; charset=klingon")
    httpserver.expect_request(ANY_PATH).respond_with_response(response)
    assert api.get_experimentation_settings("p").project_key == "x"
