"""Responses become models, with fields that are new, and encode to the same JSON."""

from __future__ import annotations

import contextlib
import copy
import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchdarkly_api import models
from launchdarkly_api._modelling.annotations import schema_of
from launchdarkly_api._modelling.containers import Ref
from launchdarkly_api._modelling.decoder import Reject, decoder
from launchdarkly_api._modelling.validation import LENIENT, UNCHECKED, InvalidValue
from launchdarkly_api.exceptions import (
    ApiAttributeError,
    ApiTypeError,
    ApiValueError,
    OpenApiException,
)
from launchdarkly_api.model_utils import (
    ArrayModel,
    BaseModel,
    Model,
    decode,
    decode_json,
    to_json_value,
)
from test.contract import MODELS, example, is_required
from test.strategies import (
    EVIL_NAMES,
    JSON,
    at,
    is_time,
    kept,
    nearly,
    paths,
    replaced,
    responses,
    thorough,
    wire,
)


def model(name: str) -> type[BaseModel]:
    cls: type[BaseModel] = getattr(models, name)
    return cls


@thorough
@given(responses() | responses(drifted=True))
def test_a_decoded_response_encodes_to_the_same_json(response: tuple[str, Any]) -> None:
    name, value = response
    text = json.dumps(value)
    for decoded in (decode(model(name), value), decode_json(Ref(model(name)), text)):
        assert type(decoded) is model(name)
        assert json.dumps(to_json_value(decoded)) == json.dumps(kept(name, value))


@thorough
@given(responses(drifted=True))
def test_every_value_of_a_response_can_be_reached(response: tuple[str, Any]) -> None:
    name, value = response
    decoded = decode(model(name), value)
    if isinstance(decoded, ArrayModel):
        assert len(decoded) == len(value)
        return
    assert isinstance(decoded, Model)
    declared = {field["json"]: field for field in MODELS[name]["fields"]}
    hidden = {field["name"] for wire_name, field in declared.items() if wire_name in value}
    for wire_name, item in value.items():
        assert wire_name in decoded
        if wire_name not in declared:
            assert to_json_value(decoded.additional_properties[wire_name]) == item
            assert wire_name in hidden or to_json_value(decoded[wire_name]) == item
            assert wire_name in hidden or wire_name in decoded.to_dict()
            continue
        field = declared[wire_name]
        read = getattr(decoded, field["name"])
        assert read == decoded[field["name"]] == decoded[wire_name] == decoded.get(field["name"])
        if is_time(field) and isinstance(item, str):
            assert read == int(item)
        else:
            assert to_json_value(read) == kept(field["type"], item)
            if field["type"] in NUMBERS and item is not None:
                assert isinstance(read, NUMBERS[field["type"]]) or float(item) != item
    for wire_name, field in declared.items():
        if wire_name not in value:
            # An additional property may have the Python name of the field.
            assert (field["name"] in decoded) == (field["name"] in value)
            assert getattr(decoded, field["name"]) is None


@thorough
@given(responses(drifted=True))
def test_decoding_does_not_change_the_input(response: tuple[str, Any]) -> None:
    name, value = response
    before = copy.deepcopy(value)
    decoded = decode(model(name), value)
    if isinstance(decoded, Model):
        decoded["brand new"] = models.FlagInput("fallthrough", 1)
    assert value == before


NUMBERS = {"float": float, "int": int}


def outcome(accept: Any) -> Any:
    """The repr of an accepted value, which tells 1 from 1.0 and True, or None if refused."""
    try:
        return repr(to_json_value(accept()))
    except (InvalidValue, Reject):
        return None


@thorough
@given(st.data())
def test_the_fast_decoder_and_the_schema_agree(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(MODELS)))
    value = data.draw(wire(name, drifted=True).flatmap(nearly) | JSON)
    slow = outcome(lambda: Ref(model(name)).accept(value, LENIENT))
    fast = outcome(lambda: decoder(model(name))(copy.deepcopy(value)))
    assert fast == slow
    if slow is None:
        with pytest.raises((ApiTypeError, ApiValueError)):
            decode_json(Ref(model(name)), json.dumps(value))
    else:
        assert outcome(lambda: decode_json(Ref(model(name)), json.dumps(value))) == slow


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_fast_decoder_takes_a_response_of_the_contract(name: str) -> None:
    decoded = decoder(model(name))(example(name))
    assert decoded == decode(model(name), example(name))
    assert to_json_value(decoded) == example(name)


@thorough
@given(responses(drifted=True))
def test_the_fast_decoder_takes_responses_of_today(response: tuple[str, Any]) -> None:
    name, value = response
    decoded = decoder(model(name))(copy.deepcopy(value))
    assert repr(to_json_value(decoded)) == repr(to_json_value(decode(model(name), value)))
    assert repr(to_json_value(decoded)) == repr(kept(name, value))


