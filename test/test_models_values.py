"""Models are values: compared, copied, pickled and shown, as are their subclasses."""

from __future__ import annotations

import copy
import gc
import inspect
import json
import operator
import pickle
import pydoc
import subprocess
import sys
import weakref
from pprint import pformat
from typing import Any, ClassVar, Generic, Literal, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchdarkly_api import models
from launchdarkly_api._modelling.containers import Ref
from launchdarkly_api.exceptions import ApiAttributeError, ApiTypeError
from launchdarkly_api.model_utils import (
    KW_ONLY,
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
    ExperimentPost,
    FlagInput,
    FlagsInput,
    Instruction,
    Link,
    MetricInput,
    MetricsInput,
    TreatmentParameterInput,
    TreatmentRep,
)
from test.contract import MODELS, example
from test.strategies import kept, responses, thorough

T = TypeVar("T")


def decoded(name: str, value: Any) -> Any:
    return decode(getattr(models, name), value)


@thorough
@given(responses(drifted=True), st.sampled_from(range(2, pickle.HIGHEST_PROTOCOL + 1)))
def test_a_copied_model_is_equal_and_independent(response: tuple[str, Any], protocol: int) -> None:
    model = decoded(*response)
    pickled = pickle.loads(pickle.dumps(model, protocol))
    for duplicate in (copy.copy(model), copy.deepcopy(model), pickled):
        assert type(duplicate) is type(model)
        assert duplicate == model
        assert not operator.ne(duplicate, model)
        assert repr(duplicate) == repr(model)
        assert json.dumps(to_json_value(duplicate)) == json.dumps(to_json_value(model))
        duplicate._data.clear()
        assert to_json_value(model) == kept(*response)


@thorough
@given(responses(drifted=True), responses(drifted=True))
def test_models_are_equal_by_value(one: tuple[str, Any], other: tuple[str, Any]) -> None:
    same = (one[0], kept(*one)) == (other[0], kept(*other))
    assert (decoded(*one) == decoded(*other)) == same
    assert decoded(*one) != one[1]
    assert decoded(*one) is not None


@thorough
@given(responses(drifted=True))
def test_the_repr_of_a_model_is_that_of_its_dict(response: tuple[str, Any]) -> None:
    model = decoded(*response)
    if isinstance(model, ArrayModel):
        assert repr(model) == str(model) == model.to_str() == str(list(model))
    else:
        assert repr(model) == str(model) == model.to_str() == pformat(model.to_dict())
        json.dumps(model.to_dict())


def test_a_shallow_copy_shares_its_values() -> None:
    post = decoded("ExperimentPost", example("ExperimentPost"))
    shallow, deep = copy.copy(post), copy.deepcopy(post)
    post.iteration.hypothesis = "another"
    post.name = "another"
    assert shallow.iteration is post.iteration
    assert (shallow.name, deep.name) == ("name-text", "name-text")
    assert deep.iteration.hypothesis == "hypothesis-text"


def test_a_copy_of_a_model_that_contains_itself_contains_itself() -> None:
    metric = Instruction(kind="x")
    metric["me"] = metric
    duplicate = copy.deepcopy(metric)
    assert duplicate["me"] is duplicate
    again = pickle.loads(pickle.dumps(metric))
    assert again["me"] is again


def test_models_are_unhashable_and_weakly_referenceable() -> None:
    link = Link(href="a")
    with pytest.raises(TypeError, match="unhashable"):
        hash(link)
    reference = weakref.ref(link)
    assert reference() is link
    del link
    gc.collect()
    assert reference() is None


def test_a_model_holds_its_data_alone() -> None:
    for name in MODELS:
        model = decoded(name, example(name))
        assert not hasattr(model, "__dict__")
        assert sorted(copy.copy(model).__reduce_ex__(4)[2][1]) == ["_data"]


def test_a_model_without_init_has_no_attributes() -> None:
    for empty in (Link.__new__(Link), MetricsInput.__new__(MetricsInput)):
        for name in ("nope", "href", "_data", "value"):
            with pytest.raises(ApiAttributeError):
                getattr(empty, name)
        assert copy.copy(Link()) == Link()


