"""The values that a schema accepts, by annotation and by the types of 13.0.0."""

from __future__ import annotations

import collections
import datetime
import math
import typing
from typing import Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchdarkly_api._modelling.annotations import EpochMilliseconds, EpochTime, schema_of
from launchdarkly_api._modelling.containers import Union
from launchdarkly_api._modelling.json_value import to_json_value
from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api._modelling.validation import (
    LENIENT,
    STRICT,
    UNCHECKED,
    InvalidValue,
    ValidationMode,
)
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.models import FlagInput, FlagsInput, Link, MetricInput, MetricsInput
from test.strategies import JSON, thorough

ANNOTATIONS: list[Any] = [
    *(str, bool, int, float, Any, object, dict, list, None, EpochMilliseconds, EpochTime),
    *(list[str], dict[str, int], list[dict[str, Link]], Literal["a", "b"], Link, MetricsInput),
    *(str | None, Optional[int], str | int, typing.Union[Link, str], FlagsInput),  # noqa: UP007, UP045
    *(Literal["a", "b"] | str, (str,), (str, int), [str], {str: (Link,)}, ([Link],), [str, None]),
]

ANYTHING = (bool, datetime.date, datetime.datetime, dict, float, int, list, str, type(None))


@pytest.mark.parametrize(
    ("annotation", "name", "classes"),
    [
        (str, "str", (str,)),
        (int, "int", (int,)),
        (bool, "bool", (bool,)),
        (float, "float", (float,)),
        (None, "None", (type(None),)),
        (Any, "a JSON value", ANYTHING),
        (EpochMilliseconds, "int (epoch milliseconds)", (int,)),
        (EpochTime, "int (epoch seconds or milliseconds)", (int,)),
        (Literal["a", "b"], "one of 'a', 'b'", (str,)),
        (Literal["a", "b"] | str, "str", (str,)),
        (list[str], "list of str", ([str],)),
        (dict[str, Link], "dict of str to Link", ({str: (Link,)},)),
        (Link, "Link", (Link,)),
        (str | None, "str or None", (str, type(None))),
        ((Link, str), "Link or str", (Link, str)),
        (([Link],), "list of Link", ([Link],)),
        ({str: (Link,)}, "dict of str to Link", ({str: (Link,)},)),
        ([int, str], "list of int or str", ([int, str],)),
        (list, "list of a JSON value", (list(ANYTHING),)),
        (dict, "dict of str to a JSON value", ({str: ANYTHING},)),
        (datetime.datetime, "str", (str,)),
        (datetime.date, "str", (str,)),
    ],
)
def test_an_annotation_has_a_name_and_classes(annotation: Any, name: str, classes: Any) -> None:
    schema = schema_of(annotation)
    assert schema.name == name
    assert schema.classes == classes


@pytest.mark.parametrize(
    "annotation",
    [
        *((), [], {}, {1: str}, {str: int, int: str}, {1, 2}, bytes, "str", Literal[1], ...),
        *(set[str], dict[int, str], tuple[str], typing.TypeVar("T"), list[bytes], str | bytes),
    ],
)
def test_an_unsupported_annotation_is_an_error(annotation: Any) -> None:
    with pytest.raises(ApiTypeError, match="is not a type that JSON can hold"):
        schema_of(annotation)


def test_an_enumeration_without_str_is_closed() -> None:
    with pytest.raises(InvalidValue, match="Expected one of 'a' or int, got str"):
        schema_of(Literal["a"] | int).accept("b", STRICT)


class Double(float):
    """A float of another type, as numpy has it."""


