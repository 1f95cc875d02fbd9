"""The compiled decoders: the values that they leave to the schema, and their source."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from typing import Any, Literal

import pytest

from launchdarkly_api import models
from launchdarkly_api._modelling import decoder as module
from launchdarkly_api._modelling import structured
from launchdarkly_api._modelling.annotations import schema_of
from launchdarkly_api._modelling.containers import Ref
from launchdarkly_api._modelling.decoder import Reject, decoder
from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api._modelling.validation import LENIENT, UNCHECKED, InvalidValue
from launchdarkly_api.exceptions import ApiTypeError
from launchdarkly_api.model_utils import (
    ArrayModel,
    EpochMilliseconds,
    Model,
    decode,
    decode_json,
    field,
    to_json_value,
)
from launchdarkly_api.models import (
    Experiment,
    ExperimentCollectionRep,
    FlagInput,
    FlagsInput,
    Link,
    MetricInput,
    MetricsInput,
)
from test.benchmark.payload import page
from test.contract import MODELS, example
from test.strategies import paths, replaced


class Everything(Model):
    """A field of every kind, required and optional."""

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


def test_every_kind_of_field_is_decoded() -> None:
    model = decoder(Everything)(fresh(VALUE))
    assert model == decode(Everything, VALUE)
    assert repr(model) == repr(decode(Everything, VALUE))
    assert to_json_value(model) == {**VALUE, "time": 12}
    assert [type(link) for link in model.models] == [Link, Link]
    assert type(model.either) is Link
    assert type(model.array[0]) is MetricInput
    assert type(model.flags.f) is FlagInput
    assert type(model.may_be_model) is MetricInput
    assert (type(model.may_be_number), type(model.lists[0][0])) == (float, float)
    assert (model.time, model.odd) == (12, 5)


@pytest.mark.parametrize("path", [path for path in paths(VALUE) if path != ()], ids=str)
def test_every_unexpected_value_is_converted_or_rejected_as_the_schema_does(path: Any) -> None:
    wrong: Any
    for wrong in (None, "text", 1.5, 7.0, True, [], {}, 5):
        value = replaced(VALUE, path, wrong)
        try:
            expected = Everything._schema.accept(value, LENIENT)
        except InvalidValue:
            with pytest.raises(Reject):
                decoder(Everything)(fresh(value))
            continue
        assert repr(decoder(Everything)(fresh(value))._data) == repr(expected)


@pytest.mark.parametrize("value", [[], None, "x", 5, {"text": "t"}])
def test_a_value_of_another_shape_is_left_to_the_schema(value: Any) -> None:
    with pytest.raises(Reject):
        decoder(Everything)(value)
    with pytest.raises(Reject):
        decoder(MetricsInput)({} if value == [] else value)


def test_a_required_field_of_any_type_must_be_set() -> None:
    class Free(Model):
        """A field of any type."""

        any: Any

    values: tuple[Any, ...] = (None, 5, [], "x")
    for value in values:
        assert decoder(Free)({"any": value})["any"] == value
    with pytest.raises(Reject):
        decoder(Free)({})
    with pytest.raises(ApiTypeError, match="Free needs a value at any"):
        decode_json(Ref(Free), "{}")


def test_the_decoder_changes_what_it_gets_in_place() -> None:
    value = fresh(VALUE)
    assert decoder(Everything)(value)._data is value


def test_a_class_is_compiled_once() -> None:
    assert decoder(Link) is decoder(Link)
    assert decoder(Link) is not decoder(MetricInput)


def test_a_checked_response_takes_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unchecked values, and values other than models, do not."""
    asked: list[type] = []

    def watched(model: type[Structured]) -> Any:
        asked.append(model)
        return decoder(model)

    monkeypatch.setattr("launchdarkly_api._modelling.decoding.decoder", watched)
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


