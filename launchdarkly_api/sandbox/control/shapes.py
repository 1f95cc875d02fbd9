"""Shapes of JSON, made of Python's annotations: they check a value, and describe it as a schema.

A function or a dataclass is declared once, in Python. Its parameters, their types and its docstring
give the fields that a request may have, the checks of their values, and their OpenAPI document.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import inspect
import json
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Union

from launchdarkly_api.sandbox.control import docstrings
from launchdarkly_api.sandbox.service.bodies import Path, place, shown

Json = dict[str, Any]

#: The depth of a free JSON value. Copies of a much deeper one would exceed Python's stack.
MAX_DEPTH = 50
#: The largest number that every program reads as a finite one.
_LARGEST = 1.7e308


class ShapeError(ValueError):
    """A value that does not have its shape. The message names the place in the document."""


@dataclass(frozen=True)
class Range:
    """The bounds of a number, for ``Annotated``."""

    minimum: float | None = None
    maximum: float | None = None

    def holds(self, value: float) -> bool:
        return (self.minimum is None or value >= self.minimum) and (
            self.maximum is None or value <= self.maximum
        )

    def __str__(self) -> str:
        if self.minimum is None or self.maximum is None:
            return "" if self.minimum is None else f" of at least {self.minimum:.16g}"
        return f" from {self.minimum:.16g} to {self.maximum:.16g}"


class Shape(Protocol):
    """The set of the JSON values that an annotation stands for."""

    @property
    def expected(self) -> str:
        """A name of the values, for messages."""
        ...

    def accepts(self, value: Any) -> bool:
        """Whether the value is of the right kind, apart from the values that it holds."""
        ...

    def convert(self, value: Any, path: Path) -> Any:
        """Convert an accepted value to the Python value, or raise ``ShapeError``."""
        ...

    def schema(self, components: Json) -> Json:
        """The JSON Schema. Adds the schemas that it refers to."""
        ...


def read(shape: Shape, value: Any, path: Path = ()) -> Any:
    """The Python value for a JSON value.

    Raises:
        ShapeError: The value does not have the shape.
    """
    if not shape.accepts(value):
        raise ShapeError(f"Expected {shape.expected}, not {_shown(value)}{place(path)}.")
    return shape.convert(value, path)


def _shown(value: Any) -> str:
    # A YAML file also has values that JSON lacks.
    return shown(value) if value is None or isinstance(value, _JSON) else f"{value!r:.80}"


_JSON = (bool, int, float, str, list, dict)


@dataclass(frozen=True)
class Text:
    """A string."""

    expected: str = "a string"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, str)

    def convert(self, value: Any, path: Path) -> str:
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ShapeError(f"Half of a surrogate pair is not text{place(path)}. Send UTF-8.")
        return str(value)

    def schema(self, components: Json) -> Json:
        return {"type": "string"}


@dataclass(frozen=True)
class Boolean:
    """True or false."""

    expected: str = "a boolean"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, bool)

    def convert(self, value: Any, path: Path) -> Any:
        return value

    def schema(self, components: Json) -> Json:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Null:
    """No value."""

    expected: str = "null"

    def accepts(self, value: Any) -> bool:
        return value is None

    def convert(self, value: Any, path: Path) -> Any:
        return value

    def schema(self, components: Json) -> Json:
        return {"type": "null"}


@dataclass(frozen=True)
class Number:
    """A finite number within bounds. In JSON, 1.0 is also a whole number."""

    whole: bool
    range: Range

    @property
    def expected(self) -> str:
        return f"a {'whole ' if self.whole else ''}number{self.range}"

    def accepts(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if not -_LARGEST <= value <= _LARGEST:
            return False
        return (not self.whole or value == math.floor(value)) and self.range.holds(value)

    def convert(self, value: Any, path: Path) -> Any:
        return int(value) if self.whole else value

    def schema(self, components: Json) -> Json:
        schema: Json = {"type": "integer" if self.whole else "number"}
        for name in ("minimum", "maximum"):
            bound = getattr(self.range, name)
            if bound is not None:
                schema[name] = int(bound) if bound == math.floor(bound) else bound
        return schema


@dataclass(frozen=True)
class Choice:
    """One of some strings."""

    values: tuple[str, ...]

    @property
    def expected(self) -> str:
        return f"one of {', '.join(self.values)}"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, str) and value in self.values

    def convert(self, value: Any, path: Path) -> Any:
        return value

    def schema(self, components: Json) -> Json:
        return {"type": "string", "enum": list(self.values)}


@dataclass(frozen=True)
class Anything:
    """Any JSON value."""

    expected: str = "JSON"

    def accepts(self, value: Any) -> bool:
        return True

    def convert(self, value: Any, path: Path) -> Any:
        if len(path) > MAX_DEPTH:
            raise ShapeError(f"A value is nested more than {MAX_DEPTH} levels deep.")
        if isinstance(value, dict):
            return {
                read(_TEXT, key, path): self.convert(item, (*path, key))
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.convert(item, (*path, number)) for number, item in enumerate(value)]
        return value if value is None else read(_SCALAR, value, path)

    def schema(self, components: Json) -> Json:
        return {}


@dataclass(frozen=True)
class Items:
    """A list, or one of a fixed length."""

    item: Shape
    length: int | None = None

    @property
    def expected(self) -> str:
        return "a list" if self.length is None else f"a list of {self.length} items"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, (list, tuple)) and self.length in (None, len(value))

    def convert(self, value: Any, path: Path) -> Any:
        return tuple(read(self.item, item, (*path, number)) for number, item in enumerate(value))

    def schema(self, components: Json) -> Json:
        schema: Json = {"type": "array", "items": self.item.schema(components)}
        return (
            schema
            if self.length is None
            else {**schema, "minItems": self.length, "maxItems": self.length}
        )


@dataclass(frozen=True)
class Entries:
    """An object with arbitrary names, whose values have one shape."""

    value: Shape
    expected: str = "an object"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, Mapping)

    def convert(self, value: Any, path: Path) -> Any:
        return {
            read(_TEXT, key, path): read(self.value, item, (*path, key))
            for key, item in value.items()
        }

    def schema(self, components: Json) -> Json:
        return {"type": "object", "additionalProperties": self.value.schema(components)}


@dataclass(frozen=True)
class Either:
    """A value of one of some shapes. The first one that accepts it is used."""

    options: tuple[Shape, ...]

    @property
    def expected(self) -> str:
        return " or ".join(
            option.expected for option in self.options if not isinstance(option, Null)
        )

    def _option(self, value: Any) -> Shape | None:
        return next((option for option in self.options if option.accepts(value)), None)

    def accepts(self, value: Any) -> bool:
        return self._option(value) is not None

    def convert(self, value: Any, path: Path) -> Any:
        option = self._option(value)
        assert option is not None, "convert follows accepts"  # noqa: S101
        return option.convert(value, path)

    def schema(self, components: Json) -> Json:
        return {"anyOf": [option.schema(components) for option in self.options]}


@dataclass(frozen=True)
class Field:
    """A field of an object, which a parameter of a function or of a dataclass stands for."""

    name: str
    json_name: str
    shape: Shape
    required: bool
    default: Any
    text: str

    def schema(self, components: Json) -> Json:
        schema = self.shape.schema(components)
        if self.text:
            schema = {**schema, "description": self.text}
        if not self.required and self.default is not None:
            schema = {**schema, "default": json.loads(json.dumps(plain(self.default)))}
        return schema


@dataclass(frozen=True)
class Fields:
    """An object with known fields, from which a dataclass or the arguments of a call are made."""

    name: str
    text: str
    fields: tuple[Field, ...]
    make: Callable[..., Any]
    expected: str = "an object"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, Mapping)

    def convert(self, value: Any, path: Path) -> Any:
        known = {field.json_name: field for field in self.fields}
        for name in value:
            if name not in known:
                raise ShapeError(
                    f"Unknown field {name!r:.80}{place(path)}. Known: {', '.join(known) or 'none'}."
                )
        values = {}
        for name, field in known.items():
            if name in value:
                values[field.name] = read(field.shape, value[name], (*path, name))
            elif field.required:
                raise ShapeError(
                    f"The field {name!r} is missing{place(path)}. {field.text}".strip()
                )
        return self.make(**values)

    def object_schema(self, components: Json) -> Json:
        """The schema itself, in place of a reference to it."""
        schema: Json = {
            "type": "object",
            "properties": {field.json_name: field.schema(components) for field in self.fields},
            "additionalProperties": False,
        }
        required = [field.json_name for field in self.fields if field.required]
        if required:
            schema["required"] = required
        return {"description": self.text, **schema} if self.text else schema

    def schema(self, components: Json) -> Json:
        if self.name not in components:
            components[self.name] = {}
            components[self.name] = self.object_schema(components)
        return {"$ref": f"#/components/schemas/{self.name}"}


_TEXT = Text()
_SCALAR = Either((_TEXT, Boolean(), Number(whole=False, range=Range())))
_SIMPLE: dict[Any, Shape] = {
    str: _TEXT,
    bool: Boolean(),
    int: Number(whole=True, range=Range()),
    float: Number(whole=False, range=Range()),
    types.NoneType: Null(),
    Any: Anything(),
}
#: The parameters that stand for the sandbox.
_RECEIVERS = ("self", "face")
#: Types that JSON has no form of. A union has another member that it has one of.
_OF_PYTHON_ONLY = (datetime.datetime, bytes)


def shape_of(annotation: Any) -> Shape:
    """The shape of the values that an annotation allows."""
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return fields_of(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        bounds = next(extra for extra in arguments[1:] if isinstance(extra, Range))
        return Number(whole=arguments[0] is int, range=bounds)
    if origin is Literal:
        return Choice(arguments)
    if origin in (Union, types.UnionType):
        return Either(tuple(shape_of(one) for one in arguments if one not in _OF_PYTHON_ONLY))
    if origin is tuple and arguments[1] is not Ellipsis:
        return Items(shape_of(arguments[0]), len(arguments))
    if origin in (tuple, list, Iterable, Sequence):
        return Items(shape_of(arguments[0]))
    if origin in (dict, Mapping):
        return Entries(shape_of(arguments[1]))
    raise TypeError(f"{annotation!r} has no form in JSON")


@functools.cache
def camel(name: str) -> str:
    """The name in JSON of a Python name."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


