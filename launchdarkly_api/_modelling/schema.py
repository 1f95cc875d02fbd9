"""What a value may be: JSON's types as a field's annotation names them.

A schema knows one thing: how to ``accept`` a value. Three trusts exist. ``STRICT`` is for what a
program hands over: a wrong type is an error before anything is sent. ``LENIENT`` is for what the
service answers: it may have grown since this was written. ``UNCHECKED`` lets everything pass and
only builds the models that the data allows.
"""

# Values of any type come by here, so their parts are of no type that is known.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import math
from datetime import date
from typing import Any

from launchdarkly_api._modelling.validation import (
    LENIENT,
    STRICT,
    UNCHECKED,
    InvalidValue,
    Trust,
    described,
)
from launchdarkly_api._support.scalars import plain_scalar


class Schema:
    """What a value may be. ``name`` is for people, ``classes`` for ``openapi_types``."""

    name: str
    classes: tuple[Any, ...]
    #: A value of exactly this type is right, whatever the trust, and is kept as it is.
    plain: type | None = None
    #: Whether a value may be a model or hold models.
    holds_models: bool = False
    #: Whether a value is an object with declared fields.
    is_object: bool = False

    def accept(self, value: Any, trust: Trust) -> Any:
        """Return the value as it is to be kept; raise ``InvalidValue`` where it may not be.

        Neither the value nor anything in it is changed. What is built of it is a new object.
        """
        raise NotImplementedError

    def accept_whole(self, value: Any, trust: Trust) -> Any:
        """Accept a whole answer, which is of this schema and not in something else.

        ``UNCHECKED`` demands its outermost shape all the same: whoever turns the checks off still
        reads what was asked for.
        """
        return self.accept(value, LENIENT if trust is UNCHECKED else trust)

    def keep(self, value: Any, trust: Trust) -> Any:
        """The same for the value of a field: as it came, where ``read`` makes of it what it is."""
        return self.accept(value, trust)

    def read(self, value: Any) -> Any:
        """The value of a field as the program gets to see it. A kept value goes out as it came."""
        return value

    def with_models(self, value: Any) -> Any:
        """The value that checked JSON stands for, with models in place of their JSON.

        Containers are changed in place, and a model in them is left as it is. Only the nearest
        models are made: each makes those inside it when it is first read. This is called only if
        ``holds_models`` is true.
        """
        raise NotImplementedError

    def mismatch(self, value: Any) -> InvalidValue:
        """The error that says what was expected and what came."""
        return InvalidValue(f"Expected {self.name}, got {described(value)}", self.classes)


class Text(Schema):
    """A string. A subclass of str is taken for the text that it holds."""

    name = "str"
    classes: tuple[Any, ...] = (str,)
    plain: type | None = str

    def accept(self, value: Any, trust: Trust) -> Any:
        if trust is UNCHECKED:
            return value
        if isinstance(value, str):
            return str.__str__(value)
        raise self.mismatch(value)


class OneOf(Text):
    """A string out of a list. The service may have learnt more words than the list holds.

    A list is open where a program may hand over other words as well, such as those of an answer.
    """

    plain: type | None = None

    def __init__(self, values: tuple[str, ...]) -> None:
        self.values = values
        self.name: str = f"one of {', '.join(map(repr, values))}"
        self.is_open = False

    def opened(self) -> OneOf:
        """The same words, as an open list."""
        words = OneOf(self.values)
        words.name, words.plain, words.is_open = Text.name, str, True
        return words

    def accept(self, value: Any, trust: Trust) -> Any:
        text = super().accept(value, trust)
        if trust is STRICT and not self.is_open and text not in self.values:
            raise InvalidValue(f"Expected {self.name}, got {described(text)}", None)
        return text


class Boolean(Schema):
    """True or False, and no number."""

    name = "bool"
    classes: tuple[Any, ...] = (bool,)
    plain: type | None = bool

    def accept(self, value: Any, trust: Trust) -> Any:
        if trust is UNCHECKED:
            return value
        truth = plain_scalar(value)
        if isinstance(truth, bool):
            return truth
        raise self.mismatch(value)


class Integer(Schema):
    """A whole number. JSON does not tell 5.0 from 5, so an answer's 5.0 is 5; 1.9 never is 1.

    A field's 5.0 is kept, and goes out as 5.0.
    """

    name = "int"
    classes: tuple[Any, ...] = (int,)
    plain: type | None = int

    def accept(self, value: Any, trust: Trust) -> Any:
        if trust is UNCHECKED:
            return value
        number = plain_scalar(value)
        if isinstance(number, int) and not isinstance(number, bool):
            return number
        if trust is LENIENT and isinstance(number, float) and number.is_integer():
            return int(number)
        raise self.mismatch(value)

    def keep(self, value: Any, trust: Trust) -> Any:
        whole = self.accept(value, trust)
        return plain_scalar(value) if trust is LENIENT else whole

    def read(self, value: Any) -> Any:
        return int(value) if type(value) is float and value.is_integer() else value


class Timestamp(Integer):
    """A point in time. Some answers give it as digits; those are kept, and read as a number."""

    def __init__(self, unit: str) -> None:
        self.name: str = f"int ({unit})"

    def accept(self, value: Any, trust: Trust) -> Any:
        if trust is LENIENT and is_timestamp_text(value):
            return value
        return super().accept(value, trust)

    def read(self, value: Any) -> Any:
        return int(value) if is_timestamp_text(value) else super().read(value)


class Number(Schema):
    """A floating-point number. A whole number that a float cannot hold stays whole.

    A field's 5 is kept, and goes out as 5.
    """

    name = "float"
    classes: tuple[Any, ...] = (float,)

    def accept(self, value: Any, trust: Trust) -> Any:
        if trust is UNCHECKED:
            return value
        number = plain_scalar(value)
        if isinstance(number, float):
            if trust is STRICT and not math.isfinite(number):
                raise InvalidValue(f"JSON has no number {number!r}", None)
            return number
        if isinstance(number, int) and not isinstance(number, bool):
            return _exact_float(number)
        raise self.mismatch(value)

    def keep(self, value: Any, trust: Trust) -> Any:
        number = self.accept(value, trust)
        return plain_scalar(value) if trust is LENIENT else number

    def read(self, value: Any) -> Any:
        return _exact_float(value) if type(value) is int else value


class Null(Schema):
    """None, which is JSON's null."""

    name = "None"
    classes: tuple[Any, ...] = (type(None),)
    plain: type | None = type(None)

    def accept(self, value: Any, trust: Trust) -> Any:
        if value is None or trust is UNCHECKED:
            return value
        raise self.mismatch(value)


def is_timestamp_text(value: Any) -> bool:
    """Whether this is a timestamp written as digits: short enough to be one."""
    return (
        isinstance(value, str)
        and value.isascii()
        and value.removeprefix("-").isdecimal()
        and len(value) <= 19
    )


def is_date(value: Any) -> bool:
    """Whether this is a date or a datetime. pandas' NaT is an instance of both, and neither."""
    return isinstance(value, date) and bool(value == value)


def _exact_float(value: int) -> int | float:
    try:
        number = float(value)
    except OverflowError:
        return value
    return number if number == value else value