def test_the_items_of_a_list_are_converted() -> None:
    class Lists(Model):
        """A list of each kind of scalar, and of alternatives."""

        numbers: list[float]
        wholes: list[int]
        times: list[EpochMilliseconds]
        nulls: list[None]
        mixed: list[int | str]

    value = {"numbers": [0.5, 5], "wholes": [5, 6.0], "times": [1, "2"]}
    value |= {"nulls": [None], "mixed": ["a", 7.0]}
    model = decoder(Lists)(fresh(value))
    expected = {"numbers": [0.5, 5.0], "wholes": [5, 6], "times": [1, 2]}
    expected |= {"nulls": [None], "mixed": ["a", 7]}
    assert repr(to_json_value(model)) == repr(expected)
    assert repr(model) == repr(decode(Lists, value))
    for name in value:
        with pytest.raises(Reject):
            decoder(Lists)({**fresh(value), name: [*fresh(value)[name], True]})


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_compiled_source_holds_declared_names_alone(name: str) -> None:
    source = module._Source()
    source.container(1, 0, Ref(getattr(models, name)))
    text = "\n".join(source.lines)
    declared = {wire for n in models.__all__ for wire in getattr(models, n).attribute_map.values()}
    assert set(re.findall(r"'(.*?)'", text)) <= declared
    response = example(name)
    assert type(decoder(getattr(models, name))(response)) is getattr(models, name)


def test_a_decoded_model_is_an_ordinary_instance() -> None:
    link = decoder(Link)({"href": "a"})
    assert isinstance(link, Link)
    assert isinstance(link, Structured)
    assert link.__class__ is type(link) is Link
    assert repr(link) == "{'href': 'a'}"


PAGE = page(2)


def lazy_page() -> Any:
    return decoder(ExperimentCollectionRep)(fresh(PAGE))


def whole_page() -> Any:
    return decode(ExperimentCollectionRep, fresh(PAGE))


def test_a_model_is_made_when_it_is_first_read_and_stays() -> None:
    value: Any = fresh(PAGE)
    response: Any = decoder(ExperimentCollectionRep)(value)
    assert type(value["items"][0]) is dict
    first = response.items[0]
    assert type(first) is Experiment
    assert response.items[0] is first
    assert response.items is response.items
    assert type(first._unread_json["_links"]["self"]) is dict
    assert first.current_iteration is response["items"][0].current_iteration
    assert response._make_models() is response._data


def test_a_change_is_sent_whether_or_not_the_model_was_read() -> None:
    response = lazy_page()
    response.items[1].current_iteration.treatments[0].name = "New"
    response.items.append(Experiment(**response.items[0].to_dict()))
    sent = to_json_value(response)
    assert sent["items"][1]["currentIteration"]["treatments"][0]["name"] == "New"
    assert sent["items"][0] == PAGE["items"][0]
    assert len(sent["items"]) == 3


@pytest.mark.parametrize("read", [False, True], ids=["unread", "read"])
@pytest.mark.parametrize(
    "view",
    [
        repr,
        to_json_value,
        copy.copy,
        copy.deepcopy,
        pickle.dumps,
        lambda response: pickle.loads(pickle.dumps(response)),
        lambda response: pickle.loads(pickle.dumps(response, protocol=2)),
        lambda response: response.to_dict(),
        lambda response: response.items,
        lambda response: response._repr_html_(),
        lambda response: dir(response.items[0].current_iteration),
        lambda response: response.get("items")[0].additional_properties,
        lambda response: response.__reduce_ex__(2),
    ],
)
def test_a_lazy_model_cannot_be_told_from_a_whole_one(view: Any, read: bool) -> None:
    response = lazy_page()
    if read:
        assert response == whole_page()
    assert view(response) == view(whole_page())
    assert response == whole_page()
    assert whole_page() == response == lazy_page()


def test_a_lazy_model_differs_from_another_value() -> None:
    other = fresh(PAGE)
    other["items"][1]["currentIteration"]["treatments"][0]["name"] = "Other"
    assert decoder(ExperimentCollectionRep)(other) != lazy_page()


def test_a_copy_shares_no_list_with_the_lazy_model_it_was_made_of() -> None:
    response = lazy_page()
    deep = copy.deepcopy(response)
    deep.items[0].name = "Other"
    assert response.items[0].name == PAGE["items"][0]["name"]
    links = decoder(Lists)({"links": [{"href": "a"}], "map": {"k": [{"href": "b"}]}})
    shallow = copy.copy(links)
    assert shallow.links[0] is links.links[0]
    assert shallow.map["k"][0] is links.map["k"][0]