ACCEPTED: list[tuple[Any, ValidationMode, Any, Any]] = [
    (str, STRICT, "a", "a"),
    (bool, STRICT, True, True),
    (int, STRICT, 5, 5),
    (int, LENIENT, 5.0, 5),
    (int, LENIENT, -0.0, 0),
    (float, STRICT, 5, 5.0),
    (float, STRICT, Double(1.5), 1.5),
    (float, STRICT, 2**53 + 1, 2**53 + 1),
    (float, LENIENT, 10**400, 10**400),
    (None, STRICT, None, None),
    (EpochMilliseconds, STRICT, 5, 5),
    (EpochMilliseconds, LENIENT, "-5", -5),
    (EpochMilliseconds, LENIENT, 5.0, 5),
    (EpochTime, LENIENT, "5", 5),
    (Literal["a"], STRICT, "a", "a"),
    (Literal["a"], LENIENT, "b", "b"),
    (Literal["a"] | str, LENIENT, "b", "b"),
    (Literal["a"] | str, STRICT, "b", "b"),
    (Literal["a"] | str | int, STRICT, "b", "b"),
    (int | Literal["a"], LENIENT, "b", "b"),
    (list[int], STRICT, (1, 2), [1, 2]),
    (list[int], LENIENT, [1.0], [1]),
    (dict[str, float], STRICT, collections.OrderedDict(a=1), {"a": 1.0}),
    (str | int, STRICT, 5, 5),
    (int | str, STRICT, "5", "5"),
    (int | None, STRICT, None, None),
    (list[str] | str, STRICT, "a", "a"),
    (Link, STRICT, {"href": "a"}, Link(href="a")),
    (Link | str, LENIENT, {}, Link()),
    (Link | str, LENIENT, "a", "a"),
    (MetricsInput, STRICT, [], MetricsInput([])),
    (FlagsInput, STRICT, {"a": {"rule_id": "r", "flagConfigVersion": 1}}, FlagsInput(
        {"a": FlagInput("r", 1)})),
    (Any, STRICT, {"a": [1, None, "b", 1.5, True]}, {"a": [1, None, "b", 1.5, True]}),
    (Any, STRICT, datetime.date(2020, 1, 2), datetime.date(2020, 1, 2)),
    (Any, LENIENT, {"a": object}, {"a": object}),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "mode", "value", "kept"), ACCEPTED)
def test_a_schema_accepts_and_converts_a_value(
    annotation: Any, mode: ValidationMode, value: Any, kept: Any
) -> None:
    found = schema_of(annotation).accept(value, mode)
    assert found == kept
    assert type(found) is type(kept)


REFUSED: list[tuple[Any, ValidationMode, Any, str, list[Any]]] = [
    (str, LENIENT, 5, "Expected str, got int 5", []),
    (str, STRICT, None, "Expected str, got NoneType", []),
    (bool, LENIENT, 1, "Expected bool, got int 1", []),
    (int, LENIENT, True, "Expected int, got bool True", []),
    (int, LENIENT, 1.5, "Expected int, got float 1.5", []),
    (int, STRICT, 1.0, "Expected int, got float 1.0", []),
    (int, LENIENT, "5", "Expected int, got str '5'", []),
    (int, LENIENT, float("nan"), "Expected int, got float nan", []),
    (float, LENIENT, True, "Expected float, got bool True", []),
    (float, LENIENT, "1.5", "Expected float, got str '1.5'", []),
    (EpochMilliseconds, STRICT, "5", "Expected int (epoch milliseconds), got str '5'", []),
    (EpochMilliseconds, LENIENT, "a", "Expected int (epoch milliseconds), got str 'a'", []),
    (Literal["a"], LENIENT, 5, "Expected one of 'a', got int 5", []),
    (None, STRICT, False, "Expected None, got bool False", []),
    (list[int], LENIENT, {}, "Expected list of int, got dict", []),
    (list[int], LENIENT, "abc", "Expected list of int, got str 'abc'", []),
    (list[int], LENIENT, [1, "2"], "Expected int, got str '2'", [1]),
    (dict[str, int], LENIENT, [], "Expected dict of str to int, got list", []),
    (dict[str, int], STRICT, {"a": "b"}, "Expected int, got str 'b'", ["a"]),
    (dict[str, int], STRICT, {5: 5}, "JSON names are text, not int 5", []),
    (str | int, LENIENT, 1.5, "Expected str or int, got float 1.5", []),
    (Any, STRICT, {1}, "Expected a JSON value, got set", []),
    (Any, STRICT, [b"a"], "Expected a JSON value, got bytes b'a'", [0]),
    (Any, STRICT, {"a": {1: 2}}, "JSON names are text, not int 1", ["a"]),
    (Link, LENIENT, [], "Expected Link, got list", []),
    (Link, LENIENT, {"href": 5}, "Expected str, got int 5", ["href"]),
    (MetricInput, LENIENT, {"primary": True}, "MetricInput needs a value", ["key"]),
    (FlagInput, STRICT, {"rule_id": "a"}, "FlagInput needs a value", ["flag_config_version"]),
    (FlagInput, LENIENT, {"ruleId": "a"}, "FlagInput needs a value", ["flagConfigVersion"]),
    (FlagInput, LENIENT, {"rule_id": "a"}, "FlagInput needs a value", ["ruleId"]),
    (MetricsInput, LENIENT, {}, "Expected list of MetricInput, got dict", []),
    (MetricsInput, LENIENT, [{}], "MetricInput needs a value", [0, "key"]),
]


