"""The base classes of models, which implement all behaviour from a class's declaration.

A model is a class with one typed line per field. A field with a default is optional. The wire name
is the camel-case form of the field's name, unless ``field("wireName")`` gives another.

An instance holds one mapping from wire names to values, in the order in which they were received or
set. This is the JSON object itself: it includes undeclared properties, omits unset fields, and can
be sent again without being rebuilt.
"""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import copy
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from launchdarkly_api._modelling.annotations import schema_of
from launchdarkly_api._modelling.containers import Array, Field, Object
from launchdarkly_api._modelling.declaration import declared_fields, field
from launchdarkly_api._modelling.field_property import FieldProperty
from launchdarkly_api._modelling.introspection import ClassProperty, signature
from launchdarkly_api._modelling.json_value import SCALARS, TOO_DEEP
from launchdarkly_api._modelling.schema import OneOf
from launchdarkly_api._modelling.structured import Structured, hold
from launchdarkly_api._modelling.validation import (
    LENIENT,
    STRICT,
    UNCHECKED,
    InvalidValue,
    ValidationMode,
)
from launchdarkly_api._support.errors import (
    ApiAttributeError,
    ApiTypeError,
    ApiValueError,
    PathItem,
)
from launchdarkly_api._support.lazy import provided

if TYPE_CHECKING:
    from inspect import Signature

    from typing_extensions import Self, dataclass_transform
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Self = Signature = Any

    def dataclass_transform(**_):
        """Type checkers read this decorator. At run time it does nothing."""
        return lambda cls: cls


T = TypeVar("T")
ItemT = TypeVar("ItemT")

#: Arguments of 13.0.0's constructors that are not fields. Only ``_check_type`` has an effect.
_PRIVATE_ARGUMENTS = frozenset(
    (
        "_check_type",
        "_spec_property_naming",
        "_path_to_item",
        "_configuration",
        "_visited_composed_classes",
    )
)


def publicly(
    accept: Callable[[Any, ValidationMode], T], value: Any, mode: ValidationMode, *inside: PathItem
) -> T:
    """Return the result of ``accept``, and translate ``InvalidValue`` into a public exception."""
    try:
        return accept(value, mode)
    except InvalidValue as error:
        raise error.inside(*inside).as_api_error() from None
    except RecursionError:
        raise ApiValueError(TOO_DEEP) from None


def _without_private(
    kwargs: dict[str, Any], mode: ValidationMode
) -> tuple[dict[str, Any], ValidationMode]:
    """Return the arguments without 13.0.0's private ones, and the validation mode they select."""
    if _PRIVATE_ARGUMENTS.isdisjoint(kwargs):
        return kwargs, mode
    if not kwargs.get("_check_type", True):
        mode = UNCHECKED
    return {k: v for k, v in kwargs.items() if k not in _PRIVATE_ARGUMENTS}, mode


#: Class attributes of 13.0.0, which ``dir()`` and so completion leave out.
_MACHINERY = frozenset(("allowed_values", "attribute_map", "openapi_types"))


