"""A subclass of a model is an ordinary class; the package's own models stay slotted."""

from __future__ import annotations

import abc
import copy
import enum
import functools
import inspect
import pickle
import subprocess
import sys
import weakref
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from unittest import mock

import cloudpickle  # type: ignore[import-untyped]
import pytest

from launchdarkly_api import models
from launchdarkly_api.exceptions import ApiAttributeError, ApiTypeError
from launchdarkly_api.model_utils import KW_ONLY, ArrayModel, Model, decode, to_json_value
from launchdarkly_api.models import Experiment, Instructions, Link, MetricInput
from test.contract import MODELS, example

T = TypeVar("T")


class HasKey(Protocol):
    """A mixin of ``typing``."""

    key: str


class Listed(abc.ABC):
    """A mixin with an abstract method."""

    @abc.abstractmethod
    def line(self) -> str: ...


class Counted:
    """A mixin with a constructor and a hook of its own."""

    kind: str | None = None

    def __init__(self, *args: Any, start: int = 0, **fields: Any) -> None:
        super().__init__(*args, **fields)
        self.count = start

    def __init_subclass__(cls, kind: str | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.kind = kind


class Mine(Counted, Experiment, HasKey, Listed, kind="team"):
    """An experiment of a program, with all that a class may have."""

    team: str
    _: KW_ONLY
    budget: int | None = None

    def __init__(self, *args: Any, **fields: Any) -> None:
        self.before = "set before"
        super().__init__(*args, **fields)
        self.notes = ["set after"]

    @functools.cached_property
    def title(self) -> str:
        return f"{self.team}: {self.name}"

    def line(self) -> str:
        return self.key


class Steps(Instructions):
    """A list of a program."""

    def __init__(self, items: Any) -> None:
        super().__init__(items)
        self.author = "me"


def mine() -> Mine:
    return Mine("k", "n", "m", 1, {}, "t", budget=3, start=7)


ATTRIBUTES = {"before": "set before", "count": 7, "notes": ["set after"]}
DATA = {
    "key": "k",
    "name": "n",
    "_maintainerId": "m",
    "_creationDate": 1,
    "_links": {},
    "team": "t",
    "budget": 3,
}


def test_attributes_of_a_subclass_are_never_sent() -> None:
    made = mine()
    made.extra = 5  # type: ignore[attr-defined]
    made._links = 6  # type: ignore[attr-defined]
    assert (made.title, made.title, made.line(), made.kind) == ("t: n", "t: n", "k", "team")
    assert vars(made) == {**ATTRIBUTES, "extra": 5, "_links": 6, "title": "t: n"}
    assert to_json_value(made) == DATA
    assert made.to_dict().keys() == {"key", "name", "maintainer_id", "creation_date", "links"} | {
        "team",
        "budget",
    }
    assert {"count", "title", "team", "key"} <= set(dir(made))


def test_fields_of_a_subclass_are_checked_and_sent() -> None:
    made = mine()
    made.name, made.team, made.budget = "N", "T", None
    changed = {**DATA, "name": "N", "team": "T"}
    del changed["budget"]
    assert to_json_value(made) == changed
    made.budget = 4
    del made.budget
    assert to_json_value(made) == changed
    with pytest.raises(ApiTypeError, match="Expected str, got int 5 at team"):
        made.team = 5  # type: ignore[assignment]
    with pytest.raises(ApiTypeError, match="needs 'team'"):
        Mine("k", "n", "m", 1, {})


def test_an_additional_property_of_a_subclass_is_set_as_an_item() -> None:
    made: Any = mine()
    made["budgetId"] = "sent"
    assert made.budgetId == "sent"
    made.budgetId = "kept"
    assert (made.budgetId, made["budgetId"]) == ("kept", "sent")
    del made.budgetId
    assert made.budgetId == "sent"
    del made.budgetId
    assert "budgetId" not in made
    with pytest.raises(ApiAttributeError):
        del made.budgetId


def test_an_additional_property_of_a_model_is_set_as_an_attribute() -> None:
    link: Any = Link()
    link.more = 1
    assert to_json_value(link) == {"more": 1}
    del link.more
    assert to_json_value(link) == {}
    with pytest.raises(ApiAttributeError):
        link._private = 1


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("cls", [Mine, Steps, Link])
def test_a_pickle_of_any_protocol_holds_data_and_attributes(cls: Any, protocol: int) -> None:
    link: Any = Link
    examples = {Mine: mine(), Steps: Steps([{"kind": "a"}]), Link: link(href="a", b=1)}
    made: Any = examples[cls]
    again = pickle.loads(pickle.dumps(made, protocol))
    assert again == made
    assert type(again) is type(made)
    assert getattr(again, "__dict__", None) == getattr(made, "__dict__", None)


def test_copies_of_a_subclass_have_its_attributes() -> None:
    made = mine()
    shallow, deep = copy.copy(made), copy.deepcopy(made)
    assert shallow == deep == made
    assert shallow.notes is made.notes
    assert deep.notes == made.notes
    assert deep.notes is not made.notes
    shallow.name = "other"
    assert made.name == "n"


PROGRAM = """
import sys, typing, cloudpickle
from launchdarkly_api.model_utils import KW_ONLY, ArrayModel
from launchdarkly_api.models import Experiment, Link

class Parent(Experiment):
    parent: Link
    _: KW_ONLY
    team: str | None = None
    tags: list[typing.Literal["a", "b"] | str] | None = None

class Mine(Parent):
    def __init__(self, *args, **fields):
        super().__init__(*args, **fields)
        self.note = "set"

    def shout(self):
        return self.key.upper()

class Many(ArrayModel[Mine]):
    pass

mine = Mine("k", "n", "m", 1, {}, Link(href="/"), team="t", tags=["a", "c"])
sys.stdout.buffer.write(cloudpickle.dumps((Mine, mine, Many([mine]))))
"""


def test_cloudpickle_sends_a_subclass_of_a_program() -> None:
    sent = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True).stdout
    cls, made, many = pickle.loads(sent)
    assert (made.shout(), made.note, made.team, made.parent.href) == ("K", "set", "t", "/")
    assert many.value == [made]
    data = {**example("Experiment"), "parent": {"href": "a"}, "team": "x"}
    assert decode(cls, data).team == "x"
    assert list(inspect.signature(cls._from_openapi_data).parameters) == ["args", "kwargs"]
    with pytest.raises(ApiTypeError, match="Expected str, got int 5 at team"):
        made.team = 5
    with pytest.raises(ApiTypeError, match="needs 'parent'"):
        cls("k", "n", "m", 1, {})