class Noted(ExperimentPost):
    """A post with a note that is not sent."""

    __slots__ = ("note",)
    note: str

    def __init__(self, name: str, note: str = "") -> None:
        metrics = MetricsInput([MetricInput("signup", True)])
        iteration = models.IterationInput("h", metrics, models.TreatmentsInput([]), FlagsInput())
        super().__init__(name, "m", "k", iteration)
        self.note = note

    @property
    def shout(self) -> str:
        return self.name.upper()

    @shout.setter
    def shout(self, text: str) -> None:
        self.name = text.lower()


class Open(Link):
    """A link that takes private attributes."""

    __slots__ = ("__dict__",)


class Longer(TreatmentRep):
    """A treatment with fields that the contract does not know."""

    weight: int
    _: KW_ONLY
    seen_at: EpochMilliseconds | None = None
    other: list[Link] | None = field("_other", default=None)
    limit: ClassVar[int] = 5


class Pair(Noted):
    """A class of a class."""


def test_a_subclass_may_have_slots_properties_and_a_constructor_of_its_own() -> None:
    noted = Noted("n", note="remember")
    assert noted.note == "remember"
    noted.note = "forget"
    noted.shout = "LOUD"
    assert (noted.name, noted.shout, noted.note) == ("loud", "LOUD", "forget")
    assert "note" not in noted
    assert "note" not in to_json_value(noted)
    for duplicate in (copy.copy(noted), copy.deepcopy(noted), pickle.loads(pickle.dumps(noted))):
        assert type(duplicate) is Noted
        assert duplicate == noted
        assert duplicate.note == "forget"
    assert str(inspect.signature(Noted)) == "(name: 'str', note: 'str' = '') -> 'None'"
    del noted.note
    with pytest.raises(ApiAttributeError):
        _ = noted.note
    assert Pair("p").name == "p"  # type: ignore[call-arg]


def test_a_subclass_may_have_a_dict() -> None:
    link = Open(href="a")
    link._private = 1  # type: ignore[attr-defined]
    link.public = 2  # type: ignore[attr-defined]
    assert to_json_value(link) == {"href": "a"}
    assert copy.deepcopy(link)._private == 1  # type: ignore[attr-defined]
    assert vars(copy.copy(link)) == {"_private": 1, "public": 2}


@pytest.mark.parametrize("cls", [Noted, Open, Longer, Pair])
def test_a_subclass_is_decoded(cls: type[Model]) -> None:
    value = {**example(cls.__mro__[-5].__name__), "weight": 5, "more": [1]}
    for model in (decode(cls, value), decode_json(Ref(cls), json.dumps(value))):
        assert type(model) is cls
        assert to_json_value(model) == value
    with pytest.raises(ApiTypeError):
        decode_json(Ref(cls), "[]")


def test_a_subclass_may_declare_fields() -> None:
    longer = Longer("n", "50", 5, seen_at=7, other=[{"href": "a"}], id="i")  # type: ignore[list-item]
    assert to_json_value(longer) == {
        "name": "n",
        "allocationPercent": "50",
        "weight": 5,
        "seenAt": 7,
        "_other": [{"href": "a"}],
        "_id": "i",
    }
    assert type(longer.other[0]) is Link  # type: ignore[index]
    assert longer.limit == Longer.limit == 5
    assert "limit" not in longer.attribute_map
    assert Longer.attribute_map["other"] == "_other"
    assert list(Longer.openapi_types) == [*TreatmentRep.openapi_types, "weight", "seen_at", "other"]
    assert "weight" not in TreatmentRep.openapi_types
    with pytest.raises(ApiTypeError, match="needs 'weight'"):
        Longer("n", "50")  # type: ignore[call-arg]
    text = '{"name": "n", "allocationPercent": "5", "weight": 1, "seenAt": "12"}'
    assert decode_json(Ref(Longer), text).seen_at == 12


def test_a_field_takes_an_instance_of_a_subclass() -> None:
    class Special(MetricInput):
        """A metric."""

    special = Special("a", True)
    assert MetricsInput([special])[0] is special
    assert special != MetricInput("a", True)
    assert to_json_value(special) == to_json_value(MetricInput("a", True))