class BaseModel(Structured):
    """Base of all models. It compares them by value and gives them a readable form."""

    if not TYPE_CHECKING:  # pragma: no branch
        # Hidden from mypy, which would report each field as an attribute without a slot.
        __slots__ = ()

    #: The wire name of each declared field.
    attribute_map: ClassVar[dict[str, str]] = {}
    #: The types of each declared field: ``(T,)``, ``([T],)`` or ``({str: (T,)},)``.
    openapi_types: ClassVar[dict[str, tuple[Any, ...]]] = {}
    #: The values of enumerated fields, as in 13.0.0: ``{("kind",): {"CLICK": "click"}}``.
    allowed_values: ClassVar[dict[tuple[str], dict[str, str]]] = {}
    #: The fields that the constructor accepts.
    _fields: ClassVar[tuple[Field, ...]] = ()
    #: The type of undeclared properties, or None if the model cannot have any.
    _additional: ClassVar[Any] = None

    def __init__(self, /, *args: Any, **kwargs: Any) -> None:
        hold(self, self._accepted(args, kwargs, STRICT))

    @classmethod
    def _from_openapi_data(cls, /, *args: Any, **kwargs: Any) -> Self:
        """Build an instance from wire data, validated like a response."""
        return cls._holding(cls._accepted(args, kwargs, LENIENT))

    @classmethod
    def _accepted(cls, args: tuple[Any, ...], kwargs: dict[str, Any], mode: ValidationMode) -> Any:
        """Validate constructor arguments and return the data for an instance."""
        raise NotImplementedError

    @ClassProperty
    def __signature__(cls: Any) -> Signature:
        if cls.__init__.__module__ != __name__:
            raise AttributeError("The signature is that of the constructor of a subclass")
        return signature(cls._fields, cls._additional)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BaseModel) or type(self) is not type(other):
            return NotImplemented
        return bool(self._data == other._data)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Protocols 0 and 1 do not save slots.
        return super().__reduce_ex__(max(protocol, 2))

    def __setstate__(self, state: tuple[dict[str, Any] | None, dict[str, Any]]) -> None:
        """Restore the data, and the attributes and slots of a subclass."""
        attributes, slots = state
        if attributes:
            self.__dict__.update(attributes)
        for name, value in slots.items():
            object.__setattr__(self, name, value)
        # A shallow copy gets its own list or dict, as copies of lists and dicts do.
        hold(self, copy.copy(self._data))

    def _absent_attribute(self, name: str) -> Any:
        if name == "_data":
            raise ApiAttributeError(f"{type(self).__name__} needs a call of super().__init__()")
        raise self._no("attribute", name)

    if not TYPE_CHECKING:  # pragma: no branch
        # Hidden from type checkers, which then report unknown attributes.

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                if hasattr(Structured, name):
                    raise AttributeError(name)
                super().__setattr__(name, value)
            except AttributeError as error:
                raise self._no("attribute", name, " that can be assigned") from error

    def _no(self, what: str, name: str, hint: str = "") -> ApiAttributeError:
        error = ApiAttributeError(f"{type(self).__name__} has no {what} {name!r}{hint}")
        error.path_to_item = [name]
        return error

    def __dir__(self) -> list[str]:
        return [n for n in super().__dir__() if not n.startswith("_") and n not in _MACHINERY]

    def __repr__(self) -> str:
        # Debuggers and tracebacks call this, so it must not fail.
        try:
            return self.to_str()
        except ApiValueError:
            return f"<{type(self).__name__}, nested too deep to be shown>"
        except ApiAttributeError as error:
            return f"<{error}>"

    def to_str(self) -> str:
        """Return the values that are set, by Python name, as readable text."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        html: str = provided("renderer")(self)
        return html


@dataclass_transform(field_specifiers=(field,))
class Model(BaseModel):
    """Base of the models that are JSON objects.

    The fields above ``_: KW_ONLY`` are given by position or by keyword, the others by keyword. Any
    other keyword becomes an additional property and is sent under that name. A mapping that follows
    the positional arguments is treated as keywords.

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
        kwargs, mode = _without_private(kwargs, mode)
        schema = cls._schema
        positional = schema.positional
        for extra in args[len(positional) :]:
            if not isinstance(extra, Mapping):
                raise ApiTypeError(
                    f"{cls.__name__}() takes {len(positional)} positional arguments"
                    f" and got {len(args)}; give the others by name"
                )
            kwargs = {**kwargs, **extra}
        given = {f.name: value for f, value in zip(positional, args)}
        missing = []
        for name in given:
            if name in kwargs:
                raise ApiTypeError(f"{cls.__name__}() got {name!r} by position and by name")
        for f in schema.leading:
            if f.name in given:
                continue
            name = f.name if f.name in kwargs else f.wire
            if name in kwargs:
                given[name] = kwargs[name]
            elif f.required:
                missing.append(repr(f.name))
        if missing:
            raise ApiTypeError(f"{cls.__name__}() needs {' and '.join(missing)}")
        given.update(kwargs)
        if mode is not STRICT:
            given = schema.in_wire_names(given)
        return publicly(schema.collect, given, mode)

    def _key(self, name: str) -> str:
        """Return the key of ``_data`` for a name. Declared fields take precedence."""
        wire = self._schema.wire_name(name)
        return wire if wire in self._data or name not in self._data else name

    def __contains__(self, name: str) -> bool:
        return self._key(name) in self._data

    # Otherwise ``iter(model)`` would fall back to ``__getitem__`` and read item 0.
    __iter__ = None

    def __getitem__(self, name: str) -> Any:
        key = self._key(name)
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
        key = self._key(name)
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
        try:
            return _to_python(self)  # type: ignore[no-any-return]
        except RecursionError:
            raise ApiValueError(TOO_DEEP) from None

    def to_str(self) -> str:
        """Return the values that are set, by Python name, as readable text."""
        from pprint import pformat

        values = self.to_dict()
        try:
            return pformat(values)
        except RecursionError:
            raise ApiValueError(TOO_DEEP) from None