@pytest.mark.parametrize(("annotation", "mode", "value", "message", "path"), REFUSED)
def test_a_schema_refuses_a_value_of_another_type(
    annotation: Any, mode: ValidationMode, value: Any, message: str, path: list[Any]
) -> None:
    with pytest.raises(InvalidValue) as caught:
        schema_of(annotation).accept(value, mode)
    assert caught.value.message == str(caught.value) == message
    assert caught.value.path == path
    assert isinstance(caught.value.as_api_error(), ApiTypeError)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (Literal["a"], "b", "Expected one of 'a', got str 'b'"),
        (float, math.inf, "JSON has no number inf"),
        (Any, math.nan, "JSON has no number nan"),
        (FlagInput, {"ruleId": "a", "rule_id": "a"}, "'rule_id' is given twice, once as 'ruleId'"),
    ],
)
def test_a_schema_refuses_a_wrong_value_of_the_right_type(
    annotation: Any, value: Any, message: str
) -> None:
    with pytest.raises(InvalidValue, match=message) as caught:
        schema_of(annotation).accept(value, STRICT)
    error = caught.value.inside("a", 1).as_api_error()
    assert isinstance(error, ApiValueError)
    assert error.path_to_item == ["a", 1]


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=str)
def test_an_unchecked_scalar_is_kept_as_it_is(annotation: Any) -> None:
    for value in ("text", "5", 5, 2**60 + 1, 5.0, 1.5, math.inf, True, None, b"no JSON"):
        kept = schema_of(annotation).accept(value, UNCHECKED)
        assert kept is value or (kept == value and isinstance(schema_of(annotation), Union))


@thorough
@given(st.sampled_from(ANNOTATIONS), JSON)
def test_an_unchecked_schema_takes_any_json(annotation: Any, value: Any) -> None:
    kept = schema_of(annotation).accept(value, UNCHECKED)
    assert to_json_value(kept) == value
    # A union turns 0.0 into an int if that alternative comes first.
    assert isinstance(kept, (type(value), Structured)) or isinstance(schema_of(annotation), Union)


@thorough
@given(st.sampled_from(ANNOTATIONS), JSON, st.sampled_from([STRICT, LENIENT]))
def test_an_accepted_value_is_accepted_again(
    annotation: Any, value: Any, mode: ValidationMode
) -> None:
    schema = schema_of(annotation)
    try:
        kept = schema.accept(value, mode)
    except InvalidValue:
        return
    assert schema.accept(kept, mode) == kept
    if isinstance(kept, (list, dict)) and mode is STRICT:
        assert kept is not value
    if schema.plain is type(value):
        assert kept is value


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=str)
def test_a_plain_value_is_kept_in_every_validation_mode(annotation: Any) -> None:
    schema = schema_of(annotation)
    examples: dict[Any, Any] = {str: "a", bool: True, int: 5, type(None): None, Link: Link()}
    examples |= {MetricsInput: MetricsInput([]), FlagsInput: FlagsInput()}
    if schema.plain is not None:
        value = examples[schema.plain]
        assert all(schema.accept(value, mode) is value for mode in ValidationMode)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", True), ("-1", True), ("9" * 19, True), ("9" * 20, False), ("-" + "9" * 18, True)]
    + [(text, False) for text in ("", "-", "--1", "1-", "1.0", " 1", "1_0", "²", "٣", "x")]
    + [(None, False), (b"5", False)],
)
def test_a_timestamp_as_text_becomes_an_integer_in_responses(text: Any, expected: bool) -> None:
    schema = schema_of(EpochMilliseconds)
    if expected:
        assert schema.accept(text, LENIENT) == int(text)
    else:
        with pytest.raises(InvalidValue, match="Expected int"):
            schema.accept(text, LENIENT)
    with pytest.raises(InvalidValue, match="Expected int"):
        schema.accept(text, STRICT)


class Shy:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


def test_a_value_in_a_message_is_shown_in_short() -> None:
    with pytest.raises(InvalidValue) as caught:
        schema_of(int).accept("x" * 1000, LENIENT)
    assert str(caught.value) == f"Expected int, got str '{'x' * 59}…"
    with pytest.raises(InvalidValue) as caught:
        schema_of(int).accept("x" * 58, LENIENT)
    assert str(caught.value) == f"Expected int, got str '{'x' * 58}'"
    for value in (Link(href="a"), [1], {"a": 1}, (1,), {1}, None, Shy()):
        with pytest.raises(InvalidValue) as caught:
            schema_of(int).accept(value, LENIENT)
        assert str(caught.value) == f"Expected int, got {type(value).__name__}"
