"""What a model is: a declaration, and all that follows from it.

A model is a class with one typed line a field. A field with a default is optional. The name on
the wire is the camel-case form of the field's name, unless ``field("wireName")`` gives another.

An instance holds one mapping, from wire names to values, in the order in which they came. That
is the JSON object itself: what is not declared is kept, what was not set is not there, and
nothing has to be rebuilt to send it again.
"""

# Values of any type come by here, so their parts are of no type that is known.
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
from launchdarkly_api._modelling.validation import LENIENT, STRICT, UNCHECKED, InvalidValue, Trust
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
    # Programs ask for annotations at run time too.
    Self = Signature = Any

    def dataclass_transform(**_):
        """Type checkers read this decorator. At run time it does nothing."""
        return lambda cls: cls


T = TypeVar("T")
ItemT = TypeVar("ItemT")

#: What 13.0.0's constructors took beside the fields. ``_check_type`` means something here.
_PRIVATE_ARGUMENTS = frozenset(
    (
        "_check_type",
        "_spec_property_naming",
        "_path_to_item",
        "_configuration",
        "_visited_composed_classes",
    )
)


def publicly(accept: Callable[[Any, Trust], T], value: Any, trust: Trust, *inside: PathItem) -> T:
    """What ``accept`` returns. What it raises is turned into the public exception."""
    try:
        return accept(value, trust)
    except InvalidValue as error:
        raise error.inside(*inside).as_api_error() from None
    except RecursionError:
        raise ApiValueError(TOO_DEEP) from None


def _without_private(kwargs: dict[str, Any], trust: Trust) -> tuple[dict[str, Any], Trust]:
    """Arguments without 13.0.0's private ones, and the trust that those ask for."""
    if _PRIVATE_ARGUMENTS.isdisjoint(kwargs):
        return kwargs, trust
    if not kwargs.get("_check_type", True):
        trust = UNCHECKED
    return {k: v for k, v in kwargs.items() if k not in _PRIVATE_ARGUMENTS}, trust


#: Class attributes that 13.0.0 has. They are left out of completion.
_MACHINERY = frozenset(("allowed_values", "attribute_map", "openapi_types"))


