"""Schemas of single values: the JSON types that an annotation can name.

A schema validates a value with ``accept``, in one of three modes. ``STRICT`` is for values from the
program: a wrong type is an error before anything is sent. ``LENIENT`` is for responses: the service
may have added values since this version was released. ``UNCHECKED`` accepts any value, and builds
models from the data if that is possible.
"""

# Values of any type pass through here, so the types of their parts are unknown.
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
    ValidationMode,
    described,
)
from launchdarkly_api._support.scalars import plain_scalar


class Schema:
    """A set of valid values. Messages use ``name``; ``openapi_types`` uses ``classes``."""

    name: str
    classes: tuple[Any, ...]
    #: A value of exactly this type is valid in every mode and is kept unchanged.
    plain: type | None = None
    #: Whether a value may be a model or hold models.
    holds_models: bool = False
    #: Whether a value is an object with declared fields.
    is_object: bool = False

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        """Validate a value and return the value to store.

        The argument is never modified. A converted value is a new object.

        Args:
            value: The value to validate.
            mode: The validation mode.

        Returns:
            The value to store.

        Raises:
            InvalidValue: The value is not valid.
        """
        raise NotImplementedError

    def accept_whole(self, value: Any, mode: ValidationMode) -> Any:
        """Validate a whole response, as opposed to a value inside one.

        In ``UNCHECKED`` mode the type of the outermost value is still checked, so that a caller who
        turned validation off still receives the type that was requested.
        """
        kept = self.accept(value, mode)
        # Without validation, a value of another type is returned itself, and so is a scalar.
        return self.accept(value, LENIENT) if kept is value else kept

    def with_models(self, value: Any) -> Any:
        """Replace the outermost JSON objects in checked JSON by the models that they represent.

        Containers are modified in place, and models that they already contain are kept. A new model
        creates the models inside it when it is first read. This is called only if ``holds_models``
        is true.
        """
        raise NotImplementedError

    def mismatch(self, value: Any) -> InvalidValue:
        """Return an error that names the expected and the actual value."""
        return InvalidValue(f"Expected {self.name}, got {described(value)}", self.classes)


class Text(Schema):
    """A string. An instance of a subclass of ``str`` is converted to a plain ``str``."""

    name = "str"
    classes: tuple[Any, ...] = (str,)
    plain: type | None = str

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if mode is UNCHECKED:
            return value
        if isinstance(value, str):
            return str.__str__(value)
        raise self.mismatch(value)


class OneOf(Text):
    """An enumeration of strings. Responses may hold values that the service added later.

    An open enumeration also accepts unlisted values from the program, so that values from a
    response can be sent back.
    """

    plain: type | None = None

    def __init__(self, values: tuple[str, ...]) -> None:
        self.values = values
        self.name: str = f"one of {', '.join(map(repr, values))}"
        self.is_open = False

    def opened(self) -> OneOf:
        """Return an open enumeration of the same values."""
        words = OneOf(self.values)
        words.name, words.plain, words.is_open = Text.name, str, True
        return words

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        text = super().accept(value, mode)
        if mode is STRICT and not self.is_open and text not in self.values:
            raise InvalidValue(f"Expected {self.name}, got {described(text)}", None)
        return text


class Boolean(Schema):
    """True or False. Numbers are not accepted."""

    name = "bool"
    classes: tuple[Any, ...] = (bool,)
    plain: type | None = bool

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if mode is UNCHECKED:
            return value
        truth = plain_scalar(value)
        if isinstance(truth, bool):
            return truth
        raise self.mismatch(value)


class Integer(Schema):
    """An integer. In a response, 5.0 becomes 5, because JSON has only one type of number.

    A number with a fraction, such as 1.9, is rejected.
    """

    name = "int"
    classes: tuple[Any, ...] = (int,)
    plain: type | None = int

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if mode is UNCHECKED:
            return value
        number = plain_scalar(value)
        if isinstance(number, int) and not isinstance(number, bool):
            return number
        if mode is LENIENT and isinstance(number, float) and number.is_integer():
            return int(number)
        raise self.mismatch(value)


class Timestamp(Integer):
    """A point in time. Some responses hold it as text of digits, which becomes an integer."""

    def __init__(self, unit: str) -> None:
        self.name: str = f"int ({unit})"

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if mode is LENIENT and _is_timestamp_text(value):
            return int(value)
        return super().accept(value, mode)


class Number(Schema):
    """A floating-point number. An integer that a float cannot represent stays an integer."""

    name = "float"
    classes: tuple[Any, ...] = (float,)

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if mode is UNCHECKED:
            return value
        number = plain_scalar(value)
        if isinstance(number, float):
            if mode is STRICT and not math.isfinite(number):
                raise InvalidValue(f"JSON has no number {number!r}", None)
            return number
        if isinstance(number, int) and not isinstance(number, bool):
            return _exact_float(number)
        raise self.mismatch(value)


class Null(Schema):
    """None, the null of JSON."""

    name = "None"
    classes: tuple[Any, ...] = (type(None),)
    plain: type | None = type(None)

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if value is None or mode is UNCHECKED:
            return value
        raise self.mismatch(value)


def _is_timestamp_text(value: Any) -> bool:
    """Return whether this is text of at most 19 characters that holds an integer."""
    return (
        isinstance(value, str)
        and value.isascii()
        and value.removeprefix("-").isdecimal()
        and len(value) <= 19
    )


def is_date(value: Any) -> bool:
    """Return whether this is a date or a datetime, but not the NaT of pandas."""
    return isinstance(value, date) and bool(value == value)


def _exact_float(value: int) -> int | float:
    try:
        number = float(value)
    except OverflowError:
        return value
    return number if number == value else value
