"""Programs build models and change them; mistakes are reported before anything is sent."""

from __future__ import annotations

import copy
import datetime
import enum
import json
from collections import OrderedDict
from types import MappingProxyType
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchdarkly_api import models
from launchdarkly_api.exceptions import ApiAttributeError, ApiTypeError, ApiValueError
from launchdarkly_api.model_utils import ArrayModel, BaseModel, Model, decode, to_json_value
from launchdarkly_api.models import (
    CredibleIntervalRep,
    Experiment,
    ExperimentMetadataRep,
    ExperimentPatchInput,
    FlagInput,
    FlagsInput,
    Instruction,
    Instructions,
    IterationInput,
    Link,
    MetricInput,
    MetricsInput,
    MetricV2Rep,
    TreatmentInput,
    TreatmentRep,
    TreatmentsInput,
)
from test.contract import MODELS, is_required
from test.strategies import JSON, TEXT, thorough, wire

#: The models as an unchecked program sees them.
loose: Any = models

OBJECTS = sorted(name for name, model in MODELS.items() if model["kind"] == "object")


def model(name: str) -> type[Any]:
    cls: type[Any] = getattr(models, name)
    return cls


def metrics() -> MetricsInput:
    return MetricsInput([MetricInput("signup", True)])


def iteration() -> IterationInput:
    return IterationInput("h", metrics(), TreatmentsInput([]), FlagsInput())


@thorough
@given(st.data())
def test_a_model_is_built_by_position_by_name_and_from_dicts(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(OBJECTS))
    fields = MODELS[name]["fields"]
    value = data.draw(wire(name))
    by_name = {field["name"]: value[field["json"]] for field in fields if field["json"] in value}
    if not fields:
        by_name = value
    order = data.draw(st.permutations(list(by_name)))
    arguments = {key: by_name[key] for key in order}
    # A key of a mapping may be the name of an argument, such as _check_type.
    built = model(name)(**arguments) if fields else model(name)(arguments)
    assert built == decode(model(name), value)
    required = [field["name"] for field in fields if field["required"]]
    wires = {field["name"]: field["json"] for field in fields}
    rest = [key for key in order if key not in required]
    # The bytes that are sent: required fields in the contract's order, then the others as given.
    assert list(to_json_value(built)) == [wires.get(key, key) for key in (*required, *rest)]
    count = data.draw(st.integers(0, len(required)))
    positions = [by_name[key] for key in required[:count]]
    others = {key: by_name[key] for key in order if key not in required[:count]}
    again = model(name)(*positions, **others) if fields else model(name)(others)
    assert json.dumps(to_json_value(again)) == json.dumps(to_json_value(built))
    if count == len(required):
        assert model(name)(*positions, MappingProxyType(others)) == built
        assert model(name)(*positions, *[{key: item} for key, item in others.items()]) == built


@thorough
@given(st.data())
def test_building_a_model_does_not_change_its_arguments(data: st.DataObject) -> None:
    value = data.draw(st.dictionaries(TEXT, JSON, max_size=3))
    before = copy.deepcopy(value)
    instruction = Instruction(value)
    instruction["more"] = [value]
    assert instruction.to_dict() == {**before, "more": [before]}
    for item in value.values():
        if isinstance(item, (dict, list)):
            item.clear()
    assert instruction.to_dict() == {**before, "more": [before]}
    assert value.keys() == before.keys()


@pytest.mark.parametrize("name", OBJECTS)
def test_missing_fields_are_named(name: str) -> None:
    required = [field["name"] for field in MODELS[name]["fields"] if is_required(name, field)]
    if not required:
        assert to_json_value(model(name)()) == {}
        return
    with pytest.raises(ApiTypeError) as caught:
        model(name)()
    assert str(caught.value) == f"{name}() needs " + " and ".join(map(repr, required))
    assert isinstance(caught.value, TypeError)


def test_too_many_positional_arguments_are_an_error() -> None:
    with pytest.raises(
        ApiTypeError, match=r"MetricInput\(\) takes 2 positional arguments and got 3; give"
    ):
        loose.MetricInput("a", True, "b")


def test_an_argument_given_twice_is_an_error() -> None:
    with pytest.raises(ApiTypeError, match=r"MetricInput\(\) got 'key' by position and by name"):
        loose.MetricInput("a", key="b", primary=True)
    with pytest.raises(ApiValueError, match="'rule_id' is given twice, once as 'ruleId'"):
        loose.FlagInput("a", 1, ruleId="b")


