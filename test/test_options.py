"""The private keyword arguments that every call takes."""

from __future__ import annotations

import copy
import enum
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from launchdarkly_api import ApiClient, ApiException, ApiTypeError, ApiValueError, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.events import RequestEvent
from launchdarkly_api.models import ExperimentationSettingsRep, ExperimentPatchInput, Instructions
from launchdarkly_api.response import ApiResponse
from test.contract import ENDPOINTS, arguments, example

ANY_PATH = re.compile(".*")
SETTINGS = {"_projectKey": "p", "_creationDate": 1}


@pytest.fixture
def server(httpserver: HTTPServer) -> HTTPServer:
    """The test's server, which responds with settings."""
    httpserver.expect_request(ANY_PATH).respond_with_json(SETTINGS)
    return httpserver


def headers(server: HTTPServer) -> dict[str, str]:
    """The headers of the last request."""
    return dict(server.log[-1][0].headers)


def test_status_and_headers_can_be_returned_with_the_data(
    api: ExperimentsBetaApi, server: HTTPServer
) -> None:
    untyped: Any = api.get_experimentation_settings
    data, status, answered = untyped("p", _return_http_data_only=False)
    assert isinstance(data, ExperimentationSettingsRep)
    assert (status, answered["Content-Type"]) == (200, "application/json")


def test_with_http_info_returns_data_status_and_headers(
    api: ExperimentsBetaApi, server: HTTPServer
) -> None:
    response = api.with_http_info(api.get_experimentation_settings, "p", _request_timeout=5)
    assert isinstance(response, ApiResponse)
    assert response.data.project_key == "p"
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    data, status, answered = response
    assert (data, status, answered) == (response.data, response.status, response.headers)
    assert repr(response) == "<ApiResponse 200 ExperimentationSettingsRep>"
    again = pickle.loads(pickle.dumps(response))
    assert (type(again), again) == (ApiResponse, response)
    assert copy.deepcopy(response) == response


@pytest.mark.parametrize("option", [{"async_req": True}, {"_preload_content": False}])
def test_with_http_info_refuses_options_that_change_the_result(
    option: dict[str, Any], api: ExperimentsBetaApi, server: HTTPServer
) -> None:
    untyped: Any = api
    with pytest.raises(
        ApiTypeError, match=r"with_http_info\(\) takes no (async_req=True|_preload)"
    ):
        untyped.with_http_info(api.get_experimentation_settings, "p", **option)
    assert server.log == []


@pytest.mark.parametrize("way", ["with_http_info", "submit"])
def test_iter_experiments_is_refused_as_a_single_call(way: str, api: ExperimentsBetaApi) -> None:
    with pytest.raises(ApiTypeError, match=r"iter_experiments\(\) takes no .*get_experiments"):
        getattr(api, way)(api.iter_experiments, "p", "e")


def test_with_http_info_refuses_a_method_that_is_not_a_call(
    api: ExperimentsBetaApi, server: HTTPServer
) -> None:
    untyped: Any = api
    with pytest.raises(ApiTypeError, match="this one returned ApiFuture"):
        untyped.with_http_info(api.submit, api.get_experimentation_settings, "p")