class BaseModel(Structured):
    """What objects and arrays have in common: value semantics, and a readable form."""

    if not TYPE_CHECKING:  # pragma: no branch
        # mypy takes a field of a slotted class for an attribute without a slot.
        __slots__ = ()

    #: The wire name of each declared field.
    attribute_map: ClassVar[dict[str, str]] = {}
    #: The types of each declared field: ``(T,)``, ``([T],)`` or ``({str: (T,)},)``.
    openapi_types: ClassVar[dict[str, tuple[Any, ...]]] = {}
    #: The words that a field may hold, as 13.0.0 lists them: ``{("kind",): {"CLICK": "click"}}``.
    allowed_values: ClassVar[dict[tuple[str], dict[str, str]]] = {}
    #: What the constructor takes by name.
    _fields: ClassVar[tuple[Field, ...]] = ()
    #: What a property may be that is not declared. None where there can be none.
    _additional: ClassVar[Any] = None

    def __init__(self, /, *args: Any, **kwargs: Any) -> None:
        hold(self, self._accepted(args, kwargs, STRICT))

    @classmethod
    def _from_openapi_data(cls, /, *args: Any, **kwargs: Any) -> Self:
        """Build one from wire data, checked as an answer is."""
        return cls._holding(cls._accepted(args, kwargs, LENIENT))

    @classmethod
    def _accepted(cls, args: tuple[Any, ...], kwargs: dict[str, Any], trust: Trust) -> Any:
        """The data of an instance that is made with these arguments."""
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
        # A debugger and a traceback show it, so it must not fail.
        try:
            return self.to_str()
        except ApiValueError:
            return f"<{type(self).__name__}, nested too deep to be shown>"
        except ApiAttributeError as error:
            return f"<{error}>"

    def to_str(self) -> str:
        """The values that are set, with Python's names, laid out for reading."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        html: str = provided("renderer")(self)
        return html


@dataclass_transform(field_specifiers=(field,))
class Model(BaseModel):
    """Base of the models that are JSON objects.

    Required fields are given by position or by keyword, optional ones by keyword. Any further
    keyword becomes an additional property and is sent as it is. A mapping after the required
    fields is taken for keywords.

    A subclass is an ordinary class. If its instances have a ``__dict__``, assigning to a name that
    is not a field sets an attribute, which is never sent; ``model["name"] = value`` sets an
    additional property. The package's own models have no ``__dict__``, and assigning to an unknown
    name sets an additional property.
    """

    __slots__ = ()

    _schema: ClassVar[Object]
    #: The fields that the class itself declares, without those that it inherits.
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

    def __init__(self, /, *args: Any, **kwargs: Any) -> None:
        data = None if args else self._schema.usual(kwargs)
        hold(self, self._accepted(args, kwargs, STRICT) if data is None else data)

    @classmethod
    def _accepted(cls, args: tuple[Any, ...], kwargs: dict[str, Any], trust: Trust) -> Any:
        kwargs, trust = _without_private(kwargs, trust)
        schema = cls._schema
        required = schema.required
        for extra in args[len(required) :]:
            if not isinstance(extra, Mapping):
                raise ApiTypeError(
                    f"{cls.__name__}() takes {len(required)} positional arguments"
                    f" and got {len(args)}; give the others by name"
                )
            kwargs = {**kwargs, **extra}
        given = {f.name: value for f, value in zip(required, args)}
        missing = []
        for name in given:
            if name in kwargs:
                raise ApiTypeError(f"{cls.__name__}() got {name!r} by position and by name")
        for f in required[len(args) :]:
            name = f.name if f.name in kwargs else f.wire
            if name in kwargs:
                given[name] = kwargs[name]
            else:
                missing.append(repr(f.name))
        if missing:
            raise ApiTypeError(f"{cls.__name__}() needs {' and '.join(missing)}")
        given.update(kwargs)
        if trust is not STRICT:
            given = schema.in_wire_names(given)
        return publicly(schema.collect, given, trust)

    def _key(self, name: str) -> str:
        """Where the data holds what a program calls by this name. Declared fields go first."""
        wire = self._schema.wire_name(name)
        return wire if wire in self._data or name not in self._data else name

    def __contains__(self, name: str) -> bool:
        return self._key(name) in self._data

    # Without this, item access would make ``iter(model)`` ask for item 0.
    __iter__ = None

    def __getitem__(self, name: str) -> Any:
        key = self._key(name)
        if key not in self._data:
            raise self._no("value for", name)
        value, known = self._data[key], self._schema.by_wire.get(key)
        return value if known is None else known.schema.read(value)

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
        """The value of a property, or the default where it is not set."""
        try:
            return self[name]
        except ApiAttributeError:
            return default

    if not TYPE_CHECKING:  # pragma: no branch
        __match_args__ = ClassProperty(lambda cls: tuple(f.name for f in cls._schema.required))

        def __setattr__(self, name: str, value: Any) -> None:
            # An instance with a ``__dict__`` is of a subclass and takes attributes as any object.
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
        # Other programs ask for the names of protocols (``__array__``, ``_repr_html_``): data must
        # not answer to those.
        if name in ("_data", "_unread_json") or name not in self._data:
            if name in self._schema.by_name:
                raise self._no("value for", name)
            return super()._absent_attribute(name)
        if self._is_additional(name):
            return self._data[name]
        raise self._no("attribute", name, f"; write model[{name!r}]")

    def _is_additional(self, name: str) -> bool:
        """Whether an attribute of this name can only be an additional property."""
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
        """The properties that are set and not declared, by wire name. A copy."""
        declared = self._schema.by_wire
        return {wire: value for wire, value in self._data.items() if wire not in declared}

    def to_dict(self) -> dict[str, Any]:
        """The values that are set, with Python's names, nested models as dicts too.

        A declared field stands before an additional property of the same name.
        """
        try:
            return _to_python(self)  # type: ignore[no-any-return]
        except RecursionError:
            raise ApiValueError(TOO_DEEP) from None

    def to_str(self) -> str:
        """The values that are set, with Python's names, laid out for reading."""
        from pprint import pformat

        values = self.to_dict()
        try:
            return pformat(values)
        except RecursionError:
            raise ApiValueError(TOO_DEEP) from None


Model._schema = Object(Model, (), schema_of(Any))


class ArrayModel(BaseModel, Generic[ItemT]):
    """Base of the models that are JSON arrays. ``value`` is the list itself."""

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
                    Field("value", "value", True, cls._schema, types.GenericAlias(list, item)),
                )
                cls.openapi_types = {"value": cls._schema.classes}

    if TYPE_CHECKING:

        def __init__(self, value: list[ItemT] | tuple[ItemT, ...]) -> None: ...

    @classmethod
    def _accepted(cls, args: tuple[Any, ...], kwargs: dict[str, Any], trust: Trust) -> Any:
        if kwargs:
            kwargs, trust = _without_private(kwargs, trust)
            if "value" in kwargs:
                args = (*args, kwargs.pop("value"))
        if len(args) != 1 or kwargs:
            raise ApiTypeError(f"{cls.__name__}() takes one argument, the list 'value'")
        return publicly(cls._schema.accept, args[0], trust, "value")

    @property
    def value(self) -> list[ItemT]:
        """The items. Changes to this list are changes to the model."""
        items: list[ItemT] = self._data
        return items

    @value.setter
    def value(self, items: list[ItemT] | tuple[ItemT, ...]) -> None:
        hold(self, self._accepted((items,), {}, STRICT))

    def get(self, name: str, default: Any = None) -> Any:
        """``value`` by its name, as on the other models."""
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
        """The items, as a list of them is written."""
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
                result[known.name] = _to_python(known.schema.read(item))
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