def test_a_model_can_be_built_with_wire_names() -> None:
    assert loose.FlagInput(ruleId="a", flagConfigVersion=1) == FlagInput("a", 1)
    flag = FlagInput("a", 1)
    flag["flagConfigVersion"] = 2
    assert flag.flag_config_version == flag["flagConfigVersion"] == flag["flag_config_version"] == 2
    assert "flagConfigVersion" in flag
    assert "flag_config_version" in flag


def test_additional_properties_are_sent() -> None:
    post = loose.ExperimentPost(
        "n",
        "m",
        "k",
        iteration(),
        color="red",
        reviewers=["a"],
    )
    post["budgetId"] = None
    assert post["color"] == post.color == "red"
    assert post.additional_properties == {"color": "red", "reviewers": ["a"], "budgetId": None}
    assert list(to_json_value(post))[4:] == ["color", "reviewers", "budgetId"]
    post.additional_properties.clear()
    assert "reviewers" in post


def test_a_mapping_as_first_argument_wins_over_keywords() -> None:
    assert loose.Link({"href": "a"}, href="b").href == "a"


def test_none_leaves_an_optional_field_unset() -> None:
    link = Link(href=None)
    assert link.href is None
    assert "href" not in link
    assert to_json_value(link) == {}
    link.href = "a"
    assert to_json_value(link) == {"href": "a"}
    link.href = None
    assert to_json_value(link) == {}
    link.href = None
    assert link == Link()


def test_none_is_a_value_of_a_field_of_any_type() -> None:
    assert to_json_value(ExperimentMetadataRep(key=None)) == {"key": None}
    assert to_json_value(Instruction(kind="x", value=None)) == {"kind": "x", "value": None}


def test_none_for_a_required_field_is_an_error() -> None:
    with pytest.raises(ApiTypeError, match="Expected str, got NoneType at key"):
        loose.MetricInput(None, True)
    metric: Any = MetricInput("a", True)
    with pytest.raises(ApiTypeError, match="Expected str, got NoneType at key"):
        metric.key = None
    assert metric.key == "a"


@pytest.mark.parametrize(
    ("build", "message", "path"),
    [
        (lambda: loose.MetricInput("a", 1), "Expected bool, got int 1 at primary", ["primary"]),
        (
            lambda: loose.FlagInput("a", True),
            "Expected int, got bool True at",
            ["flag_config_version"],
        ),
        (
            lambda: loose.FlagInput("a", 1.0),
            "Expected int, got float 1.0 at",
            ["flag_config_version"],
        ),
        (lambda: loose.FlagInput(b"a", 1), "Expected str, got bytes b'a' at rule_id", ["rule_id"]),
        (lambda: loose.CredibleIntervalRep(upper="1"), "Expected float, got str '1' at", ["upper"]),
        (
            lambda: loose.TreatmentInput("a", True, "50", [Link()]),
            "Expected TreatmentParameterInput, got Link at parameters[0]",
            ["parameters", 0],
        ),
        (
            lambda: loose.TreatmentInput("a", True, "50", [{"flag_key": "f"}]),
            "TreatmentParameterInput needs a value at parameters[0].variation_id",
            ["parameters", 0, "variation_id"],
        ),
        (
            lambda: loose.FlagsInput({"a-b": {"ruleId": "r", "flagConfigVersion": "x"}}),
            "Expected int, got str 'x' at ['a-b'].flagConfigVersion",
            ["a-b", "flagConfigVersion"],
        ),
        (
            lambda: loose.MetricsInput([MetricInput("a", True), {"key": 5, "primary": True}]),
            "Expected str, got int 5 at value[1].key",
            ["value", 1, "key"],
        ),
        (
            lambda: loose.MetricsInput("a"),
            "Expected list of MetricInput, got str 'a' at",
            ["value"],
        ),
        (
            lambda: Instruction(kind="x", value={"a": [object]}),
            "Expected a JSON value, got type <class 'object'> at value.a[0]",
            ["value", "a", 0],
        ),
        (
            lambda: Instruction({"a": {5: 6}}),
            "JSON names are text, not int 5 at a",
            ["a"],
        ),
        (lambda: loose.Instruction({5: 6}), "JSON names are text, not int 5", None),
        (
            lambda: loose.MetricInput("a", "x" * 100),
            f"Expected bool, got str '{'x' * 59}… at primary",
            ["primary"],
        ),
    ],
)
def test_a_wrong_type_is_an_error_with_a_path(build: Any, message: str, path: Any) -> None:
    with pytest.raises(ApiTypeError) as caught:
        build()
    assert message in str(caught.value)
    assert caught.value.path_to_item == path
    assert caught.value.valid_classes