@pytest.mark.parametrize("name", ["with_http_info", "submit", "iter_experiments"])
def test_no_frame_of_an_error_shows_a_secret_of_the_options(
    name: str, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({}, status=404)
    secret = "canary-6c1d0f3a"
    options: dict[str, Any] = {
        "_headers": {"Authorization": secret},
        "_request_auths": [{"key": "X-Token", "value": secret, "in": "header"}],
    }
    make: dict[str, Callable[[], Any]] = {
        "with_http_info": lambda: api.with_http_info(api.get_experiments, "p", "e", **options),
        "submit": lambda: api.submit(api.get_experiments, "p", "", **options),
        "iter_experiments": lambda: next(api.iter_experiments("p", "e", **options)),
    }
    with pytest.raises((ApiException, ApiValueError)) as caught:
        make[name]()
    frames = [entry.frame for entry in caught.traceback if entry.path != Path(__file__)]
    assert any(frame.code.name == name or frame.code.name == "fetch" for frame in frames)
    for frame in frames:
        assert secret not in repr(frame.f_locals), frame.code.name


def test_preload_content_false_returns_the_response_of_urllib3(
    api: ExperimentsBetaApi, server: HTTPServer
) -> None:
    untyped: Any = api.get_experimentation_settings
    response = untyped("p", _preload_content=False)
    assert isinstance(response, urllib3.BaseHTTPResponse)
    assert json.loads(response.read()) == SETTINGS
    response.release_conn()


def test_an_error_is_raised_with_preload_content_false_too(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({"message": "no"}, status=404)
    untyped: Any = api.get_experimentation_settings
    with pytest.raises(ApiException, match="no"):
        untyped("p", _preload_content=False)


def test_async_req_returns_a_future(api: ExperimentsBetaApi, server: HTTPServer) -> None:
    untyped: Any = api.get_experimentation_settings
    thread = untyped("p", async_req=True)
    assert thread.get(timeout=60).project_key == "p"
    assert thread.ready()
    assert thread.successful()
    assert api.submit(api.get_experimentation_settings, "p").result().project_key == "p"


def test_arguments_of_a_background_call_are_checked_at_once(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(ApiValueError):
        api.submit(api.get_experimentation_settings, "")


def test_input_is_sent_unchecked_on_request(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("Experiment"))
    body: Any = {"instructions": "no list", "comment": 7}
    api.patch_experiment("p", "e", 12, body, _check_input_type=False)  # type: ignore[arg-type]
    request = httpserver.log[0][0]
    assert json.loads(request.data) == body
    assert request.path.endswith("/experiments/12")


def test_unchecked_input_is_sent_under_wire_names(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("IterationRep"))
    api.create_iteration("p", "e", "x", {"randomization_unit": 7}, _check_input_type=False)
    assert json.loads(httpserver.log[0][0].data) == {"randomizationUnit": 7}


def test_a_response_is_read_unchecked_on_request(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(
        {"items": [{"key": 7}], "total_count": "x"}
    )
    page: Any = api.get_experiments("p", "e", _check_return_type=False)
    assert page.items[0].key == 7
    assert page.total_count == "x"


@pytest.mark.parametrize("body", [None, [], 5, "text", [{}]])
def test_an_unchecked_response_has_its_outermost_shape(
    body: Any, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(body)
    with pytest.raises(ApiTypeError, match="Expected Experiment, got"):
        api.get_experiment("p", "e", "x", _check_return_type=False)


@pytest.mark.parametrize("naming", [True, False])
def test_spec_property_naming_is_accepted_for_old_code(
    naming: bool, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("IterationRep"))
    body = example("IterationInput")
    api.create_iteration("p", "e", "x", body, _spec_property_naming=naming)
    assert json.loads(httpserver.log[0][0].data) == body


def test_the_content_type_of_a_call_can_be_set(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("Experiment"))
    patch = ExperimentPatchInput(Instructions([]))
    api.patch_experiment("p", "e", "x", patch, _content_type="application/json")
    assert headers(httpserver)["Content-Type"] == "application/json"


def test_a_body_that_is_not_json_is_sent_as_it_is(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("Experiment"))
    untyped: Any = api.patch_experiment
    untyped("p", "e", "x", "a=b", _check_input_type=False, _content_type="text/plain")
    request = httpserver.log[0][0]
    assert (request.data, request.headers["Content-Type"]) == (b"a=b", "text/plain")


def test_host_index_selects_a_server() -> None:
    configuration = Configuration()
    asked: list[str] = []

    def note_and_stop(event: RequestEvent) -> None:
        asked.append(event.url)
        raise ZeroDivisionError

    configuration.event_hooks["request"].append(note_and_stop)
    with ApiClient(configuration) as client:
        api = ExperimentsBetaApi(client)
        for index in (0, 1, 2):
            with pytest.raises(ZeroDivisionError):
                api.get_experimentation_settings("p", _host_index=index)
        with pytest.raises(ApiValueError, match="no server 3"):
            api.get_experimentation_settings("p", _host_index=3)
        configuration.server_operation_index["get_experimentation_settings"] = 2
        with pytest.raises(ZeroDivisionError):
            api.get_experimentation_settings("p")
    hosts = [url.split("/api/")[0] for url in asked]
    default, federal, eu = (
        "https://app.launchdarkly.com",
        "https://app.launchdarkly.us",
        "https://app.eu.launchdarkly.com",
    )
    assert hosts == [default, federal, eu, eu]


@pytest.mark.parametrize(
    ("auth", "where"),
    [
        ({"in": "header", "key": "Authorization", "value": "other", "type": "api_key"}, "header"),
        ({"in": "cookie", "key": "session", "value": "other", "type": "api_key"}, "cookie"),
        ({"in": "query", "key": "token", "value": "other", "type": "api_key"}, "query"),
    ],
)
def test_a_call_may_have_credentials_of_its_own(
    auth: dict[str, Any], where: str, api: ExperimentsBetaApi, server: HTTPServer
) -> None:
    api.get_experimentation_settings("p", _request_auths=[auth])
    request = server.log[0][0]
    found = {
        "header": request.headers.get("Authorization"),
        "cookie": request.cookies.get("session"),
        "query": request.args.get("token"),
    }
    assert {place for place, value in found.items() if value == "other"} == {where}
    assert where == "header" or found["header"] is None


@pytest.mark.parametrize("place", ["header", "cookie", "query"])
def test_a_credential_without_a_value_is_not_sent(
    place: str, api: ExperimentsBetaApi, server: HTTPServer
) -> None:
    auth = {"in": place, "key": "token", "value": None, "type": "api_key"}
    api.get_experimentation_settings("p", _request_auths=[auth])
    request = server.log[0][0]
    assert not {*request.cookies, *request.args, *request.headers.keys()} & {"token", "Token"}


def test_credentials_in_an_unknown_place_are_refused(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    auth = {"in": "trailer", "key": "token", "value": "canary-value"}
    with pytest.raises(ApiValueError, match="trailer") as caught:
        api.get_experimentation_settings("p", _request_auths=[auth])
    assert "canary-value" not in str(caught.value)


def test_headers_of_a_call_win_whatever_their_case(
    api: ExperimentsBetaApi, server: HTTPServer
) -> None:
    api.api_client.set_default_header("X-Team", "from the client")
    api.get_experimentation_settings(
        "p", _headers={"x-team": "mine", "ld-api-version": "20220603", "authorization": "mine too"}
    )
    request: Request = server.log[0][0]
    assert request.headers.getlist("X-Team") == ["mine"]
    assert request.headers.getlist("LD-API-Version") == ["20220603"]
    assert request.headers.getlist("Authorization") == ["mine too"]


@pytest.mark.parametrize(
    "given",
    [{"x": "a\r\nb"}, {"x": "a\nb"}, {"x": "a\0"}, {"x y": "z"}, {"": "z"}, {"x": "日"}],
)
def test_a_header_that_breaks_the_framing_is_refused(
    given: dict[str, str], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(ApiValueError):
        api.get_experimentation_settings("p", _headers=given)
    assert httpserver.log == []


class Header(str, enum.Enum):
    VERSION = "LD-API-Version"


def test_a_header_that_is_none_is_left_out(api: ExperimentsBetaApi, server: HTTPServer) -> None:
    untyped: Any = {"X-None": None, Header.VERSION: None}
    api.get_experimentation_settings("p", _headers=untyped)
    assert "X-None" not in headers(server)
    assert "Ld-Api-Version" not in headers(server)


def test_a_members_value_is_the_name_of_a_header(
    api: ExperimentsBetaApi, server: HTTPServer
) -> None:
    api.get_experimentation_settings("p", _headers={Header.VERSION: "20240415"})
    assert headers(server)["Ld-Api-Version"] == "20240415"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"X-Bytes": b"abc"}, "'X-Bytes' is of type bytes; give a str, such as value.decode()"),
        ({"X-Number": 7}, "'X-Number' is of type int; give a str"),
        ({"X-List": ["a"]}, "'X-List' is of type list; give a str"),
        ({7: "z"}, "7 is of type int; give a header's name"),
    ],
)
def test_a_header_that_is_not_text_is_a_type_error(
    given: Any, words: str, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(ApiTypeError) as caught:
        api.get_experimentation_settings("p", _headers=given)
    assert words in str(caught.value)
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("async_req", 1),
        ("_preload_content", None),
        ("_return_http_data_only", "no"),
        ("_check_input_type", 0),
        ("_check_return_type", "yes"),
    ],
)
def test_a_boolean_option_of_another_type_is_refused(
    name: str, value: Any, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    untyped: Any = api.get_experimentation_settings
    with pytest.raises(ApiTypeError, match=name):
        untyped("p", **{name: value})
    assert httpserver.log == []


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint["name"])
def test_every_call_takes_every_option(
    endpoint: dict[str, Any], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    returns = endpoint["returns"]
    body = json.dumps(example(returns)) if returns else ""
    httpserver.expect_request(ANY_PATH).respond_with_response(
        Response(body, endpoint["success"], content_type="application/json")
    )
    options: dict[str, Any] = {
        "async_req": True,
        "_request_timeout": (5, 5),
        "_preload_content": True,
        "_return_http_data_only": False,
        "_check_input_type": True,
        "_check_return_type": True,
        "_spec_property_naming": False,
        "_content_type": None,
        "_host_index": None,
        "_request_auths": None,
        "_headers": {"X-Trace": "1"},
    }
    result, status, _ = getattr(api, endpoint["name"])(*arguments(endpoint), **options).get()
    assert status == endpoint["success"]
    assert type(result).__name__ == (returns or "NoneType")