def test_an_array_of_another_type_may_be_declared() -> None:
    class Words(ArrayModel[Literal["a", "b"]]):
        """A list of words."""

    assert Words(["a", "b"]).openapi_types == {"value": ([str],)}
    with pytest.raises(ValueError, match=r"Expected one of 'a', 'b', got str 'c' at value\[0\]"):
        Words(["c"])  # type: ignore[list-item]


def test_an_array_may_have_other_bases() -> None:
    class Tagged(MetricsInput, Generic[T]):
        """Metrics with a tag."""

    assert Tagged([{"key": "a", "primary": True}])[0] == MetricInput("a", True)  # type: ignore[list-item]
    assert Tagged.openapi_types == MetricsInput.openapi_types


def test_models_match_patterns() -> None:
    match MetricInput("a", True):
        case MetricInput(key, primary=primary):
            assert (key, primary) == ("a", True)
        case _:
            pytest.fail("no match")


def test_a_model_has_html_for_notebooks() -> None:
    assert "<" in Link(href="/a")._repr_html_()
    assert "<" in MetricsInput([])._repr_html_()


def test_tab_completion_shows_fields_and_methods() -> None:
    link = decode(Link, {"href": "a", "more": 1, "not a name": 2, "_hidden": 3, "get": 4})
    methods = ["additional_properties", "get", "to_dict", "to_str"]
    assert sorted(dir(link)) == sorted(["href", "type", "more", *methods])
    assert dir(MetricsInput([])) == ["get", "to_str", "value"]
    for name in dir(link):
        getattr(link, name)


def test_help_shows_the_signature_and_the_fields() -> None:
    text = pydoc.plain(pydoc.render_doc(ExperimentPost))
    assert "A new experiment, with its first iteration." in text
    assert "maintainer_id: str" in text
    assert "The key, which must not be in use in the project." in text
    assert 'Does a larger button sell more?"' in text


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_field_is_documented(name: str) -> None:
    cls = getattr(models, name)
    assert inspect.getdoc(cls)
    for one in cls.attribute_map:
        doc = inspect.getdoc(getattr(cls, one))
        assert doc
        assert doc.rstrip().endswith(".")


@pytest.mark.parametrize("module", ["a", "z"])
def test_a_constructor_of_a_subclass_has_its_own_signature(module: str) -> None:
    source = "class Mine(Link):\n    def __init__(self, one): super().__init__(href=one)"
    names: dict[str, Any] = {"Link": Link, "__name__": module}
    exec(source, names)
    assert str(inspect.signature(names["Mine"])) == "(one)"


def test_the_signature_of_a_model_lists_its_fields() -> None:
    assert str(inspect.signature(TreatmentParameterInput)) == (
        "(flag_key: str, variation_id: str, **additional_properties: Any)"
    )
    assert str(inspect.signature(MetricsInput)) == (
        "(value: list[launchdarkly_api.model.metric_input.MetricInput])"
    )
    parameters = inspect.signature(FlagsInput).parameters
    assert parameters["additional_properties"].annotation is FlagInput
    description = inspect.signature(ExperimentPost).parameters["description"]
    assert (description.kind, description.default) == (description.KEYWORD_ONLY, None)
    assert inspect.signature(Experiment).bind("k", "n", "m", 1, {}, id="i")


def test_importing_the_models_loads_no_other_package() -> None:
    code = (
        "import sys, urllib3; before = set(sys.modules)\n"
        "from launchdarkly_api import models\n"
        "for name in models.__all__: getattr(models, name)\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "launchdarkly_api.model.experiment" in loaded
    assert not {"inspect", "dataclasses", "pprint", "ast", "dateutil"} & set(loaded)
    assert not any(name.startswith("launchdarkly_api.api") for name in loaded)


@pytest.mark.parametrize("name", ["A", "_data_", "a", "_"])
def test_an_absent_attribute_is_named(name: str) -> None:
    with pytest.raises(ApiAttributeError, match=f"has no attribute {name!r}"):
        getattr(models.Link(href="/a"), name)
