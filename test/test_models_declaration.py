"""How fields are declared, by the library and by programs that add models of their own."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import pytest

from launchdarkly_api._modelling.introspection import field_docs
from launchdarkly_api.exceptions import ApiTypeError
from launchdarkly_api.model_utils import KW_ONLY, Model, decode, field, to_json_value


class Declared(Model):
    """Annotations may be text, as in this module, which postpones them."""

    plain: str
    two_words: int
    x_2y: int
    """A strange name."""
    given: str = field("_given-name")
    constant: ClassVar[int] = 1
    _private: int = 3
    _: KW_ONLY
    maybe: str | None = None
    """May be
    left out."""
    needs_none: str | None
    odd: list[str] = None  # type: ignore[assignment]
    named: dict[str, Any] | None = field("Named", default=None)

    def method(self) -> str:
        """No field."""
        return self.plain


def test_names_on_the_wire_are_derived_or_given() -> None:
    assert Declared.attribute_map == {
        "plain": "plain",
        "two_words": "twoWords",
        "x_2y": "x2y",
        "given": "_given-name",
        "maybe": "maybe",
        "needs_none": "needsNone",
        "odd": "odd",
        "named": "Named",
    }


def test_a_default_makes_a_field_optional() -> None:
    required = [f.name for f in Declared._fields if f.required]
    assert required == ["plain", "two_words", "x_2y", "given", "needs_none"]
    made: Any = Declared("a", 1, 2, "b", needs_none=None)
    assert to_json_value(made) == {
        "plain": "a",
        "twoWords": 1,
        "x2y": 2,
        "_given-name": "b",
        "needsNone": None,
    }
    assert (made.maybe, made.odd, made.named, made.needs_none) == (None, None, None, None)
    assert (made.constant, made._private, made.method()) == (1, 3, "a")
    made.odd = ["x"]
    with pytest.raises(ApiTypeError, match=r"Expected str, got int 1 at odd\[0\]"):
        made.odd = [1]
    with pytest.raises(ApiTypeError, match="Expected list of str, got str 'x' at odd"):
        made.odd = "x"


def test_annotations_may_be_types_in_place_of_text() -> None:
    body = {"__annotations__": {"x": int, "bare": ClassVar, "y": str | None}, "bare": 2, "y": None}
    make: Any = type(Model)
    cls = make("Made", (Model,), body)
    assert cls.openapi_types == {"x": (int,), "y": (str,)}
    assert cls.bare == 2


def test_a_default_other_than_none_is_an_error() -> None:
    body = {"__annotations__": {"limit": int}, "limit": 5}
    make: Any = type(Model)
    with pytest.raises(ApiTypeError, match=r"Wrong.limit has the default 5; a field has no other"):
        make("Wrong", (Model,), body)


def test_types_that_json_cannot_hold_are_an_error() -> None:
    make: Any = type(Model)
    with pytest.raises(ApiTypeError, match=r"<class 'bytes'> is not a type that JSON can hold"):
        make("Wrong", (Model,), {"__annotations__": {"data": bytes}})


def test_a_field_may_be_declared_anew() -> None:
    class Narrow(Declared):
        """Another type for a field of the base; its place stays."""

        two_words: str  # type: ignore[assignment]

    assert list(Narrow.attribute_map) == list(Declared.attribute_map)
    assert Narrow("a", "b", 1, "c", needs_none="d").two_words == "b"
    assert decode(Declared, {**EXAMPLE, "twoWords": 5}).two_words == 5
    with pytest.raises(ApiTypeError):
        decode(Narrow, {**EXAMPLE, "twoWords": 5})


EXAMPLE = {"plain": "a", "twoWords": 1, "x2y": 2, "_given-name": "b", "needsNone": None}


def test_additional_properties_may_have_a_type() -> None:
    class Typed(Model):
        """Names and numbers."""

        _additional = int

    Numbers: Any = Typed

    assert Numbers(a=1).a == 1
    with pytest.raises(ApiTypeError, match="Expected int, got str 'x' at a"):
        Numbers(a="x")
    with pytest.raises(ApiTypeError, match="Expected int, got NoneType at a"):
        Numbers(a=None)


def test_the_strings_below_fields_are_their_documentation() -> None:
    assert field_docs(Declared) == {"x_2y": "A strange name.", "maybe": "May be\nleft out."}
    assert Declared.maybe.__doc__ == "May be\nleft out."
    assert Declared.plain.__doc__ is None


def test_without_source_there_is_no_documentation() -> None:
    code = "class Made(Model):\n x: int\n 'Doc.'"
    namespace: dict[str, Any] = {"__name__": "nowhere", "Model": Model}
    exec(code, namespace)
    assert namespace["Made"].x.__doc__ is None
    assert field_docs(int) == {}


class Positional(Model):
    """A field that became optional keeps its place before a required one."""

    __slots__ = ()

    _positional = ("first", "second", "third")

    first: str
    _: KW_ONLY
    second: str | None = None
    third: str
    fourth: int
    fifth: str | None = None


loose: Any = Positional


def test_the_fields_above_kw_only_are_positional() -> None:
    made: Any = loose("a", "b", "c", fourth=4)
    assert to_json_value(made) == {"first": "a", "second": "b", "third": "c", "fourth": 4}
    assert list(made.to_dict()) == ["first", "second", "third", "fourth"]
    assert made == Positional(fifth=None, fourth=4, third="c", second="b", first="a")
    assert list(to_json_value(Positional(fourth=4, third="c", second="b", first="a"))) == [
        "first",
        "second",
        "third",
        "fourth",
    ]
    assert loose.__match_args__ == ("first", "second", "third")
    with pytest.raises(ApiTypeError, match="takes 3 positional arguments and got 4"):
        loose("a", "b", "c", 4)


def test_a_positional_field_with_a_default_may_be_left_out() -> None:
    without = {"first": "a", "third": "c", "fourth": 4}
    assert to_json_value(Positional(first="a", third="c", fourth=4)) == without
    assert to_json_value(loose("a", third="c", fourth=4)) == without
    assert to_json_value(loose("a", None, "c", fourth=4)) == without
    assert to_json_value(Positional(first="a", second=None, third="c", fourth=4)) == without
    with pytest.raises(ApiTypeError, match="needs 'third' and 'fourth'"):
        loose("a", "b")
    with pytest.raises(ApiTypeError, match="got 'second' by position and by name"):
        loose("a", "b", "c", second="b", fourth=4)


def test_the_signature_shows_positional_fields_in_the_order_of_the_declaration() -> None:
    shown = inspect.signature(Positional)
    assert list(shown.parameters) == [
        *("first", "second", "third", "fourth", "fifth", "additional_properties"),
    ]
    kinds = [parameter.kind.name for parameter in shown.parameters.values()]
    assert kinds == ["POSITIONAL_OR_KEYWORD"] * 3 + ["KEYWORD_ONLY"] * 2 + ["VAR_KEYWORD"]
    assert shown.bind(first="a", third="c", fourth=4).arguments["third"] == "c"