class Painted(Model):
    """Has a closed enumeration, which no model of the service has today."""

    __slots__ = ()

    color: Literal["green", "blue"]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: Painted(color="red"),  # type: ignore[arg-type]
            "Expected one of 'green', 'blue', got str 'red' at color",
        ),
        (lambda: CredibleIntervalRep(upper=float("nan")), "JSON has no number nan at upper"),
        (lambda: Instruction(a=[float("inf")]), "JSON has no number inf at a[0]"),
    ],
)
def test_a_value_that_is_not_allowed_is_an_error_with_a_path(build: Any, message: str) -> None:
    with pytest.raises(ApiValueError) as caught:
        build()
    assert str(caught.value) == message


def test_an_open_enumeration_accepts_values_that_are_not_listed() -> None:
    metric = MetricV2Rep("k", "n", "funnel", {})
    metric.kind = "trace"
    assert to_json_value(metric)["kind"] == "trace"
    with pytest.raises(ApiTypeError, match="Expected str, got int 5 at kind"):
        metric.kind = 5  # type: ignore[assignment]  # pyright: ignore


def test_a_value_that_contains_itself_is_an_error() -> None:
    loop: list[Any] = []
    loop.append(loop)
    for build in (
        lambda: Instruction(a=loop),
        lambda: Instruction({"a": loop}),
        lambda: ExperimentMetadataRep(key=loop),
        lambda: ArrayModel(loop),
    ):
        with pytest.raises(ApiValueError, match="nested too deep, or holds itself"):
            build()


class Word(str):
    """A subclass of str with a form of its own."""

    def __str__(self) -> str:
        return "another form"


class Colour(str, enum.Enum):
    """Words in an enumeration."""

    RED = "red"


class Size(enum.IntEnum):
    """Numbers in an enumeration."""

    BIG = 7


def test_subclasses_of_plain_types_are_stored_as_plain_values() -> None:
    flag = loose.FlagInput(Word("a"), Size.BIG)
    assert (type(flag.rule_id), type(flag.flag_config_version)) == (str, int)
    assert to_json_value(flag) == {"ruleId": "a", "flagConfigVersion": 7}
    instruction = Instruction({Colour.RED: Colour.RED, "size": Size.BIG, "word": Word("a")})
    assert json.dumps(to_json_value(instruction)) == '{"red": "red", "size": 7, "word": "a"}'
    assert type(next(iter(to_json_value(instruction)))) is str


def test_tuples_and_mappings_are_stored_as_lists_and_dicts() -> None:
    instruction = Instruction(a=(1, (2,)), b=OrderedDict(c=MappingProxyType({"d": 1})))
    assert instruction.to_dict() == {"a": [1, [2]], "b": {"c": {"d": 1}}}
    assert MetricsInput((MetricInput("signup", True),)) == metrics()


def test_dates_are_sent_in_iso_8601() -> None:
    at = datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.timezone.utc)
    instruction = Instruction(kind="x", at=at, on=datetime.date(2020, 1, 2))
    assert instruction.at is at
    assert to_json_value(instruction) == {
        "kind": "x",
        "at": "2020-01-02T03:00:00+00:00",
        "on": "2020-01-02",
    }


def test_a_model_in_a_model_is_not_copied() -> None:
    first = MetricInput("a", True)
    held = MetricsInput([first])
    assert held[0] is first
    first.key = "b"
    assert to_json_value(held) == [{"key": "b", "primary": True}]
    assert Instruction(model=first).model is first


def test_unchecked_arguments_are_accepted() -> None:
    link = loose.Link(href=5, _check_type=False)
    assert link.href == 5
    assert loose.Link(href="x", _configuration=object()).href == "x"
    with pytest.raises(ApiTypeError):
        loose.Link(href=5, _configuration=object())
    assert loose.Link(_path_to_item=("a",), _spec_property_naming=True) == Link()
    link = loose.Link(href=None, _check_type=False)
    assert "href" in link
    flag = loose.FlagInput(None, "x", _check_type=False)
    assert to_json_value(flag) == {"ruleId": None, "flagConfigVersion": "x"}
    assert flag.rule_id is None
    names = loose.MetricsInput(5, _check_type=False)
    assert names.value == 5
    with pytest.raises(ApiTypeError, match="needs 'rule_id'"):
        loose.FlagInput(_check_type=False)


