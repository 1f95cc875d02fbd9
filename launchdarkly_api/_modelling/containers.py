"""Schemas of values that contain other values: lists, mappings, objects, models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from launchdarkly_api._modelling.schema import Number, Schema, is_date
from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api._modelling.validation import (
    LENIENT,
    STRICT,
    UNCHECKED,
    InvalidValue,
    ValidationMode,
    property_name,
)
from launchdarkly_api._support.scalars import plain_scalar


class Anything(Schema):
    """Any JSON value: None, bool, number, string, list, mapping with string keys, or model.

    Dates and datetimes are accepted too, and are sent in ISO 8601.
    """

    name = "a JSON value"
    classes: tuple[Any, ...] = (bool, date, datetime, dict, float, int, list, str, type(None))
    plain: type | None = str

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if mode is not STRICT or value is None:
            return value
        scalar = plain_scalar(value)
        if isinstance(scalar, (str, int)):
            return scalar
        if isinstance(scalar, float):
            return Number().accept(scalar, mode)
        if isinstance(value, Structured) or is_date(value):
            return value
        if isinstance(value, (list, tuple)):
            return ANY_LIST.accept(value, mode)
        if isinstance(value, Mapping):
            return ANY_MAP.accept(value, mode)
        raise self.mismatch(value)


class Array(Schema):
    """A list whose items share one schema."""

    def __init__(self, item: Schema) -> None:
        self.item = item
        self.name: str = f"list of {item.name}"
        self.classes: tuple[Any, ...] = (list(item.classes),)
        self.holds_models: bool = item.holds_models

    def with_models(self, value: Any) -> Any:
        value[:] = map(self.item.with_models, value)
        return value

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if not isinstance(value, (list, tuple)):
            return self.refused(value, mode)
        kept: list[Any] = []
        plain, accept = self.item.plain, self.item.accept
        try:
            for item in value:
                kept.append(item if type(item) is plain else accept(item, mode))
        except InvalidValue as error:
            raise error.inside(len(kept)) from None
        return kept


class Map(Schema):
    """A mapping with string keys whose values share one schema."""

    def __init__(self, item: Schema) -> None:
        self.item = item
        self.name: str = f"dict of str to {item.name}"
        self.classes: tuple[Any, ...] = ({str: item.classes},)
        self.holds_models: bool = item.holds_models

    def with_models(self, value: Any) -> Any:
        for key, item in value.items():
            value[key] = self.item.with_models(item)
        return value

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if not isinstance(value, Mapping):
            return self.refused(value, mode)
        kept: dict[str, Any] = {}
        for key, item in value.items():
            name = property_name(key)
            try:
                kept[name] = self.item.accept(item, mode)
            except InvalidValue as error:
                raise error.inside(name) from None
        return kept


class Field(NamedTuple):
    """A declared field of an object: its name in Python, its wire name, and its type.

    The constructor accepts a ``positional`` field by position too.
    """

    name: str
    wire: str
    required: bool
    schema: Schema
    annotation: Any
    positional: bool = False


class Object(Schema):
    """A JSON object with declared fields. Undeclared properties follow ``additional``."""

    is_object: bool = True

    def __init__(
        self, model: type[Structured], fields: Iterable[Field], additional: Schema
    ) -> None:
        self.name: str = model.__name__
        self.classes: tuple[Any, ...] = (model,)
        self.fields: tuple[Field, ...] = tuple(fields)
        self.required: tuple[Field, ...] = tuple(f for f in self.fields if f.required)
        self.positional: tuple[Field, ...] = tuple(f for f in self.fields if f.positional)
        #: The fields that come first in a model that a program builds.
        self.leading: tuple[Field, ...] = tuple(
            f for f in self.fields if f.required or f.positional
        )
        self.additional: Schema = additional
        self.by_name: dict[str, Field] = {f.name: f for f in self.fields}
        self.by_wire: dict[str, Field] = {f.wire: f for f in self.fields}
        self.by_either: dict[str, Field] = {**self.by_wire, **self.by_name}
        self._nested = [
            (f.wire, f.schema.with_models) for f in self.fields if f.schema.holds_models
        ]
        self.holds_models: bool = bool(self._nested) or self.additional.holds_models

    def with_models(self, value: Any) -> Any:
        for wire, with_models in self._nested:
            if (item := value.get(wire)) is not None:
                value[wire] = with_models(item)
        if self.additional.holds_models:
            for key, item in value.items():
                if key not in self.by_wire:
                    value[key] = self.additional.with_models(item)
        return value

    def wire_name(self, name: str) -> str:
        """Return the wire name for a field's Python or wire name. Other names are unchanged."""
        known = self.by_either.get(name)
        return name if known is None else known.wire

    def key(self, name: str, data: Mapping[str, Any]) -> str:
        """Return the key of the data of a model for a name. Declared fields take precedence."""
        wire = self.wire_name(name)
        return wire if wire in data or name not in data else name

    def in_python_names(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Replace wire names with Python names. Declared fields take precedence."""
        result: dict[str, Any] = {}
        for key, value in data.items():
            if key in self.by_wire:
                result[self.by_wire[key].name] = value
            elif self.key(key, data) == key:
                result[key] = value
        return result

    def in_wire_names(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Replace Python names with wire names, unless the mapping has both names of a field."""
        return {
            name if (wire := self.wire_name(name)) in given else wire: value
            for name, value in given.items()
        }

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if not isinstance(value, Mapping):
            return self.refused(value, mode)
        if mode is UNCHECKED:
            return self.collect(self.in_wire_names(value), mode)
        data = self.collect(value, mode)
        for f in self.required:
            if f.wire not in data:
                missing = InvalidValue(f"{self.name} needs a value", f.schema.classes)
                raise missing.inside(f.name if mode is STRICT else f.wire)
        return data

    def collect(self, given: Mapping[str, Any], mode: ValidationMode) -> dict[str, Any]:
        """Validate the given properties, without requiring that the object is complete.

        In ``STRICT`` mode, a field may be given by its Python name or by its wire name. In the
        other modes only wire names count, so that a new property of the service whose name equals
        the Python name of a field is not mistaken for that field.

        Raises:
            InvalidValue: A property is not valid, or a field is given by both names.
        """
        find = (self.by_either if mode is STRICT else self.by_wire).get
        data: dict[str, Any] = {}
        for name, value in given.items():
            f = find(name)
            if f is None:
                wire, schema = property_name(name), self.additional
            else:
                wire, schema = f.wire, f.schema
                if wire in data:
                    raise InvalidValue(f"{f.name!r} is given twice, once as {wire!r}", None)
                if value is None and not f.required and not isinstance(schema, Anything):
                    # None in a program means "not set". A response's null is kept and sent back.
                    if mode is not STRICT:
                        data[wire] = None
                    continue
            if type(value) is schema.plain:
                data[wire] = value
                continue
            try:
                data[wire] = schema.accept(value, mode)
            except InvalidValue as error:
                raise error.inside(name) from None
        return data


class Ref(Schema):
    """A reference to a model."""

    holds_models: bool = True

    def __init__(self, model: type[Structured]) -> None:
        self.model = model
        self.plain: type | None = model
        self.name: str = model.__name__
        self.classes: tuple[Any, ...] = (model,)

    def with_models(self, value: Any) -> Any:
        return value if isinstance(value, Structured) else self.model._from_checked_json(value)

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        if isinstance(value, self.model):
            return value
        kept = self.model._schema.accept(value, mode)
        # In UNCHECKED mode, the value may have passed although no model can be built from it.
        return value if kept is value else self.model._holding(kept)


class Union(Schema):
    """Alternatives. The first schema that accepts the value is used."""

    def __init__(self, choices: tuple[Schema, ...]) -> None:
        self.choices = choices
        self.name: str = " or ".join(choice.name for choice in choices)
        self.classes: tuple[Any, ...] = tuple(c for choice in choices for c in choice.classes)

    def accept(self, value: Any, mode: ValidationMode) -> Any:
        for choice in self.choices:
            try:
                return choice.accept(value, LENIENT if mode is UNCHECKED else mode)
            except InvalidValue:
                continue
        value = self.refused(value, mode)
        made = (choice.accept(value, mode) for choice in self.choices)
        return next((kept for kept in made if kept is not value), value)


ANY_LIST = Array(Anything())
ANY_MAP = Map(Anything())