@thorough
@given(st.sampled_from(sorted(MODELS)), JSON, st.booleans())
def test_any_json_decodes_or_raises_an_exception_of_the_library(
    name: str, value: Any, checked: bool
) -> None:
    with contextlib.suppress(OpenApiException):
        decode(model(name), value)
    with contextlib.suppress(OpenApiException):
        decode_json(Ref(model(name)), json.dumps(value), LENIENT if checked else UNCHECKED)


def wrong_values(kind: Any) -> list[Any]:
    """Values of other types than this one's."""
    others = ["text", 1.5, True, [], {}]
    if isinstance(kind, bool):
        return ["true", 1, 0.0, [], {}]
    if isinstance(kind, int):
        return ["text", "", "1.0", "٣", 1.5, float("inf"), True, [], {}]
    if isinstance(kind, float):
        return ["1.5", True, [], {}]
    return [other for other in others if type(other) is not type(kind)]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_wrong_type_is_named_with_its_path(name: str) -> None:
    whole = example(name)
    free = {tuple(path) for path in _free_paths(name, whole)}
    for path in paths(whole):
        if path in free:
            continue
        for wrong in wrong_values(at(whole, path)):
            broken = replaced(whole, path, wrong)
            with pytest.raises(ApiTypeError) as caught:
                decode(model(name), broken)
            assert caught.value.path_to_item == (list(path) or None)
            assert caught.value.valid_classes
            assert type(wrong).__name__ in str(caught.value)
            with pytest.raises(ApiTypeError) as again:
                decode_json(Ref(model(name)), json.dumps(broken))
            assert str(again.value) == str(caught.value)


def _free_paths(kind: str, value: Any) -> list[tuple[str | int, ...]]:
    """The paths to values of a type that may be any JSON."""
    if kind == "any":
        return paths(value)
    if kind.startswith("list["):
        return [
            (index, *rest)
            for index, item in enumerate(value)
            for rest in _free_paths(kind[5:-1], item)
        ]
    if kind.startswith("map["):
        inner = kind[4:-1]
        return [(key, *rest) for key, item in value.items() for rest in _free_paths(inner, item)]
    if kind not in MODELS or kind == "FlagsInput":
        return []
    if MODELS[kind]["kind"] == "array":
        return _free_paths(f"list[{MODELS[kind]['items']}]", value)
    return [
        (field["json"], *rest)
        for field in MODELS[kind]["fields"]
        for rest in _free_paths(field["type"], value[field["json"]])
    ]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_missing_or_null_required_field_is_named_with_its_path(name: str) -> None:
    whole = example(name)
    for field, path in _required(name, whole):
        for broken in (replaced(whole, path, ...), replaced(whole, path, None)):
            with pytest.raises(ApiTypeError) as caught:
                decode(model(name), broken)
            assert caught.value.path_to_item == list(path)
            with pytest.raises(ApiTypeError) as again:
                decode_json(Ref(model(name)), json.dumps(broken))
            assert str(again.value) == str(caught.value)
        assert field in str(caught.value)