def test_an_option_in_a_mapping_is_data() -> None:
    with pytest.raises(ApiTypeError, match="Expected str"):
        loose.Link({"_check_type": False, "href": 5})
    assert loose.Link({"_check_type": False})["_check_type"] is False


def test_wire_data_builds_a_model() -> None:
    built = TreatmentRep._from_openapi_data("n", allocationPercent="5", _id="a", more=None)
    assert built.to_dict() == {"name": "n", "allocation_percent": "5", "id": "a", "more": None}
    assert TreatmentRep._from_openapi_data("n", "5", id="a", more=None) == built
    beside = TreatmentRep._from_openapi_data("n", "5", id=5, _id="a")
    assert beside.id == "a"
    assert beside.additional_properties == {"id": 5}
    assert Link._from_openapi_data(href=None)["href"] is None
    assert loose.Link._from_openapi_data(href=5, _check_type=False).href == 5
    assert MetricV2Rep._from_openapi_data("k", "n", "funnel", {}).kind == "funnel"
    assert MetricsInput._from_openapi_data([{"key": "signup", "primary": True}]) == metrics()
    assert MetricsInput._from_openapi_data(value=[]) == MetricsInput([])
    with pytest.raises(ApiTypeError, match="Expected str, got int 5 at href"):
        Link._from_openapi_data(href=5)
    with pytest.raises(ApiTypeError, match="needs 'name' and 'allocation_percent'"):
        TreatmentRep._from_openapi_data()


def test_attributes_and_items_are_assigned_with_checks() -> None:
    treatment: Any = TreatmentInput("a", True, "50", [])
    treatment.name = "b"
    treatment["baseline"] = False
    treatment["parameters"] = [{"flagKey": "f", "variation_id": "v"}]
    assert type(treatment.parameters[0]) is models.TreatmentParameterInput
    for change in (
        lambda: setattr(treatment, "name", 5),
        lambda: treatment.__setitem__("name", 5),
        lambda: treatment.__setitem__("name", None),
        lambda: treatment.__setitem__("parameters", [5]),
        lambda: treatment.__setitem__(5, 5),
    ):
        with pytest.raises(ApiTypeError):
            change()
    assert to_json_value(treatment) == {
        "name": "b",
        "baseline": False,
        "allocationPercent": "50",
        "parameters": [{"flagKey": "f", "variationId": "v"}],
    }


def test_additional_attributes_are_assigned_with_checks() -> None:
    instruction = Instruction(kind="x")
    instruction.value = (1,)
    instruction["other"] = {"a": ()}
    assert instruction.value == [1]
    assert instruction.to_dict() == {"kind": "x", "value": [1], "other": {"a": []}}
    with pytest.raises(ApiTypeError):
        instruction.value = object()
    flags: Any = FlagsInput()
    flags["a-b"] = {"ruleId": "r", "flagConfigVersion": 1}
    assert flags["a-b"] == FlagInput("r", 1)
    with pytest.raises(ApiTypeError, match=r"Expected FlagInput, got int 5 at c"):
        flags.c = 5


def test_properties_can_be_deleted() -> None:
    link = loose.Link(href="a", type="b", more=1)
    del link.href
    del link["more"]
    assert to_json_value(link) == {"type": "b"}
    for name in ("href", "more", "nope"):
        with pytest.raises(ApiAttributeError, match=f"Link has no value for '{name}'"):
            del link[name]
        with pytest.raises(ApiAttributeError):
            delattr(link, name)
    del link["type"]
    assert link == Link()
    flag: Any = FlagInput("a", 1)
    for name in ("rule_id", "ruleId"):
        with pytest.raises(ApiAttributeError, match=f"'{name}' is required and cannot be removed"):
            del flag[name]
    with pytest.raises(ApiAttributeError, match="is required"):
        del flag.rule_id
    for name in ("a", "fz", "z"):
        flag[name] = 1
        del flag[name]
    assert to_json_value(flag) == {"ruleId": "a", "flagConfigVersion": 1}
    with pytest.raises(AttributeError):
        del flag.to_dict


