"""Arguments are checked and encoded before they are sent, and never changed."""

from __future__ import annotations

import copy
import datetime
import json
import re
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from pytest_httpserver import HTTPServer

from launchdarkly_api import ApiTypeError, ApiValueError, models
from launchdarkly_api._call.encoding import encode_json
from launchdarkly_api.apis import ExperimentsBetaApi
from test.contract import ENDPOINTS, arguments, by_name, example

ANY_PATH = re.compile(".*")


@pytest.fixture
def sent(httpserver: HTTPServer) -> Callable[[], Any]:
    """A function that returns the last request that arrived."""
    httpserver.expect_request(ANY_PATH).respond_with_json({"items": []})
    return lambda: httpserver.log[-1][0]


@pytest.mark.parametrize(
    "key",
    [
        "a/b",
        "a?b",
        "a#b",
        "a%b",
        "a%2Fb",
        "a b",
        "é",
        "日本",
        "🚀",
        "a+b",
        "a&b",
        "a;b",
        "...",
        "a.b",
        "~",
    ],
)
def test_a_path_parameter_is_quoted_whole(
    key: str, api: ExperimentsBetaApi, sent: Callable[[], Any]
) -> None:
    api.get_experiments(key, "env")
    segments = sent().environ["RAW_URI"].split("/")
    assert len(segments) == 8
    assert unquote(segments[4]) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "..",
        "%2e",
        "%2E%2e",
        ".%2e",
        "%252e%252e",
        "a/../b",
        "..\\x",
        "a%2f..",
        "a\r\nb",
        "a\0b",
        "\x7f",
        "\ud800",
    ],
)
def test_a_path_parameter_that_would_change_the_path_is_refused(
    key: str, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(ApiValueError) as caught:
        api.get_experiments("project", key)
    assert caught.value.path_to_item == ["environment_key"]
    assert httpserver.log == []


@pytest.mark.parametrize("value", [None, 7, 1.5, True, b"key", ["key"], object])
def test_a_wrong_type_of_path_parameter_names_it_and_both_types(
    value: Any, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(ApiTypeError) as caught:
        api.get_experiments("project", value)
    for word in ("environment_key", "str", type(value).__name__):
        assert word in str(caught.value)
    assert httpserver.log == []


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint["name"])
def test_a_missing_argument_is_a_type_error(
    endpoint: dict[str, Any], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(TypeError, match="missing"):
        getattr(api, endpoint["name"])(*arguments(endpoint)[:-1])
    assert httpserver.log == []


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint["name"])
def test_an_unknown_keyword_is_an_api_type_error(
    endpoint: dict[str, Any], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(ApiTypeError, match=rf"{endpoint['name']}\(\).*'expnad'"):
        getattr(api, endpoint["name"])(*arguments(endpoint), expnad="treatments")
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ({"limit": 5}, "limit=5"),
        ({"limit": 0, "offset": 10}, "limit=0&offset=10"),
        ({"expand": "treatments"}, "expand=treatments"),
        ({"expand": ["treatments", "draftIteration"]}, "expand=treatments%2CdraftIteration"),
        ({"expand": ("treatments",)}, "expand=treatments"),
        ({"lifecycle_state": ["active", "archived"]}, "lifecycleState=active%2Carchived"),
        ({"filter": "status:running"}, "filter=status%3Arunning"),
        ({"filter": {"status": "running"}}, "filter=status%3Arunning"),
        (
            {"filter": {"flagKey": "f", "status": ["running", "stopped"]}},
            "filter=flagKey%3Af%2Cstatus%3Arunning%2Cstatus%3Astopped",
        ),
        ({"filter": "a b&c=d"}, "filter=a+b%26c%3Dd"),
        ({"filter": ["status:running", "flagKey:a"]}, "filter=status%3Arunning%2CflagKey%3Aa"),
        ({"filter": {"flagKey": dict.fromkeys(["a"]).keys()}}, "filter=flagKey%3Aa"),
        ({"expand": deque(["treatments", "draftIteration"])}, "expand=treatments%2CdraftIteration"),
        ({"expand": dict.fromkeys(["treatments"]).keys()}, "expand=treatments"),
        ({"expand": {1: "treatments"}.values()}, "expand=treatments"),
        ({"filter": {}, "expand": [], "lifecycle_state": set()}, ""),
        ({"filter": []}, ""),
        ({"limit": None, "expand": None}, ""),
    ],
)
def test_query_arguments_are_encoded_as_the_contract_says(
    given: dict[str, Any], query: str, api: ExperimentsBetaApi, sent: Callable[[], Any]
) -> None:
    api.get_experiments("p", "e", **given)
    assert sent().query_string.decode() == query


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"limit": "5"}, ApiTypeError, "limit"),
        ({"limit": True}, ApiTypeError, "limit"),
        ({"limit": 1.0}, ApiTypeError, "limit"),
        ({"expand": 7}, ApiTypeError, "expand"),
        ({"expand": ["treatments", 7]}, ApiTypeError, "expand"),
        ({"expand": ["a,b"]}, ApiValueError, "comma"),
        ({"expand": {"treatments": True}}, ApiTypeError, "list of str, got dict .* at expand"),
        ({"expand": b"treatments"}, ApiTypeError, "list of str, got bytes .* at expand"),
        ({"expand": bytearray(b"treatments")}, ApiTypeError, "got bytearray .* at expand"),
        ({"expand": (word for word in ["treatments"])}, ApiTypeError, "got generator .* expand"),
        ({"expand": [""]}, ApiValueError, "empty at expand"),
        ({"lifecycle_state": {"active": True}}, ApiTypeError, "got dict .* at lifecycle_state"),
        ({"filter": 7}, ApiTypeError, "list of str, or a mapping, got int 7 at filter"),
        ({"filter": {"status": 7}}, ApiTypeError, "filter"),
        ({"filter": {"status": {"running": True}}}, ApiTypeError, "got dict .* at filter"),
        ({"filter": {7: "running"}}, ApiTypeError, "got int 7 at filter"),
        ({"filter": {"status": []}}, ApiValueError, r"needs a value at filter\.status"),
        ({"filter": {"status": ""}}, ApiValueError, "empty at filter"),
        ({"filter": {"flagKey": "a,status:stopped"}}, ApiValueError, "comma"),
        ({"filter": "\ud800"}, ApiValueError, "Unicode"),
    ],
)
def test_a_wrong_query_argument_is_refused(
    given: dict[str, Any],
    error: type[Exception],
    words: str,
    api: ExperimentsBetaApi,
    httpserver: HTTPServer,
) -> None:
    with pytest.raises(error, match=words):
        api.get_experiments("p", "e", **given)
    assert httpserver.log == []


