"""``ApiClient``: default headers, ``call_api``, encoding and closing."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any, get_type_hints

import pytest
from pytest_httpserver import HTTPServer

from launchdarkly_api import ApiClient, ApiTypeError, ApiValueError, Configuration
from launchdarkly_api.api_client import CallOptions
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.models import Experiment, ExperimentCollectionRep, Instruction, Instructions
from test.conftest import TOKEN
from test.contract import example
from test.fault_server import FaultServer

ANY_PATH = re.compile(".*")


class Body:
    """The part of a response that ``deserialize`` reads."""

    def __init__(self, data: str | bytes) -> None:
        self.data = data


def test_a_client_is_given_a_configuration() -> None:
    with pytest.raises(ApiTypeError, match="configuration is a str; give a Configuration"):
        ApiClient("api-1d7c-canary")  # type: ignore[arg-type]


def test_default_headers_and_cookie_go_with_every_call(
    configuration: Configuration, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({})
    with ApiClient(configuration, "X-Team", "checkout", cookie="a=b") as client:
        client.set_default_header("LD-API-Version", "20220603")
        client.user_agent = "tool/1"
        ExperimentsBetaApi(client).get_experimentation_settings("p")
        assert client.default_headers["X-Team"] == "checkout"
        assert client.user_agent == "tool/1"
        assert client.cookie == "a=b"
    sent = httpserver.log[0][0].headers
    assert sent["X-Team"] == "checkout"
    assert sent["Cookie"] == "a=b"
    assert sent["User-Agent"] == "tool/1"
    assert sent.getlist("LD-API-Version") == ["20220603"]


def test_the_token_wins_over_a_default_header(client: ApiClient, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({})
    client.set_default_header("authorization", "by hand")
    ExperimentsBetaApi(client).get_experimentation_settings("p")
    client.configuration.api_key = {}
    ExperimentsBetaApi(client).get_experimentation_settings("p")
    sent = [request.headers.getlist("Authorization") for request, _ in httpserver.log]
    assert sent == [[TOKEN], ["by hand"]]


def test_a_token_may_have_a_prefix_and_is_looked_up_at_each_call(
    client: ApiClient, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({})
    tokens = iter(["first", "second"])

    def refresh(configuration: Configuration) -> None:
        configuration.api_key["ApiKey"] = next(tokens)

    client.configuration.api_key_prefix["ApiKey"] = "Bearer"
    client.configuration.refresh_api_key_hook = refresh
    api = ExperimentsBetaApi(client)
    api.get_experimentation_settings("p")
    api.get_experimentation_settings("p")
    sent = [request.headers["Authorization"] for request, _ in httpserver.log]
    assert sent == ["Bearer first", "Bearer second"]


def test_last_response_is_kept(client: ApiClient, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({"_projectKey": "p"})
    assert ApiClient().last_response is None
    ExperimentsBetaApi(client).get_experimentation_settings("p")
    assert client.last_response is not None
    assert client.last_response.status == 200
    assert client.last_response.reason == "OK"
    assert json.loads(client.last_response.data) == {"_projectKey": "p"}
    assert isinstance(client.last_response.data, str)
    assert client.last_response.getheader("content-type") == "application/json"
    assert client.last_response.getheader("x-nothing", "default") == "default"
    assert client.last_response.getheaders()["Content-Type"] == "application/json"


def test_call_api_makes_any_call(client: ApiClient, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({"items": [], "total_count": 0})
    data, status, headers = client.call_api(
        "/api/v2/things/{thingKey}",
        "post",
        path_params={"thingKey": "a/b"},
        query_params=[("limit", 5), ("none", None), ("tags", ["a", "b"]), ("on", True)],
        collection_formats={"tags": "csv"},
        header_params={"X-Trace": "1"},
        body={"instructions": Instructions([Instruction(kind="x")])},
        response_type=(ExperimentCollectionRep,),
        auth_settings=["ApiKey"],
    )
    assert isinstance(data, ExperimentCollectionRep)
    assert (status, headers["content-type"]) == (200, "application/json")
    request = httpserver.log[0][0]
    assert request.method == "POST"
    assert request.environ["RAW_URI"] == "/api/v2/things/a%2Fb?limit=5&tags=a%2Cb&on=true"
    assert request.get_json() == {"instructions": [{"kind": "x"}]}
    assert request.headers["X-Trace"] == "1"
    assert request.headers["Authorization"] == TOKEN


def test_call_api_without_auth_settings_sends_no_token(
    client: ApiClient, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(7)
    result = client.call_api("/x", "GET", response_type=(int,), _return_http_data_only=True)
    assert result == 7
    assert "Authorization" not in httpserver.log[0][0].headers
    assert client.call_api("/x", "GET")[0] is None


@pytest.mark.parametrize(
    ("how", "query"),
    [("multi", "t=a&t=b"), ("ssv", "t=a+b"), ("tsv", "t=a%09b"), ("pipes", "t=a%7Cb")],
)
def test_a_list_is_encoded_in_its_collection_format(
    how: str, query: str, client: ApiClient, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({})
    client.call_api("/x", "GET", query_params=[("t", ["a", "b"])], collection_formats={"t": how})
    assert httpserver.log[0][0].query_string.decode() == query


def test_call_api_sends_text_as_it_is_and_no_form(
    client: ApiClient, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({})
    client.call_api("/x", "PUT", body="a,b", header_params={"content-type": "text/csv"})
    request = httpserver.log[0][0]
    assert (request.data, request.headers.getlist("Content-Type")) == (b"a,b", ["text/csv"])
    with pytest.raises(ApiValueError, match="form"):
        client.call_api("/x", "POST", post_params=[("a", "b")])


@pytest.mark.parametrize(
    ("text", "response_type", "expected"),
    [
        ("7", (int,), 7),
        ('"x"', (str,), "x"),
        ("plain text", (str,), "plain text"),
        (b"plain bytes", (str,), "plain bytes"),
        ("[1, 2]", ([int],), [1, 2]),
        ('{"a": 1.5}', ({str: (float,)},), {"a": 1.5}),
        ("null", (int, type(None)), None),
        ('{"a": [1, null]}', (dict,), {"a": [1, None]}),
        ("true", (bool,), True),
    ],
)
def test_deserialize_builds_a_value_of_the_response_type(
    text: Any, response_type: Any, expected: Any, client: ApiClient
) -> None:
    assert client.deserialize(Body(text), response_type, True) == expected


@pytest.mark.parametrize("pairs", [dict, lambda given: list(given.items())])
def test_parameters_are_a_mapping_or_pairs(pairs: Any, api: ExperimentsBetaApi) -> None:
    day = datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.timezone.utc)
    with FaultServer() as server:
        for path_params, query_params in (({"a": day}, {"ab": 5, "d": day}), ({"a": 1}, {})):
            api.api_client.call_api(
                "/x/{a}", "GET", pairs(path_params), pairs(query_params), _host=server.url
            )
        first, second = [request.target for request in server.requests]
    when = "2020-01-02T03%3A00%3A00%2B00%3A00"
    assert first == f"/x/{when}?ab=5&d={when}"
    assert second == "/x/1"


@pytest.mark.parametrize("name", ["path_params", "query_params"])
@pytest.mark.parametrize("value", ["ab", ["ab"], [("a", 1, 2)], [("a",)]])
def test_parameters_of_another_type_are_refused(name: str, value: Any, client: ApiClient) -> None:
    with pytest.raises(ApiTypeError, match=f"{name} is a mapping, or pairs"):
        client.call_api("/x", "GET", **{name: value})


def test_every_option_of_a_call_is_documented() -> None:
    told = {word for word in (CallOptions.__doc__ or "").split("``") if word.startswith("_")}
    assert set(get_type_hints(CallOptions)) | {"_preload_content", "_return_http_data_only"} == told


def test_the_media_type_of_a_call_wins_over_the_clients(
    client: ApiClient, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("ExperimentationSettingsRep"))
    client.set_default_header("Content-Type", "application/json")
    api = ExperimentsBetaApi(client)
    api.put_experimentation_settings("p", {"randomizationUnits": []})
    api.put_experimentation_settings("p", {"randomizationUnits": []}, _content_type="a/json")
    sent = [request.headers.getlist("Content-Type") for request, _ in httpserver.log]
    assert sent == [["application/json"], ["a/json"]]


def test_credentials_of_a_call_are_what_auth_settings_gives(
    client: ApiClient, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("ExperimentationSettingsRep"))
    other = Configuration(api_key={"ApiKey": "another-token"}).auth_settings()
    api = ExperimentsBetaApi(client)
    for auths in (other, list(other.values()), tuple(other.values()), {}):
        api.get_experimentation_settings("p", _request_auths=auths)
    sent = [request.headers.getlist("Authorization") for request, _ in httpserver.log]
    assert sent == [["another-token"]] * 3 + [[]]


def test_deserialize_gives_models_and_checks_them(client: ApiClient) -> None:
    text = client.deserialize(Body("[]"), ([Experiment],), True)
    assert text == []
    with pytest.raises(ApiTypeError):
        client.deserialize(Body('"no number"'), (int,), True)
    with pytest.raises(ApiTypeError):
        client.deserialize(Body("no json"), (Experiment,), True)


@pytest.mark.parametrize(
    ("text", "response_type"),
    [
        ("null", (Experiment,)),
        ("[]", (Experiment,)),
        ("{}", (Instructions,)),
        ("{}", ([Experiment],)),
        ("[]", ({str: (Experiment,)},)),
        ("5", (Experiment, str)),
        ('"no number"', (int,)),
        ("no json", (int,)),
    ],
)
def test_an_unchecked_response_has_its_outermost_shape(
    text: str, response_type: Any, client: ApiClient
) -> None:
    with pytest.raises(ApiTypeError, match="Expected"):
        client.deserialize(Body(text), response_type, False)


@pytest.mark.parametrize(
    ("text", "response_type", "expected"),
    [
        ('[{"key": 5}]', ([Experiment],), [{"key": 5}]),
        ('{"a": {"key": 5}}', ({str: (Experiment,)},), {"a": {"key": 5}}),
        ('{"key": 5}', (str, Experiment), {"key": 5}),
        ("[5]", (Instructions,), [5]),
        ("plain text", (int, str), "plain text"),
    ],
)
def test_an_unchecked_response_may_hold_any_values(
    text: str, response_type: Any, expected: Any, client: ApiClient
) -> None:
    answered = client.deserialize(Body(text), response_type, False)
    assert client.sanitize_for_serialization(answered) == expected


def test_sanitize_for_serialization_returns_plain_json(client: ApiClient) -> None:
    when = datetime.datetime(2023, 1, 1, tzinfo=datetime.timezone.utc)
    experiment = ApiClient().deserialize(
        Body(json.dumps(example("Experiment"))), (Experiment,), True
    )
    value = {"a": (experiment, None, 1, 1.5, True, "x"), "b": when, "c": when.date()}
    assert client.sanitize_for_serialization(value) == {
        "a": [example("Experiment"), None, 1, 1.5, True, "x"],
        "b": "2023-01-01T00:00:00+00:00",
        "c": "2023-01-01",
    }
    with pytest.raises(ApiValueError, match="object"):
        client.sanitize_for_serialization(object())


def test_a_closed_client_can_call_again(client: ApiClient, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({})
    api = ExperimentsBetaApi(client)
    for _ in range(2):
        api.get_experimentation_settings("p")
        api.submit(api.get_experimentation_settings, "p").result()
        client.close()
        client.close()
    assert len(httpserver.log) == 4


@pytest.mark.parametrize("threads", [0, -1, True, 1.5, "2", None])
def test_pool_threads_is_a_number_from_1(threads: Any) -> None:
    with pytest.raises(ApiValueError, match="pool_threads"):
        ApiClient(pool_threads=threads)


def test_an_api_without_a_client_makes_its_own() -> None:
    default = Configuration(host="https://gateway.example/ld/")
    try:
        Configuration.set_default(default)
        api = ExperimentsBetaApi()
        assert api.api_client.configuration.host == "https://gateway.example/ld"
    finally:
        Configuration.set_default(None)
    assert ExperimentsBetaApi().api_client.configuration.host == "https://app.launchdarkly.com"


def test_a_host_may_have_a_path_and_a_trailing_slash(
    configuration: Configuration, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({})
    configuration.host += "/gateway/ld/"
    with ApiClient(configuration) as client:
        ExperimentsBetaApi(client).get_experimentation_settings("p")
    assert httpserver.log[0][0].path == "/gateway/ld/api/v2/projects/p/experimentation-settings"
