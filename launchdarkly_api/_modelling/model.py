"""The base class of models that are JSON objects, which implements all from the declaration.

A model is a class with one typed line per field. A field with a default is optional. The wire name
is the camel-case form of the field's name, unless ``field("wireName")`` gives another.

An instance holds one mapping from wire names to values, in the order in which they were received or
set. This is the JSON object itself: it includes undeclared properties, omits unset fields, and can
be sent again without being rebuilt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from launchdarkly_api._modelling.annotations import schema_of
from launchdarkly_api._modelling.base_model import BaseModel, without_private
from launchdarkly_api._modelling.containers import Field, Object
from launchdarkly_api._modelling.declaration import declared_fields, field
from launchdarkly_api._modelling.field_property import FieldProperty
from launchdarkly_api._modelling.introspection import ClassProperty
from launchdarkly_api._modelling.json_value import publicly, unwrapped
from launchdarkly_api._modelling.misspelt import warn_of_unknown_names
from launchdarkly_api._modelling.schema import OneOf
from launchdarkly_api._modelling.validation import STRICT, ValidationMode
from launchdarkly_api._support.errors import ApiAttributeError, ApiTypeError

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        """Type checkers read this decorator. At run time it does nothing."""
        return lambda cls: cls


@dataclass_transform(field_specifiers=(field,))
class Model(BaseModel):
    """Base of the models that are JSON objects.

    The fields above ``_: KW_ONLY`` are given by position or by keyword, the others by keyword. Any
    other keyword becomes an additional property and is sent under that name; a ``UserWarning`` says
    so if it looks like a misspelt field. A mapping that follows the positional arguments is treated
    as keywords.

    A subclass is an ordinary class. If its instances have a ``__dict__``, assigning to a name that
    is not a field sets an attribute, which is never sent; ``model["name"] = value`` sets an
    additional property. The package's own models have no ``__dict__``, and assigning to an unknown
    name sets an additional property.

    Raises:
        ApiTypeError: A required field is missing, or an argument has the wrong type.
        ApiValueError: An argument is not allowed.
    """

    __slots__ = ()

    _schema: ClassVar[Object]
    #: The fields that the class itself declares, without inherited ones.
    _declared: ClassVar[tuple[Field, ...]] = ()
    _additional: ClassVar[Any] = Any
    #: The fields that the constructor accepts by position, if ``_: KW_ONLY`` cannot tell.
    _positional: ClassVar[tuple[str, ...]] = ()
    attribute_map: ClassVar[dict[str, str]]
    openapi_types: ClassVar[dict[str, tuple[Any, ...]]]
    allowed_values: ClassVar[dict[tuple[str], dict[str, str]]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._declared = tuple(declared_fields(cls))
        for f in cls._declared:
            setattr(cls, f.name, FieldProperty(cls, f))
        inherited = (vars(base).get("_declared", ()) for base in reversed(cls.__mro__))
        cls._fields = tuple({f.name: f for fields in inherited for f in fields}.values())
        cls._schema = Object(cls, cls._fields, schema_of(cls._additional))
        cls.attribute_map = {f.name: f.wire for f in cls._fields}
        cls.openapi_types = {f.name: f.schema.classes for f in cls._fields}
        cls.allowed_values = {
            (f.name,): {word.upper(): word for word in f.schema.values}
            for f in cls._fields
            if isinstance(f.schema, OneOf)
        }

    @classmethod
    def _accepted(cls, args: tuple[Any, ...], kwargs: dict[str, Any], mode: ValidationMode) -> Any:
        kwargs, mode = without_private(kwargs, mode)
        schema = cls._schema
        if mode is STRICT and not kwargs.keys() <= schema.by_either.keys():
            warn_of_unknown_names(schema, kwargs)
        positional = schema.positional
        for extra in args[len(positional) :]:
            if not isinstance(extra, Mapping):
                raise ApiTypeError(
                    f"{cls.__name__}() takes {len(positional)} positional arguments"
                    f" and got {len(args)}; give the others by name"
                )
            kwargs = {**kwargs, **extra}
        by_position = {f.name: value for f, value in zip(positional, args)}
        given, missing = {}, []
        for f in schema.leading:
            name = f.name if f.name in kwargs else f.wire
            if f.name in by_position:
                if f.name in kwargs:
                    raise ApiTypeError(f"{cls.__name__}() got {name!r} by position and by name")
                given[f.name] = by_position[f.name]
            elif name in kwargs:
                given[name] = kwargs[name]
            elif f.required:
                missing.append(repr(f.name))
        if missing:
            raise ApiTypeError(f"{cls.__name__}() needs {' and '.join(missing)}")
        given.update(kwargs)
        if mode is not STRICT:
            given = schema.in_wire_names(given)
        return publicly(schema.collect, given, mode)

    def __contains__(self, name: str) -> bool:
        return self._schema.key(name, self._data) in self._data

    # Otherwise ``iter(model)`` would fall back to ``__getitem__`` and read item 0.
    __iter__ = None

    def __getitem__(self, name: str) -> Any:
        key = self._schema.key(name, self._data)
        if key not in self._data:
            raise self._no("value for", name)
        return self._data[key]

    def __setitem__(self, name: str, value: Any) -> None:
        changed = publicly(self._schema.collect, {name: value}, STRICT)
        if changed:
            self._data.update(changed)
        else:
            self._data.pop(self._schema.wire_name(name), None)

    def __delitem__(self, name: str) -> None:
        key = self._schema.key(name, self._data)
        if key not in self._data:
            raise self._no("value for", name)
        if any(key == f.wire for f in self._schema.required):
            raise ApiAttributeError(f"{name!r} is required and cannot be removed")
        del self._data[key]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a property, by Python or wire name; ``default`` if it is not set."""
        try:
            return self[name]
        except ApiAttributeError:
            return default

    if not TYPE_CHECKING:  # pragma: no branch
        __match_args__ = ClassProperty(lambda cls: tuple(f.name for f in cls._schema.positional))

        def __setattr__(self, name: str, value: Any) -> None:
            # An instance with a ``__dict__`` belongs to a subclass and accepts any attribute.
            if self._is_additional(name) and not type(self).__dictoffset__:
                warn_of_unknown_names(self._schema, [name])
                self[name] = value
            else:
                super().__setattr__(name, value)

        def __delattr__(self, name: str) -> None:
            if self._is_additional(name) and name not in getattr(self, "__dict__", ()):
                del self[name]
            else:
                super().__delattr__(name)

    def _absent_attribute(self, name: str) -> Any:
        # Other libraries probe for protocols (``__array__``, ``_repr_html_``). A property of that
        # name in a response must not look like an implementation.
        if name in ("_data", "_unread_json") or name not in self._data:
            if name in self._schema.by_name:
                raise self._no("value for", name)
            return super()._absent_attribute(name)
        if self._is_additional(name):
            return self._data[name]
        raise self._no("attribute", name, f"; write model[{name!r}]")

    def _is_additional(self, name: str) -> bool:
        """Return whether an attribute of this name can only be an additional property."""
        return not (
            name.startswith("_") or name in self._schema.by_wire or hasattr(type(self), name)
        )

    def __dir__(self) -> list[str]:
        more = [
            n for n in self.additional_properties if n.isidentifier() and self._is_additional(n)
        ]
        return [*super().__dir__(), *more]

    @property
    def additional_properties(self) -> dict[str, Any]:
        """A copy of the properties that are set but not declared, by wire name."""
        declared = self._schema.by_wire
        return {wire: value for wire, value in self._data.items() if wire not in declared}

    def to_dict(self) -> dict[str, Any]:
        """Return the values that are set, by Python name. Nested models become dicts too.

        A declared field takes precedence over an additional property of the same name.

        Raises:
            ApiValueError: The model is nested too deep, or contains itself.
        """
        values: dict[str, Any] = publicly(unwrapped, self, True)
        return values

    def to_str(self) -> str:
        """Return the values that are set, by Python name, as readable text."""
        from pprint import pformat

        return publicly(pformat, self.to_dict())


Model._schema = Object(Model, (), schema_of(Any))