def test_cloudpickle_sends_a_cached_property() -> None:
    class Local(Link):
        if sys.version_info >= (3, 12):  # before, it holds a lock, which no pickle can hold
            path = functools.cached_property(lambda self: self.href[1:])
        else:
            path = property(lambda self: self.href[1:])

    again = pickle.loads(cloudpickle.dumps(Local(href="/a")))
    assert (again.path, again.path) == ("a", "a")


def test_an_abstract_model_cannot_be_built() -> None:
    class Unfinished(Link, Listed):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Unfinished()  # type: ignore[abstract]


def test_a_generic_model_can_be_parametrised() -> None:
    class Tagged(Link, Generic[T]):
        """A link to something of a type."""

    assert Tagged[int](href="a").href == "a"


def test_two_models_make_one_with_the_fields_of_both() -> None:
    class Both(Link, MetricInput):
        pass

    both = Both("k", True, href="a")
    assert to_json_value(both) == {"key": "k", "primary": True, "href": "a"}
    assert decode(Both, {"key": "k", "primary": True, "href": "a"}) == both
    assert list(inspect.signature(Both).parameters)[:2] == ["key", "primary"]
    assert {"href", "is_group"} < inspect.signature(Both).parameters.keys()
    with pytest.raises(ApiTypeError):
        both.primary = "yes"  # type: ignore[assignment]


def test_a_field_follows_the_order_of_the_bases() -> None:
    class Base(Model):
        x: int

    class Left(Base):
        pass

    class Right(Base):
        x: str  # type: ignore[assignment]

    class Both(Left, Right):
        pass

    made: Any = Both
    assert made("a").x == "a"
    with pytest.raises(ApiTypeError):
        made(1)