Model._schema = Object(Model, (), schema_of(Any))


class ArrayModel(BaseModel, Generic[ItemT]):
    """Base of the models that are JSON arrays. ``value`` is the list.

    Args:
        value: The items.

    Raises:
        ApiTypeError: ``value`` is not a list, or an item has the wrong type.
        ApiValueError: An item is not allowed.
    """

    __slots__ = ()

    _schema: ClassVar[Array] = Array(schema_of(Any))
    openapi_types: ClassVar[dict[str, tuple[Any, ...]]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for origin in cls.__dict__.get("__orig_bases__", ()):
            if typing.get_origin(origin) is ArrayModel:
                (item,) = typing.get_args(origin)
                cls._schema = Array(schema_of(item))
                cls._fields = (
                    Field(
                        "value", "value", True, cls._schema, types.GenericAlias(list, item), True
                    ),
                )
                cls.openapi_types = {"value": cls._schema.classes}

    if TYPE_CHECKING:

        def __init__(self, value: list[ItemT] | tuple[ItemT, ...]) -> None: ...

    @classmethod
    def _accepted(cls, args: tuple[Any, ...], kwargs: dict[str, Any], mode: ValidationMode) -> Any:
        if kwargs:
            kwargs, mode = _without_private(kwargs, mode)
            if "value" in kwargs:
                args = (*args, kwargs.pop("value"))
        if len(args) != 1 or kwargs:
            raise ApiTypeError(f"{cls.__name__}() takes one argument, the list 'value'")
        return publicly(cls._schema.accept, args[0], mode, "value")

    @property
    def value(self) -> list[ItemT]:
        """The items. Changing this list changes the model."""
        items: list[ItemT] = self._data
        return items

    @value.setter
    def value(self, items: list[ItemT] | tuple[ItemT, ...]) -> None:
        hold(self, self._accepted((items,), {}, STRICT))

    def get(self, name: str, default: Any = None) -> Any:
        """Return the list if ``name`` is ``"value"``, and ``default`` otherwise."""
        return self.value if name == "value" else default

    def __iter__(self) -> Iterator[ItemT]:
        return iter(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __contains__(self, item: object) -> bool:
        return item in self.value or item == "value"

    @overload
    def __getitem__(self, index: int) -> ItemT: ...
    @overload
    def __getitem__(self, index: slice | str) -> list[ItemT]: ...
    def __getitem__(self, index: int | slice | str) -> ItemT | list[ItemT]:
        if isinstance(index, str):
            if index == "value":
                return self.value
            raise self._no("attribute", index)
        return self.value[index]

    @overload
    def __setitem__(self, index: int, item: ItemT) -> None: ...
    @overload
    def __setitem__(self, index: slice | str, item: list[ItemT]) -> None: ...
    def __setitem__(self, index: int | slice | str, item: Any) -> None:
        if isinstance(index, str):
            setattr(self, index, item)
        elif isinstance(index, slice):
            self.value[index] = publicly(self._schema.accept, item, STRICT)
        else:
            self.value[index] = publicly(self._schema.item.accept, item, STRICT, index)

    def to_str(self) -> str:
        """Return the text of the list of items."""
        try:
            return str(self.value)
        except RecursionError:
            raise ApiValueError(TOO_DEEP) from None


def _to_python(value: Any) -> Any:
    if type(value) in SCALARS:
        return value
    if isinstance(value, Model):
        result = {}
        for key, item in value._data.items():
            known = value._schema.by_wire.get(key)
            if known is not None:
                result[known.name] = _to_python(item)
            elif value._key(key) == key:
                result[key] = _to_python(item)
        return result
    if isinstance(value, ArrayModel):
        value = value.value
    if isinstance(value, (list, tuple)):
        return [_to_python(item) for item in value]
    if isinstance(value, dict):
        return {key: _to_python(item) for key, item in value.items()}
    return value
