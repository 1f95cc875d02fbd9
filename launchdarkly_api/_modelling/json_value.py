"""Converts models, dates, tuples and other values: to JSON before they are sent, or to Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from launchdarkly_api._modelling.schema import is_date
from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api._modelling.validation import InvalidValue, described, property_name
from launchdarkly_api._support.errors import ApiValueError, PathItem
from launchdarkly_api._support.scalars import plain_scalar

T = TypeVar("T")

#: Values of exactly these types are JSON values already.
SCALARS = frozenset((str, int, bool, type(None)))

TOO_DEEP = "The value is nested too deep, or holds itself"


def to_json_value(value: Any, *inside: PathItem) -> Any:
    """Convert a value to a JSON value: new dicts, lists and plain scalars, with wire names.

    Args:
        value: A model, or any value that JSON can represent.
        *inside: The path to the value, for messages.

    Returns:
        The JSON value.

    Raises:
        ApiValueError: JSON cannot represent a part of the value. The message has the path to it.
    """
    return value if type(value) in SCALARS else publicly(_converted, value, inside=inside)


def publicly(function: Callable[..., T], *arguments: Any, inside: Sequence[PathItem] = ()) -> T:
    """Call a function that validates or converts a value, and translate its errors.

    Args:
        function: The function. It may raise ``InvalidValue``.
        *arguments: Its arguments.
        inside: The path to the value, for messages.

    Returns:
        The result of the function.

    Raises:
        ApiTypeError, ApiValueError: The value is not valid, or is nested too deep.
    """
    try:
        return function(*arguments)
    except InvalidValue as error:
        raise error.inside(*inside).as_api_error() from None
    except RecursionError:
        raise ApiValueError(TOO_DEEP, inside) from None


def unwrapped(value: Any, python_names: bool = False) -> Any:
    """Replace models by dicts and lists, at any depth, without a check of the other values.

    The data of a model may have been changed after it was validated. This turns it into a value
    that can be validated as a whole, and the names are then those of JSON.

    Args:
        value: Any value.
        python_names: Whether the names of fields become those of Python.

    Returns:
        New dicts and lists, or the value itself if it is neither a model nor a container.
    """
    if isinstance(value, Structured):
        schema, value = value._schema, value._data
        if python_names and schema.is_object:
            value = schema.in_python_names(value)
    if isinstance(value, (dict, Mapping)):
        return {
            name: item if type(item) in SCALARS else unwrapped(item, python_names)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [item if type(item) in SCALARS else unwrapped(item, python_names) for item in value]
    return value


def _converted(value: Any) -> Any:
    if isinstance(value, Structured):
        value = value._data
    elif isinstance(value, Mapping):
        value = {property_name(name, None): item for name, item in value.items()}
    if isinstance(value, dict):
        return _converted_dict(value)
    if isinstance(value, (list, tuple)):
        kept: list[Any] = []
        try:
            for item in value:
                kept.append(item if type(item) in SCALARS else _converted(item))
        except InvalidValue as error:
            raise error.inside(len(kept)) from None
        return kept
    scalar = plain_scalar(value)
    if scalar is None or isinstance(scalar, (str, int)):
        return scalar
    if isinstance(scalar, float) and math.isfinite(scalar):
        return scalar
    if is_date(value):
        return value.isoformat()
    raise InvalidValue(f"JSON cannot hold {described(value)}", None)


def _converted_dict(value: dict[str, Any]) -> dict[str, Any]:
    result = value.copy()
    for name, item in value.items():
        if type(item) not in SCALARS:
            try:
                result[name] = _converted(item)
            except InvalidValue as error:
                raise error.inside(name) from None
    return result
