"""Values are encoded to plain JSON in new containers, or refused with a clear error."""

from __future__ import annotations

import collections
import copy
import datetime
import decimal
import enum
import json
import math
import uuid
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given

from launchdarkly_api._modelling.json_value import to_json_value
from launchdarkly_api._modelling.validation import described
from launchdarkly_api.exceptions import ApiValueError
from launchdarkly_api.models import (
    FlagInput,
    FlagsInput,
    Instruction,
    Instructions,
    Link,
    MetricsInput,
)
from test.strategies import JSON, thorough


@thorough
@given(JSON)
def test_plain_json_is_encoded_to_itself_in_new_containers(value: Any) -> None:
    before = copy.deepcopy(value)
    found = to_json_value(value)
    assert json.dumps(found) == json.dumps(value)
    if isinstance(value, (list, dict)):
        assert found is not value
        found.clear()
        assert value == before


class Strange(dict[str, Any]):
    """A dict with a ``copy`` that does something else."""

    def copy(self) -> Any:
        return "no copy"


class Number(float):
    """A float with a form of its own."""

    def __repr__(self) -> str:
        return "a number"


class Colour(str, enum.Enum):
    """Words in an enumeration."""

    RED = "red"


class Size(enum.IntEnum):
    """Numbers in an enumeration."""

    BIG = 7


class Named(NamedTuple):
    """A tuple whose items have names."""

    a: Any
    b: Any


UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Link(href="a"), '{"href": "a"}'),
        (MetricsInput([]), "[]"),
        (FlagsInput(a=FlagInput("r", 1)), '{"a": {"ruleId": "r", "flagConfigVersion": 1}}'),
        ({"links": [Link(), (Link(type="t"),)]}, '{"links": [{}, [{"type": "t"}]]}'),
        (Instructions([Instruction(kind={"a": Link()})]), '[{"kind": {"a": {}}}]'),
        ((1, (2.5, None)), "[1, [2.5, null]]"),
        (Named(1, [Named(2, 3)]), "[1, [[2, 3]]]"),
        (collections.OrderedDict(b=1, a=(2,)), '{"b": 1, "a": [2]}'),
        (collections.defaultdict(list, a=[1]), '{"a": [1]}'),
        (MappingProxyType({"a": MappingProxyType({})}), '{"a": {}}'),
        (collections.UserDict(a=1), '{"a": 1}'),
        (Strange(a=[True]), '{"a": [true]}'),
        (Number(1.5), "1.5"),
        (Colour.RED, '"red"'),
        (Size.BIG, "7"),
        (MetricsInput._from_openapi_data(None, _check_type=False), "null"),
        (MetricsInput._from_openapi_data(True, _check_type=False), "true"),
        (datetime.date(2020, 1, 2), '"2020-01-02"'),
        (datetime.datetime(2020, 1, 2, 3, 4, 5, 6, UTC), '"2020-01-02T03:04:05.000006+00:00"'),
        ([True, False, 0, 1], "[true, false, 0, 1]"),
        (2**70, str(2**70)),
        (None, "null"),
        ("é\ud800", '"\\u00e9\\ud800"'),
    ],
)  # fmt: skip
def test_a_value_with_a_json_form_is_encoded(value: Any, text: str) -> None:
    assert json.dumps(to_json_value(value)) == text
    assert json.dumps(to_json_value([value])) == f"[{text}]"


@pytest.mark.parametrize(
    "value",
    [
        *(object(), {1}, b"a", 1j, decimal.Decimal(1), uuid.UUID(int=0), datetime.time(1)),
        *(range(3), ..., math.nan, math.inf, -math.inf),
    ],
)
def test_a_value_without_a_json_form_is_refused(value: Any) -> None:
    outers: list[tuple[Any, list[str | int]]] = [
        (value, []),
        ([1, value], [1]),
        ({"a": value}, ["a"]),
        (Link._from_openapi_data(a=[value]), ["a", 0]),
    ]
    for outer, path in outers:
        with pytest.raises(ApiValueError) as caught:
            to_json_value(outer)
        assert str(caught.value).startswith(f"JSON cannot hold {described(value)}")
        assert caught.value.path_to_item == (path or None)
        with pytest.raises(ApiValueError) as caught:
            to_json_value(outer, "body")
        assert caught.value.path_to_item == ["body", *path]


@pytest.mark.parametrize("name", [1, None, 1.5, True, (1,), b"a"])
def test_a_name_that_is_not_text_is_refused(name: Any) -> None:
    with pytest.raises(ApiValueError, match="JSON names are text, not ") as caught:
        to_json_value({name: 1})
    assert str(caught.value).endswith(described(name))


def test_a_value_in_a_message_is_shown_in_short() -> None:
    with pytest.raises(ApiValueError) as caught:
        to_json_value({"a": b"x" * 1000})
    assert len(str(caught.value)) < 120
    with pytest.raises(ApiValueError) as caught:
        to_json_value({b"x" * 1000: 1})
    assert len(str(caught.value)) < 130


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["a"] = [loop]
    with pytest.raises(ApiValueError, match="nested too deep, or holds itself"):
        to_json_value(loop)
    link = Link()
    link["me"] = link
    for action in (lambda: to_json_value(link), link.to_dict, link.to_str):
        with pytest.raises(ApiValueError, match="nested too deep, or holds itself"):
            action()
    assert repr(link) == "<Link, nested too deep to be shown>"