@functools.cache
def fields_of(declaration: Callable[..., Any]) -> Fields:
    """The object that a dataclass stands for."""
    return _fields(declaration, declaration.__name__, declaration)


@functools.cache
def arguments_of(function: Callable[..., Any]) -> Fields:
    """The object whose fields are the arguments of a function, without ``self``."""
    name = camel(function.__name__)
    return _fields(function, name[0].upper() + name[1:], dict)


def _fields(declaration: Callable[..., Any], name: str, make: Callable[..., Any]) -> Fields:
    hints = typing.get_type_hints(declaration, include_extras=True)
    summary, texts = docstrings.parse(declaration.__doc__)
    if isinstance(declaration, type):
        parameters = _of_dataclass(declaration)
    else:
        parameters = {
            key: parameter.default
            for key, parameter in inspect.signature(declaration).parameters.items()
            if key not in _RECEIVERS
        }
    fields = tuple(
        Field(
            key,
            camel(key),
            shape_of(hints[key]),
            default is inspect.Parameter.empty,
            default,
            texts.get(key, ""),
        )
        for key, default in parameters.items()
    )
    return Fields(name, summary, fields, make)


def _of_dataclass(declaration: type[Any]) -> dict[str, Any]:
    defaults: dict[str, Any] = {}
    for field in dataclasses.fields(declaration):
        if field.default_factory is not dataclasses.MISSING:
            defaults[field.name] = field.default_factory()
        elif field.default is not dataclasses.MISSING:
            defaults[field.name] = field.default
        else:
            defaults[field.name] = inspect.Parameter.empty
    return defaults


def plain(value: Any) -> Any:
    """The JSON of a Python value. A field that is None, and may be omitted, is omitted."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        defaults = _of_dataclass(type(value))
        return {
            camel(name): plain(getattr(value, name))
            for name, default in defaults.items()
            if getattr(value, name) is not None or default is not None
        }
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
