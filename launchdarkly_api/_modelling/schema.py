"""Schemas of single values: the JSON types that an annotation can name.

A schema validates a value with ``accept``, in one of three modes. ``STRICT`` is for values from the
program: a wrong type is an error before anything is sent. ``LENIENT`` is for responses: the service
may have added values since this version was released. ``UNCHECKED`` accepts any value, and builds
models from the data if that is possible.
"""

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

    def refused(self, value: Any, mode: ValidationMode) -> Any:
        """Return a value of another type in ``UNCHECKED`` mode, and raise an error otherwise."""
        if mode is UNCHECKED:
            return value
        raise self.mismatch(value)

    def mismatch(self, value: Any) -> InvalidValue:
        """Return an error that names the expected and the actual value."""
        return InvalidValue(f"Expected {self.name}, got {described(value)}", self.classes)


class Scalar(Schema):
    """A string, a boolean, a number or null. A value of a subclass becomes one of the type."""

    def __init__(self, kind: type, name: str | None = None) -> None:
        self.name: str = name or kind.__name__
        self.classes: tuple[Any, ...] = (kind,)
        self.plain: type | None = kind

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if mode is UNCHECKED:
            return value
        scalar = plain_scalar(value)
        # The exact type: a boolean is not an integer.
        if type(scalar) in self.classes:
            return scalar
        raise self.mismatch(value)


class OneOf(Scalar):
    """An enumeration of strings. Responses may hold values that the service added later.

    An open enumeration also accepts unlisted values from the program, so that values from a
    response can be sent back.
    """

    def __init__(self, values: tuple[str, ...], *, is_open: bool = False) -> None:
        super().__init__(str, None if is_open else f"one of {', '.join(map(repr, values))}")
        self.values = values
        self.is_open = is_open
        if not is_open:
            self.plain = None

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        text = super().accept(value, mode)
        if mode is STRICT and not self.is_open and text not in self.values:
            raise InvalidValue(f"Expected {self.name}, got {described(text)}", None)
        return text


class Integer(Scalar):
    """An integer. In a response, 5.0 becomes 5, because JSON has only one type of number.

    A number with a fraction, such as 1.9, is rejected.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(int, name)

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        number = plain_scalar(value)
        if mode is LENIENT and isinstance(number, float) and number.is_integer():
            return int(number)
        return super().accept(value, mode)


class Timestamp(Integer):
    """A point in time. Some responses hold it as text of digits, which becomes an integer."""

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if mode is LENIENT and _is_timestamp_text(value):
            return int(value)
        return super().accept(value, mode)


class Number(Scalar):
    """A floating-point number. An integer that a float cannot represent stays an integer."""

    def __init__(self) -> None:
        super().__init__(float)
        #: A float may be infinite, which JSON cannot represent.
        self.plain = None

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        number = plain_scalar(value)
        if mode is not UNCHECKED and type(number) is int:
            return _exact_float(number)
        number = super().accept(value, mode)
        if mode is STRICT and not math.isfinite(number):
            raise InvalidValue(f"JSON has no number {number!r}", None)
        return number


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