@pytest.mark.parametrize(
    "name",
    [
        *("to_dict", "get", "attribute_map", "additional_properties", "_data", "_schema"),
        *("_other", "__class__", "__dict__", "__weakref__", "__doc__", "flagConfigVersion"),
    ],
)
def test_the_class_is_not_assigned_through_an_instance(name: str) -> None:
    flag = FlagInput("a", 1)
    before = {one: getattr(type(flag), one, None) for one in ("to_dict", "_schema", "__class__")}
    with pytest.raises(ApiAttributeError, match=f"FlagInput has no attribute '{name}' that can be"):
        setattr(flag, name, Link)
    assert before == {one: getattr(type(flag), one, None) for one in before}
    assert to_json_value(flag) == {"ruleId": "a", "flagConfigVersion": 1}
    if name != "flagConfigVersion":
        flag[name] = "data"
        assert flag[name] == "data"
        assert to_json_value(flag) == {"ruleId": "a", "flagConfigVersion": 1, name: "data"}


def test_a_missing_name_is_an_attribute_error() -> None:
    link: Any = Link(href="a")
    assert link.type is None
    for name in ("type", "nope", 0):
        with pytest.raises(ApiAttributeError, match=f"Link has no value for {name!r}"):
            _ = link[name]
    with pytest.raises(ApiAttributeError, match="Link has no attribute 'nope'") as caught:
        _ = link.nope
    assert caught.value.path_to_item == ["nope"]
    assert isinstance(caught.value, AttributeError)
    assert link.get("type") is None
    assert link.get("type", "t") == "t"
    assert link.get("nope", 5) == 5
    assert ("href" in link, "type" in link, "nope" in link, 5 in link) == (
        True,
        False,
        False,
        False,
    )
    with pytest.raises(TypeError):
        iter(link)


def test_a_name_that_tools_probe_is_not_an_attribute() -> None:
    link = decode(Link, {"__array__": 1, "_repr_html_": 2, "_ipython_display_": 3, "_versionId": 4})
    for name in ("__array__", "_ipython_display_", "_versionId"):
        with pytest.raises(ApiAttributeError, match=f"write model\\['{name}'\\]"):
            getattr(link, name)
        assert link[name]
    assert callable(link._repr_html_)


def test_an_array_is_a_list_of_its_items() -> None:
    first, second = MetricInput("a", True), MetricInput("b", False)
    array = MetricsInput(value=[first, second])
    assert list(array) == [first, second]
    assert len(array) == 2
    assert array[0] is first
    assert array[-1] is second
    assert array[:1] == [first]
    assert first in array
    assert MetricInput("c", True) not in array
    assert array["value"] is array.value
    assert ("value" in array, "nope" in array) == (True, False)
    assert array.get("value") is array.value
    assert array.get("nope") is None
    assert array.get("nope", 5) == 5
    assert array.get("z", 5) == 5
    with pytest.raises(ApiAttributeError):
        _ = array["z"]
    assert bool(MetricsInput([])) is False
    array.value.append(first)
    assert len(array) == 3
    with pytest.raises(IndexError):
        _ = array[3]


def test_an_array_is_assigned_with_checks() -> None:
    array: Any = metrics()
    array[0] = {"key": "b", "primary": False}
    assert array[0] == MetricInput("b", False)
    array["value"] = [MetricInput("c", True)]
    assert array[0].key == "c"
    array.value = [MetricInput("d", True)]
    assert array[0].key == "d"
    with pytest.raises(ApiTypeError, match=r"Expected MetricInput, got int 5 at \[0\]"):
        array[0] = 5
    with pytest.raises(ApiTypeError, match=r"Expected MetricInput, got int 5 at value\[0\]"):
        array.value = [5]
    with pytest.raises(IndexError):
        array[5] = MetricInput("e", True)
    with pytest.raises(ApiTypeError, match=r"Expected MetricInput, got int 5 at \[1\]"):
        array[:] = [MetricInput("e", True), 5]
    array[1:] = [{"key": "f", "primary": False}]
    assert array.value.pop() == MetricInput("f", False)
    assert to_json_value(array) == [{"key": "d", "primary": True}]


