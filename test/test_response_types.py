"""The types that callers ask for, in each spelling that generated clients use."""

from __future__ import annotations

import datetime
import json
import typing
from types import SimpleNamespace
from typing import Any

import pytest

from launchdarkly_api import ApiClient
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.models import Experiment, Instruction, Instructions, Link
from test.contract import example
from test.fault_server import FaultServer, answer

EXPERIMENT = example("Experiment")


def read(body: Any, response_type: Any) -> Any:
    return ApiClient().deserialize(SimpleNamespace(data=json.dumps(body)), response_type)


@pytest.mark.parametrize(
    "response_type", ["Experiment", " Experiment ", Experiment, (Experiment,), (Experiment, None)]
)
def test_a_model_may_be_named_or_given(response_type: Any) -> None:
    assert type(read(EXPERIMENT, response_type)) is Experiment
    with pytest.raises(ApiTypeError):
        read([EXPERIMENT], response_type)


@pytest.mark.parametrize(
    "response_type",
    [
        "list[Experiment]",
        "List[ Experiment ]",
        list[Experiment],
        typing.List[Experiment],  # noqa: UP006
        ([Experiment],),
    ],
)
def test_the_type_of_a_list_of_models_may_be_spelt_in_any_way(response_type: Any) -> None:
    assert [type(item) for item in read([EXPERIMENT] * 2, response_type)] == [Experiment] * 2
    with pytest.raises(ApiTypeError):
        read({"a": EXPERIMENT}, response_type)


@pytest.mark.parametrize(
    "response_type",
    [
        "dict(str, Experiment)",
        "dict[str, Experiment]",
        "Dict[str,Experiment]",
        dict[str, Experiment],
        typing.Dict[str, Experiment],  # noqa: UP006
        ({str: (Experiment,)},),
    ],
)
def test_the_type_of_a_mapping_of_models_may_be_spelt_in_any_way(response_type: Any) -> None:
    assert {key: type(item) for key, item in read({"a": EXPERIMENT}, response_type).items()} == {
        "a": Experiment
    }
    with pytest.raises(ApiTypeError):
        read([EXPERIMENT], response_type)


@pytest.mark.parametrize(
    ("response_type", "body", "expected"),
    [
        ("object", {"a": [1]}, {"a": [1]}),
        (object, [1], [1]),
        ("str", "x", "x"),
        ("int", 5, 5),
        ("float", 1.5, 1.5),
        ("bool", True, True),
        ("None", None, None),
        ("dict", {"a": None}, {"a": None}),
        ("list", ["a", 1], ["a", 1]),
        ("dict(str, object)", {"a": [1]}, {"a": [1]}),
        ("list[dict(str, list[int])]", [{"a": [1]}], [{"a": [1]}]),
        ("Instructions", [{"kind": "a"}], Instructions([Instruction(kind="a")])),
        (None, {"a": 1}, None),
    ],
)
def test_a_json_type_may_be_named(response_type: Any, body: Any, expected: Any) -> None:
    assert read(body, response_type) == expected


@pytest.mark.parametrize("response_type", ["datetime", datetime.datetime, (datetime.datetime,)])
def test_a_datetime_is_read_as_13_0_0_reads_it(response_type: Any) -> None:
    when = datetime.datetime(2024, 1, 2, 3, tzinfo=datetime.timezone.utc)
    assert read("2024-01-02T03:00:00Z", response_type) == when
    with pytest.raises(ApiValueError, match="Expected datetime, got str 'soon'"):
        read("soon", response_type)
    with pytest.raises(ApiTypeError, match="Expected datetime, got int 5"):
        read(5, response_type)


@pytest.mark.parametrize("response_type", ["date", datetime.date, (datetime.date,)])
def test_a_date_is_read_as_13_0_0_reads_it(response_type: Any) -> None:
    assert read("2024-01-02", response_type) == datetime.date(2024, 1, 2)


NO_TYPES = [
    *("", "experiment", "Nope", "file", "bytes", "__class__", "TYPE_CHECKING", "annotations"),
    *(
        "list[",
        "list[]",
        "dict(int, str)",
        "list[Nope]",
        "Experiment()",
        "list[" * 9999 + "]" * 9999,
    ),
    *((), [], {"a"}, 5, bytes, (bytes,), dict[int, str], typing.Dict, ("Experiment",)),  # noqa: UP006
]


@pytest.mark.parametrize("response_type", NO_TYPES)
def test_any_other_type_is_refused_with_a_remedy(response_type: Any) -> None:
    with pytest.raises(ApiValueError) as caught:
        read({}, response_type)
    message = str(caught.value)
    assert message.startswith(f"response_type cannot be {response_type!r:.80}; write a model or")
    assert len(message) < 300


def test_a_call_with_a_wrong_response_type_sends_nothing() -> None:
    with FaultServer() as server, ApiClient() as client:
        with pytest.raises(ApiValueError, match="response_type cannot be 'Nope'"):
            client.call_api("/x", "DELETE", response_type="Nope", _host=server.url)
        assert server.requests == []
        server.script(answer(body=b'{"href": "/y"}'))
        data, status, _ = client.call_api("/x", "GET", response_type="Link", _host=server.url)
    assert (data, status) == (Link(href="/y"), 200)