class Lists(Model):
    """Models in lists and mappings."""

    links: list[Link]
    map: dict[str, list[Link]]
    nested: list[list[Link]] | None = None


def test_models_in_lists_and_mappings_are_made_at_first_access() -> None:
    value = {"links": [{}], "map": {"a": [{"href": "x"}], "b": []}, "nested": [[{}], []]}
    model = decoder(Lists)(fresh(value))
    assert model == decode(Lists, value)
    assert [type(link) for link in model.links] == [Link]
    assert model.map["a"][0].href == "x"
    assert type(model.nested[0][0]) is Link
    assert to_json_value(model) == value


def test_threads_that_read_at_the_same_time_find_the_same_models() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(200):
                response, together = lazy_page(), Barrier(8)

                def read(response: Any = response, together: Barrier = together) -> list[int]:
                    together.wait()
                    return [
                        id(model)
                        for item in response.items
                        for model in (item, item.current_iteration, item.links["self"])
                    ]

                found = list(pool.map(lambda _, read=read: read(), range(8)))
                assert all(ids == found[0] for ids in found)
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_reads_models_though_a_thread_was_reading() -> None:
    held, done = Event(), Event()

    def hold_the_lock() -> None:
        with structured._opening():
            held.set()
            done.wait()

    thread = Thread(target=hold_the_lock)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(20)
        os._exit(0 if lazy_page().items[0].key == PAGE["items"][0]["key"] else 1)
    status = os.waitpid(child, 0)[1]
    done.set()
    thread.join()
    assert status == 0


def test_a_subclass_with_a_getattr_of_its_own_has_its_fields() -> None:
    class Wrapped(Experiment):
        """An experiment with defaults."""

        def __getattr__(self, name: str) -> Any:
            return f"no {name}"

    wrapped = decoder(Wrapped)(fresh(PAGE["items"][0]))
    assert wrapped.key == PAGE["items"][0]["key"]
    assert type(wrapped.current_iteration) is models.IterationRep
    assert wrapped.other == "no other"


def test_a_model_interrupted_while_it_is_first_read_can_be_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    response = lazy_page()
    made = Experiment._from_checked_json
    calls = iter([made, None])

    def interrupted(raw: Any) -> Any:
        if make := next(calls):
            return make(raw)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Experiment, "_from_checked_json", interrupted)
        with pytest.raises(KeyboardInterrupt):
            response.items  # noqa: B018
    assert response == whole_page()


def test_an_array_whose_items_are_replaced_before_they_are_read_keeps_no_others() -> None:
    metrics = decoder(MetricsInput)([fresh(METRIC)])
    metrics.value = [MetricInput(key="other", primary=False)]
    assert b"primary" in pickle.dumps(metrics)
    assert pickle.loads(pickle.dumps(metrics)) == metrics
    assert pickle.dumps(metrics) == pickle.dumps(MetricsInput(metrics.value))
    array = decoder(Arrays)({"arrays": [[fresh(METRIC)]]})
    assert array.arrays[0][0] is array.arrays[0].value[0]


class Arrays(Model):
    """Arrays in a list."""

    arrays: list[MetricsInput]


def test_a_subclass_may_use_the_names_that_programs_use() -> None:
    class Wrapped(Experiment):
        """An experiment that remembers where it came from."""

        __slots__ = ("__dict__",)

        def _open(self) -> str:
            return "opened"

    wrapped = decoder(Wrapped)(fresh(PAGE["items"][0]))
    wrapped._raw = "raw"
    assert (wrapped._raw, wrapped._open()) == ("raw", "opened")
    assert wrapped.current_iteration == whole_page().items[0].current_iteration
    assert copy.copy(wrapped)._raw == "raw"


class Named(Model):
    """Links by name, and a field beside them."""

    _additional = Link
    owner: str | None = None
    home: Link | None = None


def test_additional_properties_are_made_at_first_access_and_fields_are_not_taken_for_them() -> None:
    value = {"owner": "me", "home": {"href": "a"}, "more": {"href": "b"}}
    named: Any = decoder(Named)(fresh(value))
    assert named == decode(Named, value)
    assert (named.owner, named.home.href, named.more.href) == ("me", "a", "b")
    assert to_json_value(named) == value