@pytest.mark.deep
def test_an_array_too_deep_to_show_says_so() -> None:
    array: Any = metrics()
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    array.value.append(deep)
    with pytest.raises(ApiValueError, match="nested too deep"):
        array.to_str()
    assert repr(array) == "<MetricsInput, nested too deep to be shown>"
    while deep:
        # Python may run out of stack if it frees all these lists at once.
        (deep,) = deep


@pytest.mark.parametrize("name", ["nope", "_data", "__class__", "to_str"])
def test_an_array_has_no_other_attributes(name: str) -> None:
    array: Any = metrics()
    with pytest.raises(ApiAttributeError):
        setattr(array, name, 5)
    with pytest.raises(ApiAttributeError, match=f"MetricsInput has no attribute '{name}'"):
        _ = array[name]
    with pytest.raises(ApiAttributeError):
        array[name] = []
    if name == "nope":
        with pytest.raises(ApiAttributeError, match="MetricsInput has no attribute 'nope'"):
            _ = array.nope


@pytest.mark.parametrize("arguments", [((), {}), (([], []), {}), (([],), {"value": []})])
def test_an_array_takes_one_list(arguments: Any) -> None:
    with pytest.raises(ApiTypeError, match=r"MetricsInput\(\) takes one argument"):
        MetricsInput(*arguments[0], **arguments[1])
    with pytest.raises(ApiTypeError, match=r"MetricsInput\(\) takes one argument"):
        loose.MetricsInput([], nope=5)


def test_the_base_models_hold_any_json() -> None:
    assert to_json_value(Model(a=[1], b=None)) == {"a": [1], "b": None}
    assert to_json_value(ArrayModel([1, "a", {}])) == [1, "a", {}]
    assert isinstance(Model(), BaseModel)


def test_a_list_of_dicts_becomes_an_array_model() -> None:
    patch = loose.ExperimentPatchInput([{"kind": "startIteration"}])
    assert type(patch.instructions) is Instructions
    assert patch == ExperimentPatchInput(Instructions([Instruction(kind="startIteration")]))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (Instruction.update_name("n"), {"kind": "updateName", "value": "n"}),
        (Instruction.update_description("d"), {"kind": "updateDescription", "value": "d"}),
        (Instruction.start_iteration(), {"kind": "startIteration"}),
        (
            Instruction.start_iteration("why"),
            {"kind": "startIteration", "changeJustification": "why"},
        ),
        (Instruction.stop_iteration(), {"kind": "stopIteration"}),
        (
            Instruction.stop_iteration("t", "r"),
            {"kind": "stopIteration", "winningTreatmentId": "t", "winningReason": "r"},
        ),
        (Instruction.archive_experiment(), {"kind": "archiveExperiment"}),
        (Instruction.restore_experiment(), {"kind": "restoreExperiment"}),
    ],
)
def test_each_instruction_method_builds_its_kind(made: Instruction, expected: Any) -> None:
    assert to_json_value(made) == expected


@pytest.mark.parametrize("wrong", [5, True, b"n", ["n"], object()])
@pytest.mark.parametrize(
    ("method", "parameter"),
    [
        ("update_name", "value"),
        ("update_description", "value"),
        ("start_iteration", "change_justification"),
        ("stop_iteration", "winning_treatment_id"),
        ("stop_iteration", "winning_reason"),
    ],
)
def test_parameters_of_instructions_are_checked(method: str, parameter: str, wrong: Any) -> None:
    with pytest.raises(
        ApiTypeError, match=f"got {type(wrong).__name__} .* at {parameter}"
    ) as caught:
        getattr(Instruction, method)(**{parameter: wrong})
    assert caught.value.valid_classes == (str,)


@pytest.mark.parametrize("method", ["update_name", "update_description"])
def test_an_instruction_without_its_value_is_refused(method: str) -> None:
    with pytest.raises(ApiTypeError, match="got NoneType None at value"):
        getattr(Instruction, method)(None)


def test_response_models_can_be_built_in_a_program() -> None:
    experiment = Experiment("k", "n", "m", 1, {"self": Link(href="/")}, id="i")
    assert to_json_value(experiment) == {
        "key": "k",
        "name": "n",
        "_maintainerId": "m",
        "_creationDate": 1,
        "_links": {"self": {"href": "/"}},
        "_id": "i",
    }
    with pytest.raises(ApiTypeError, match=r"Expected int \(epoch milliseconds\), got str '1'"):
        loose.Experiment("k", "n", "m", "1", {})