NOON = 1672574400000


@pytest.mark.parametrize(
    "time",
    [
        NOON,
        datetime.datetime(2023, 1, 1, 12, tzinfo=datetime.timezone.utc),
        datetime.datetime(2023, 1, 1, 14, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
        "2023-01-01T12:00:00Z",
        "2023-01-01T14:00:00+02:00",
        "20230101T120000Z",
    ],
)
def test_a_time_is_sent_in_epoch_milliseconds(
    time: Any, api: ExperimentsBetaApi, sent: Callable[[], Any]
) -> None:
    api.get_legacy_experiment_results("p", "f", "e", "m", _from=time, to=time)
    assert sent().args.to_dict() == {"from": str(NOON), "to": str(NOON)}


@pytest.mark.parametrize(
    ("time", "error", "words"),
    [
        (datetime.datetime(2023, 1, 1), ApiValueError, "time zone"),  # noqa: DTZ001
        ("2023-01-01T12:00:00", ApiValueError, "time zone"),
        ("yesterday", ApiValueError, "ISO 8601"),
        ("", ApiValueError, "ISO 8601"),
        (1.5, ApiTypeError, "float"),
        (True, ApiTypeError, "bool"),
        (datetime.date(2023, 1, 1), ApiTypeError, "date"),
    ],
)
def test_a_value_that_is_not_a_time_is_refused(
    time: Any, error: type[Exception], words: str, api: ExperimentsBetaApi
) -> None:
    with pytest.raises(error, match=words):
        api.get_legacy_experiment_results("p", "f", "e", "m", to=time)


SNAKE_CASE_POST: dict[str, Any] = {
    "name": "n",
    "maintainer_id": "m",
    "key": "k",
    "iteration": {
        "hypothesis": "h",
        "metrics": [{"key": "signup", "primary": True}],
        "treatments": [
            {
                "name": "t",
                "baseline": True,
                "allocation_percent": "50",
                "parameters": [{"flag_key": "f", "variation_id": "v"}],
            }
        ],
        "flags": {"f": {"rule_id": "fallthrough", "flag_config_version": 1}},
    },
}


@pytest.mark.parametrize("naming", ["wire", "python", "model"])
def test_a_body_may_be_a_model_or_a_dict_in_either_naming(
    naming: str, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("Experiment"), status=201)
    model = models.ExperimentPost(**SNAKE_CASE_POST)
    wire = api.api_client.sanitize_for_serialization(model)
    body = {"wire": wire, "python": SNAKE_CASE_POST, "model": model}[naming]
    before = copy.deepcopy(body)

    api.create_experiment("p", "e", body)

    assert json.loads(httpserver.log[0][0].data) == wire
    assert wire["iteration"]["treatments"][0]["allocationPercent"] == "50"
    assert body == before


HYPOTHESIS = {"hypothesis": "h", "metrics": [], "treatments": []}
HOLDS_ITSELF: list[Any] = []
HOLDS_ITSELF.append(HOLDS_ITSELF)


@pytest.mark.parametrize(
    ("change", "error", "where"),
    [
        ({"key": 7}, ApiTypeError, "experiment_post.key"),
        ({"key": None}, ApiTypeError, "experiment_post.key"),
        ({"iteration": {}}, ApiTypeError, "experiment_post.iteration.hypothesis"),
        ({"iteration": []}, ApiTypeError, "experiment_post.iteration"),
        ({"name": datetime.date(2020, 1, 1)}, ApiTypeError, "experiment_post.name"),
        ({"iteration": {**HYPOTHESIS, "flags": {1: {}}}}, ApiTypeError, "post.iteration.flags"),
        ({"when": object()}, ApiTypeError, "experiment_post.when"),
        ({"when": [1, b"noon"]}, ApiTypeError, "experiment_post.when[1]"),
        ({"when": {"at": {1}}}, ApiTypeError, "experiment_post.when.at"),
        ({"when": Decimal(1)}, ApiTypeError, "experiment_post.when"),
        ({"tags": (tag for tag in "ab")}, ApiTypeError, "experiment_post.tags"),
        ({"when": float("nan")}, ApiValueError, "experiment_post.when"),
        ({"when": HOLDS_ITSELF}, ApiValueError, "at experiment_post"),
    ],
)
def test_a_wrong_body_is_refused_before_anything_is_sent(
    change: dict[str, Any],
    error: type[Exception],
    where: str,
    api: ExperimentsBetaApi,
    httpserver: HTTPServer,
) -> None:
    with pytest.raises(error) as caught:
        api.create_experiment("p", "e", {**SNAKE_CASE_POST, **change})
    assert where in str(caught.value)
    assert httpserver.log == []


@pytest.mark.parametrize(
    "field",
    [
        {"name": datetime.date(2020, 1, 1)},
        {"name": b"n"},
        {"key": Decimal(1)},
        {"when": {1}},
        {"when": [object()]},
        {"iteration": datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)},
    ],
)
def test_a_dict_is_checked_like_a_model(
    field: dict[str, Any], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(ApiTypeError) as model:
        models.ExperimentPost(**{**SNAKE_CASE_POST, **field})
    with pytest.raises(ApiTypeError) as plain:
        api.create_experiment("p", "e", {**SNAKE_CASE_POST, **field})
    assert plain.value.path_to_item == ["experiment_post", *(model.value.path_to_item or ())]
    assert plain.value.valid_classes == model.value.valid_classes
    assert httpserver.log == []


def test_a_date_is_sent_in_a_field_that_takes_any_value(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("Experiment"), status=201)
    api.create_experiment("p", "e", {**SNAKE_CASE_POST, "when": datetime.date(2020, 1, 2)})
    assert json.loads(httpserver.log[0][0].data)["when"] == "2020-01-02"


def test_a_value_nested_too_deep_has_no_json_text() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(ApiValueError, match="nested too deep for JSON"):
        encode_json(nested)
    while nested:  # or else its end is too deep for the interpreter
        nested = nested.pop()


def test_an_unchecked_body_that_json_cannot_hold_is_named(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(ApiValueError, match=r"hold object .*> at experiment_post\.tags\[0\]"):
        api.create_experiment("p", "e", {"tags": [object()]}, _check_input_type=False)
    assert httpserver.log == []


@pytest.mark.parametrize("body", [None, 7, "text", b"bytes", object(), models.Link(href="/")])
def test_a_wrong_type_of_body_names_it_and_both_types(
    body: Any, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    with pytest.raises(ApiTypeError) as caught:
        api.create_experiment("p", "e", body)
    for word in ("experiment_post", "ExperimentPost", type(body).__name__):
        assert word in str(caught.value)
    assert httpserver.log == []


def test_a_model_with_a_wrong_value_put_in_later_is_refused(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    post = models.ExperimentPost(**SNAKE_CASE_POST)
    post.iteration.metrics.value.append("no metric")  # type: ignore[arg-type]
    with pytest.raises(ApiTypeError, match=r"experiment_post\.iteration\.metrics\[1\]"):
        api.create_experiment("p", "e", post)
    assert httpserver.log == []


def test_additional_properties_are_sent(api: ExperimentsBetaApi, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json(example("Experiment"), status=201)
    drifted: dict[str, Any] = {**SNAKE_CASE_POST, "color": "red", "reviewers": ["a"]}
    post = models.ExperimentPost(**drifted)
    post["budgetId"] = "b"
    api.create_experiment("p", "e", post)
    sent = json.loads(httpserver.log[0][0].data)
    assert (sent["color"], sent["reviewers"], sent["budgetId"]) == ("red", ["a"], "b")


def test_the_body_of_every_call_is_checked(api: ExperimentsBetaApi, httpserver: HTTPServer) -> None:
    for endpoint in ENDPOINTS:
        if "body" in endpoint:
            *keys, _ = arguments(by_name(endpoint["name"]))
            with pytest.raises(ApiTypeError, match=endpoint["body"]["name"]):
                getattr(api, endpoint["name"])(*keys, {})
    assert httpserver.log == []
