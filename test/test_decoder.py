"""The compiled decoders: what they refuse at once, and what their source may hold."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

import pytest

from launchdarkly_api import decoder as module
from launchdarkly_api import models
from launchdarkly_api.decoder import Reject, decoder
from launchdarkly_api.model_utils import (
    ArrayModel,
    EpochMilliseconds,
    Model,
    decode,
    decode_json,
    field,
    to_json_value,
)
from launchdarkly_api.models import FlagInput, FlagsInput, Link, MetricInput, MetricsInput
from launchdarkly_api.schema import (
    LENIENT,
    UNCHECKED,
    InvalidValue,
    Ref,
    Structured,
    schema_of,
)
from test.contract import MODELS, example
from test.strategies import at, paths, replaced


class Everything(Model):
    """A field of every sort, required and not."""

    text: str
    flag: bool
    whole: int
    number: float
    time: EpochMilliseconds
    word: Literal["a", "b"]
    any: Any
    models: list[Link]
    map: dict[str, int]
    nothing: None
    either: Link | str
    lists: list[list[float]]
    maps: dict[str, dict[str, Any]]
    texts: list[str]
    array: MetricsInput
    flags: FlagsInput
    odd: int = field('it\'s "odd"\n{}')
    may_be_text: str | None = None
    may_be_number: float | None = None
    may_be_any: Any = None
    may_be_either: int | str | None = None
    may_be_time: EpochMilliseconds | None = None
    may_be_word: Literal["a", "b"] | str | None = None
    may_be_model: MetricInput | None = None
    may_be_list: list[Any] | None = None


METRIC = {"key": "k", "primary": True}
VALUE: dict[str, Any] = {
    "text": "t",
    "flag": False,
    "whole": 3,
    "number": 1.5,
    "time": "12",
    "word": "c",
    "any": [None],
    "models": [{"href": "a"}, {}],
    "map": {"a": 1},
    "nothing": None,
    "either": {"href": "b"},
    "lists": [[1, 2.5], []],
    "maps": {"a": {"b": None}},
    "texts": ["a", "b"],
    "array": [METRIC],
    "flags": {"f": {"ruleId": "r", "flagConfigVersion": 1}},
    'it\'s "odd"\n{}': 5,
    "mayBeText": None,
    "mayBeNumber": 5,
    "mayBeAny": {},
    "mayBeEither": "x",
    "mayBeTime": 5,
    "mayBeWord": "z",
    "mayBeModel": METRIC,
    "mayBeList": [1, "x"],
}


def fresh(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_every_sort_of_field_is_decoded() -> None:
    model = decoder(Everything)(fresh(VALUE))
    assert model == decode(Everything, VALUE)
    assert repr(model) == repr(decode(Everything, VALUE))
    assert to_json_value(model) == VALUE
    assert [type(link) for link in model.models] == [Link, Link]
    assert type(model.either) is Link
    assert type(model.array[0]) is MetricInput
    assert type(model.flags.f) is FlagInput
    assert type(model.may_be_model) is MetricInput
    assert (type(model.may_be_number), type(model.lists[0][0])) == (float, float)
    assert (model.time, model.odd) == (12, 5)


@pytest.mark.parametrize("path", [path for path in paths(VALUE) if path != ()], ids=str)
def test_every_surprise_is_left_to_the_schema(path: Any) -> None:
    wrong: Any
    for wrong in (None, "text", 1.5, 7.0, True, [], {}, 5):
        value = replaced(VALUE, path, wrong)
        try:
            expected = Everything._schema.accept(value, LENIENT)
        except InvalidValue:
            with pytest.raises(Reject):
                decoder(Everything)(fresh(value))
            continue
        try:
            found = decoder(Everything)(fresh(value))
        except Reject:
            assert (type(wrong), at(expected, path[:1]) is not None) == (float, True)
        else:
            assert repr(found._data) == repr(expected)


@pytest.mark.parametrize("value", [[], None, "x", 5, {"text": "t"}])
def test_another_shape_is_left_to_the_schema(value: Any) -> None:
    with pytest.raises(Reject):
        decoder(Everything)(value)
    with pytest.raises(Reject):
        decoder(MetricsInput)({} if value == [] else value)


def test_the_decoder_changes_what_it_gets_in_place() -> None:
    value = fresh(VALUE)
    assert decoder(Everything)(value)._data is value


def test_a_class_is_compiled_once() -> None:
    assert decoder(Link) is decoder(Link)
    assert decoder(Link) is not decoder(MetricInput)


def test_an_answer_goes_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """And only an answer: what is unchecked, or no model, has no such way."""
    asked: list[type] = []

    def watched(model: type[Structured]) -> Any:
        asked.append(model)
        return decoder(model)

    monkeypatch.setattr("launchdarkly_api.model_utils.decoder", watched)
    assert decode_json(Ref(Link), '{"href": "x"}') == Link(href="x")
    assert asked == [Link]
    decode_json(Ref(Link), '{"href": 5}', UNCHECKED)
    decode_json(schema_of([Link]), "[]")
    assert asked == [Link]


def test_a_list_of_scalars_is_checked() -> None:
    class Words(ArrayModel[str]):
        """Words."""

    class Values(ArrayModel[Any]):
        """Anything."""

    assert decoder(Words)(["a"]).value == ["a"]
    with pytest.raises(Reject):
        decoder(Words)(["a", 5])
    assert decoder(Values)(["a", None]).value == ["a", None]
    with pytest.raises(Reject):
        decoder(Values)({})


@pytest.mark.parametrize("name", sorted(MODELS))
def test_what_is_compiled_speaks_of_declared_names_only(name: str) -> None:
    source = module._Source()
    source.model(1, 0, getattr(models, name))
    text = "\n".join(source.lines)
    declared = {wire for n in models.__all__ for wire in getattr(models, n).attribute_map.values()}
    assert set(re.findall(r"'(.*?)'", text)) <= declared
    answer = example(name)
    assert type(decoder(getattr(models, name))(answer)) is getattr(models, name)


def test_blanks_become_models_without_a_trace() -> None:
    link = decoder(Link)({"href": "a"})
    assert isinstance(link, Link)
    assert isinstance(link, Structured)
    assert link.__class__ is type(link) is Link
    assert repr(link) == "{'href': 'a'}"