def test_a_slotted_mixin_and_slots_of_its_own() -> None:
    class Mixin:
        __slots__ = ()

    class Small(Link, Mixin):
        __slots__ = ("cache",)

    made: Any = Small(href="a")
    made.cache = 1
    made.more = 2
    assert not hasattr(made, "__dict__")
    assert copy.deepcopy(made).cache == pickle.loads(cloudpickle.dumps(made)).cache == 1
    assert to_json_value(made) == {"href": "a", "more": 2}


def test_a_descriptor_keeps_its_value_in_the_instance() -> None:
    class Positive:
        def __set_name__(self, owner: type, name: str) -> None:
            self.name = name

        def __get__(self, instance: Any, owner: type) -> Any:
            return self if instance is None else vars(instance)[self.name]

        def __set__(self, instance: Any, value: int) -> None:
            vars(instance)[self.name] = abs(value)

    class Weighed(Link):
        weight = Positive()

    made = Weighed(href="a")
    made.weight = -5
    assert made.weight == 5
    assert to_json_value(made) == {"href": "a"}


def test_a_property_may_hide_a_field() -> None:
    class Upper(Link):
        @property  # type: ignore[misc]
        def href(self) -> str:  # type: ignore[override]
            return str(self["href"]).upper()

    assert Upper(href="a").href == "A"
    assert to_json_value(Upper(href="a")) == {"href": "a"}


def test_a_constructor_that_skips_the_models_says_so() -> None:
    @dataclass
    class Note:
        note: str = ""

    class Noted(Note, Link):
        pass

    made = Noted("x")
    with pytest.raises(ApiAttributeError, match=r"Noted needs a call of super\(\).__init__\(\)"):
        _ = made.href
    assert repr(Link.__new__(Link)) == "<Link needs a call of super().__init__()>"


@pytest.mark.parametrize("mixin", [NamedTuple("Pair", [("x", int)]), int, tuple])
def test_a_mixin_with_another_layout_is_refused_by_python(mixin: type) -> None:
    make: Any = type
    with pytest.raises(TypeError, match="conflict"):
        make("Mixed", (Link, mixin), {})


def test_a_member_of_an_enumeration_is_no_model() -> None:
    with pytest.raises(TypeError):

        class Known(Link, enum.Enum):  # type: ignore[misc]
            HOME = "/"  # pyright: ignore[reportCallIssue]


def test_keywords_that_no_base_takes_are_refused() -> None:
    make: Any = type
    for base in (Link, ArrayModel):
        with pytest.raises(TypeError, match="takes no keyword arguments"):
            make("Wrong", (base,), {}, unknown=1)


def test_annotations_of_a_mixin_need_not_resolve() -> None:
    class Mixin:
        __annotations__ = {"other": "OnlyForTypeCheckers"}

    class Mixed(Mixin, Link):
        own: str
        _own: OnlyForTypeCheckers = None  # type: ignore[name-defined]  # noqa: F821

    assert Mixed(own="a").own == "a"


def test_a_subclass_is_matched_and_weakly_referenced() -> None:
    made = mine()
    match made:
        case Mine(key=key, notes=[note]):
            assert (key, note) == ("k", "set after")
        case _:
            pytest.fail("not matched")
    assert weakref.ref(made)() is made


@pytest.mark.parametrize("name", MODELS)
def test_the_package_models_have_no_dict_and_no_metaclass(name: str) -> None:
    cls: Any = getattr(models, name)
    assert type(cls) is type
    assert cls.__dictoffset__ == 0
    assert cls.__weakrefoffset__


@pytest.mark.parametrize(
    ("cls", "instance"), [(Experiment, False), (Experiment, True), (Steps, True)]
)
def test_an_autospecced_model_can_be_copied_and_sealed(cls: Any, instance: bool) -> None:
    double = mock.create_autospec(cls, instance=instance)
    copy.copy(double)
    copy.deepcopy(double)
    mock.seal(double)


def test_an_autospecced_model_knows_the_fields() -> None:
    made: Any = mock.create_autospec(Experiment)("k", "n", "m", 1, {})
    for name in Experiment.attribute_map:
        assert getattr(made, name) is not None
    with pytest.raises(AttributeError):
        _ = made.unknown
    assert isinstance(made, Experiment)
    double = mock.create_autospec(Experiment, instance=True)
    double.archived_date = 5
    assert double.archived_date == 5
    with pytest.raises(AttributeError):
        _ = double.archived_at
