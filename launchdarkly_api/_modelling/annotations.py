"""Translates the annotation of a field into a schema."""

from __future__ import annotations

import types
import typing
from datetime import date
from typing import Annotated, Any, Literal

from launchdarkly_api._modelling.containers import (
    ANY_LIST,
    ANY_MAP,
    Anything,
    Array,
    Map,
    Ref,
    Union,
)
from launchdarkly_api._modelling.schema import (
    Integer,
    Number,
    OneOf,
    Scalar,
    Schema,
    Timestamp,
)
from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api._support.errors import ApiTypeError

#: A point in time: milliseconds since the Unix epoch, UTC.
EpochMilliseconds = Annotated[int, "epoch milliseconds"]
#: A point in time that the service reports in seconds in some responses and in milliseconds in
#: others.
EpochTime = Annotated[int, "epoch seconds or milliseconds"]


_SIMPLE: dict[Any, Schema] = {
    str: Scalar(str),
    bool: Scalar(bool),
    int: Integer(),
    float: Number(),
    EpochMilliseconds: Timestamp("int (epoch milliseconds)"),
    EpochTime: Timestamp("int (epoch seconds or milliseconds)"),
    Any: Anything(),
    object: Anything(),
    dict: ANY_MAP,
    list: ANY_LIST,
    None: Scalar(type(None), "None"),
    type(None): Scalar(type(None), "None"),
}


def schema_of(annotation: Any) -> Schema:
    """Return the schema of an annotation, or of a type in the notation of 13.0.0.

    13.0.0 writes a tuple for alternatives, ``[T]`` for a list, ``{str: T}`` for a mapping.

    Raises:
        ApiTypeError: JSON cannot represent the type.
    """
    if isinstance(annotation, tuple) and annotation:
        return _schema_of_union(annotation)
    if isinstance(annotation, list) and annotation:
        return Array(_schema_of_union(tuple(annotation)))
    if isinstance(annotation, dict) and annotation.keys() == {str}:
        return Map(schema_of(annotation[str]))
    if isinstance(annotation, (tuple, list, dict, set)):
        raise _no_json_type(annotation)
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Structured):
        return Ref(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal and all(isinstance(word, str) for word in arguments):
        return OneOf(arguments)
    if origin is list:
        return Array(schema_of(arguments[0]))
    if origin is dict and arguments[0] is str:
        return Map(schema_of(arguments[1]))
    if origin in UNIONS:
        return _schema_of_union(arguments)
    if origin is None and isinstance(annotation, type) and issubclass(annotation, date):
        # JSON has no dates: a date in a response is text. _SIMPLE cannot list the classes, because
        # tools that freeze the clock replace ``date`` and ``datetime`` with their own.
        return Scalar(str)
    raise _no_json_type(annotation)


#: The results of ``typing.get_origin`` for ``Optional[X]`` and for ``X | None``.
UNIONS = (typing.Union, types.UnionType)


def _schema_of_union(arguments: tuple[Any, ...]) -> Schema:
    """Return the schema of alternatives. ``Literal[...] | str`` is an open enumeration."""
    is_open = str in arguments and any(typing.get_origin(a) is Literal for a in arguments)
    choices = [schema_of(a) for a in arguments if not (is_open and a is str)]
    if is_open:
        choices = [OneOf(c.values, is_open=True) if isinstance(c, OneOf) else c for c in choices]
    return choices[0] if len(choices) == 1 else Union(tuple(choices))


def _no_json_type(annotation: Any) -> ApiTypeError:
    return ApiTypeError(f"{annotation!r} is not a type that JSON can hold")