def _required(kind: str, value: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    """The required fields in a response, and the paths to them."""
    if kind.startswith("list["):
        steps = list(enumerate(value))
        return [(f, (i, *p)) for i, item in steps for f, p in _required(kind[5:-1], item)]
    if kind.startswith("map["):
        items = list(value.items())
        return [(f, (key, *p)) for key, item in items for f, p in _required(kind[4:-1], item)]
    if kind not in MODELS:
        return []
    if MODELS[kind]["kind"] == "array":
        return _required(f"list[{MODELS[kind]['items']}]", value)
    if MODELS[kind]["additional_properties"] != "any":
        return _required(f"map[{MODELS[kind]['additional_properties']}]", value)
    found: list[tuple[str, tuple[str | int, ...]]] = []
    for field in MODELS[kind]["fields"]:
        if is_required(kind, field):
            found.append((field["json"], (field["json"],)))
        inner = _required(field["type"], value[field["json"]])
        found += [(f, (field["json"], *path)) for f, path in inner]
    return found


@pytest.mark.parametrize("name", [name for name in EVIL_NAMES if name != "type"])
def test_names_in_a_response_are_only_data(name: str) -> None:
    value = {name: {"x": 1}, "href": "/a"}
    for decoded in (
        decode(models.Link, value),
        decode_json(Ref(models.Link), json.dumps(value)),
    ):
        assert isinstance(decoded, models.Link)
        assert type(decoded) is models.Link
        assert decoded[name] == {"x": 1}
        assert name in decoded
        assert decoded.href == "/a"
        assert callable(decoded.to_dict)
        assert callable(decoded.get)
        assert decoded.to_dict()[name] == {"x": 1}
        assert to_json_value(decoded) == value
        assert decoded.additional_properties == {name: {"x": 1}}
        assert decoded.__class__ is models.Link


def test_an_unknown_name_beside_the_declared_one_is_kept() -> None:
    value = {"_id": "a", "id": {"b": 1}, "name": "n", "allocationPercent": "1"}
    decoded = decode(models.TreatmentRep, value)
    assert decoded.id == decoded["id"] == "a"
    assert decoded.additional_properties == {"id": {"b": 1}}
    assert to_json_value(decoded) == value
    assert decoded.to_dict() == {"id": "a", "name": "n", "allocation_percent": "1"}


def test_an_unknown_name_in_the_place_of_the_declared_one_is_kept() -> None:
    decoded = decode(models.TreatmentRep, {"id": 5, "name": "n", "allocationPercent": "1"})
    assert decoded.id is None
    assert decoded.to_dict() == {"id": 5, "name": "n", "allocation_percent": "1"}


@pytest.mark.parametrize("number", [2**60 + 1, -(2**60) - 1, 10**400])
def test_whole_numbers_stay_exact(number: int) -> None:
    text = json.dumps({"upper": number, "more": number})
    interval = decode_json(Ref(models.CredibleIntervalRep), text)
    assert interval.upper == number
    assert interval["more"] == number
    assert json.dumps(to_json_value(interval)) == text


def test_a_whole_number_in_a_float_field_is_a_float() -> None:
    interval = decode_json(Ref(models.CredibleIntervalRep), '{"upper": 1, "lower": -0.5}')
    assert (interval.upper, type(interval.upper)) == (1.0, float)
    assert json.dumps(to_json_value(interval)) == '{"upper": 1.0, "lower": -0.5}'


def test_a_whole_float_in_an_integer_field_is_an_integer() -> None:
    seen = decode_json(Ref(models.FlagRep), '{"_links": {}, "flagConfigVersion": 5.0}')
    assert (seen.flag_config_version, type(seen.flag_config_version)) == (5, int)
    assert json.dumps(to_json_value(seen)) == '{"_links": {}, "flagConfigVersion": 5}'


@pytest.mark.parametrize("digits", ["0", "1654104600000", "-5", "007", "9" * 19])
def test_a_time_as_digits_becomes_an_integer(digits: str) -> None:
    text = json.dumps({"hypothesis": "h", "status": "s", "createdAt": digits, "endedAt": digits})
    iteration = decode_json(Ref(models.IterationRep), text)
    assert iteration.created_at == iteration["created_at"] == iteration["createdAt"] == int(digits)
    assert iteration.ended_at == iteration.get("ended_at") == int(digits)
    assert iteration.to_dict()["created_at"] == to_json_value(iteration)["createdAt"] == int(digits)
    assert iteration == decode(models.IterationRep, json.loads(text))


@pytest.mark.parametrize("text", ["", "-", "1.0", "1e3", " 1", "+1", "1_000", "x", "9" * 20, "٣"])
def test_text_other_than_digits_is_not_a_time(text: str) -> None:
    with pytest.raises(ApiTypeError, match=r"at createdAt$"):
        decode(models.IterationRep, {"hypothesis": "h", "status": "s", "createdAt": text})


def test_the_times_of_metrics_seen_may_be_digits() -> None:
    assert decode(models.MetricSeen, {"timestamp": "1657129307"}).timestamp == 1657129307


def deep(levels: int) -> str:
    return '{"more":' + "[" * levels + "]" * levels + "}"


@pytest.mark.parametrize("levels", [100, 330, 390, 450, 900])
@pytest.mark.parametrize("inner", ["[{}]", '{{"a":{}}}'])
def test_the_repr_of_a_model_never_fails(levels: int, inner: str) -> None:
    text = "1"
    for _ in range(levels):
        text = inner.format(text)
    link = decode_json(Ref(models.Link), f'{{"more":{text}}}')
    patch = models.ExperimentPatchInput._from_openapi_data([{"kind": "x"}])
    patch.instructions[0]._data["more"] = link.additional_properties["more"]
    for model in (link, patch, patch.instructions):
        try:
            expected = model.to_str()
        except ApiValueError:
            expected = f"<{type(model).__name__}, nested too deep to be shown>"
        assert repr(model) == expected


def test_the_message_about_a_very_long_key_is_short() -> None:
    key = "k" * 100_000
    with pytest.raises(ApiTypeError, match=r"Expected Link, got int 5 at _links\.k+…k+$") as caught:
        decode(models.Experiment, {**example("Experiment"), "_links": {key: 5}})
    assert len(str(caught.value)) < 500
    assert caught.value.path_to_item == ["_links", key]


def test_a_value_nested_too_deep_raises_an_exception_of_the_library() -> None:
    link = decode_json(Ref(models.Link), deep(50))
    assert json.dumps(to_json_value(link), separators=(",", ":")) == deep(50)
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    link = decode(models.Link, {"more": nested})
    for action in (lambda: to_json_value(link), link.to_dict, link.to_str):
        with pytest.raises(ApiValueError, match="nested too deep"):
            action()
    with pytest.raises(ApiValueError, match="nested too deep"):
        models.Instruction(more=nested)
    with pytest.raises(ApiValueError, match="nested too deep"):
        link["most"] = nested
    with pytest.raises(ApiTypeError):
        decode(models.Experiment, {"key": nested})
    while nested:  # or else its end is too deep for the interpreter
        nested = nested.pop()


def test_text_that_is_not_json_is_a_value_error() -> None:
    for text in ("", "{", "nope", b"\xff"):
        with pytest.raises(ValueError):
            decode_json(Ref(models.Link), text)


@pytest.mark.deep
def test_json_that_is_nested_too_deep_is_a_recursion_error() -> None:
    with pytest.raises(RecursionError):
        decode_json(Ref(models.Link), deep(500_000))


def test_an_unchecked_response_becomes_models_if_its_shape_allows() -> None:
    value = {
        "items": [{"key": 3, "currentIteration": {"status": 5}}, "odd", None],
        "total_count": "many",
        "_links": {"self": {"href": 1}, "next": "/n"},
    }
    page = decode_json(Ref(models.ExperimentCollectionRep), json.dumps(value), UNCHECKED)
    first, odd, none = page.items
    assert (odd, none) == ("odd", None)
    assert isinstance(first, models.Experiment)
    assert first["key"] == 3
    assert type(first.current_iteration) is models.IterationRep
    assert type(page.links["self"]) is models.Link
    assert page.links["next"] == "/n"
    assert to_json_value(page) == value
    with pytest.raises(ApiAttributeError, match="Experiment has no value for 'name'"):
        _ = first.name
    with pytest.raises(ApiAttributeError, match="Experiment has no value for 'creation_date'"):
        _ = first.creation_date


def test_an_unchecked_model_reads_python_names() -> None:
    flag = schema_of(models.FlagInput).accept({"rule_id": "a"}, UNCHECKED)
    assert to_json_value(flag) == {"ruleId": "a"}
    both = {"id": 5, "_id": "a"}
    treatment = decode_json(Ref(models.TreatmentRep), json.dumps(both), UNCHECKED)
    assert treatment.id == "a"
    assert to_json_value(treatment) == both


def test_an_unchecked_response_is_a_model() -> None:
    for text in ("3", '"x"', "[]", "null"):
        with pytest.raises(ApiTypeError, match="Expected Link, got"):
            decode_json(Ref(models.Link), text, UNCHECKED)
    with pytest.raises(ApiTypeError, match="Expected list of MetricInput, got dict"):
        decode_json(Ref(models.MetricsInput), "{}", UNCHECKED)
    slices = decode_json(Ref(models.MetricsInput), '[{"key": 1}, 5]', UNCHECKED)
    assert type(slices) is models.MetricsInput
    assert slices[1] == 5


@pytest.mark.parametrize("when", ["soon", [1], "1654104600000", 5.0])
def test_an_unchecked_time_is_kept_and_sent_as_it_came(when: Any) -> None:
    text = json.dumps({"hypothesis": "h", "status": "s", "createdAt": when, "endedAt": when})
    iteration = decode_json(Ref(models.IterationRep), text, UNCHECKED)
    assert iteration.created_at == iteration["endedAt"] == when
    assert json.dumps(to_json_value(iteration)) == text


def test_an_unchecked_response_of_alternatives_becomes_the_model_that_it_can_be() -> None:
    either = schema_of((models.Link, str))
    link = decode_json(either, '{"href": 5}', UNCHECKED)
    assert (type(link), to_json_value(link)) == (models.Link, {"href": 5})
    assert decode_json(either, '"text"', UNCHECKED) == "text"
    with pytest.raises(ApiTypeError, match="Expected Link or str, got int 5"):
        decode_json(either, "5", UNCHECKED)


def test_many_threads_may_decode_a_class_for_the_first_time() -> None:
    class Fresh(models.Experiment):
        """A class that has not been decoded yet."""

    text = json.dumps(example("Experiment"))
    start = threading.Barrier(8)
    found: list[Any] = []

    def work() -> None:
        start.wait()
        found.append(decode_json(Ref(Fresh), text))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(one == found[0] and type(one) is Fresh for one in found)
