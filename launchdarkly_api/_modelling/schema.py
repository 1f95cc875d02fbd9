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

import enum
import math
import os
import threading
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from launchdarkly_api._support.scalars import plain_scalar
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError, PathItem, render_path

if TYPE_CHECKING:
    from typing_extensions import Self
else:
    # Programs ask for annotations at run time too.
    Self = Any

#: A point in time: milliseconds since the Unix epoch, UTC.
EpochMilliseconds = Annotated[int, "epoch milliseconds"]
#: A point in time that the service gives in seconds here and in milliseconds there.
EpochTime = Annotated[int, "epoch seconds or milliseconds"]


class Trust(enum.Enum):
    """How much a value is believed."""

    STRICT = "strict"
    LENIENT = "lenient"
    UNCHECKED = "unchecked"


STRICT, LENIENT, UNCHECKED = Trust.STRICT, Trust.LENIENT, Trust.UNCHECKED


class InvalidValue(Exception):
    """A value was not accepted. ``path`` grows on the way out, from the value to the root."""

    def __init__(self, message: str, classes: tuple[Any, ...] | None) -> None:
        super().__init__(message)
        self.message = message
        self.classes = classes
        self.path: list[PathItem] = []

    def inside(self, *parents: PathItem) -> InvalidValue:
        """Say which container the value lies in."""
        self.path[:0] = parents
        return self

    def as_api_error(self) -> ApiTypeError | ApiValueError:
        """The public exception: of type where types are wrong, of value elsewhere."""
        where = _shortened(render_path(self.path))
        text = f"{self.message} at {where}" if where else self.message
        known = self.classes is not None
        error = ApiTypeError(text, None, self.classes) if known else ApiValueError(text)
        error.path_to_item = self.path or None
        return error


class Schema:
    """What a value may be. ``name`` is for people, ``classes`` for ``openapi_types``."""

    name: str
    classes: tuple[Any, ...]
    #: A value of exactly this type is right, whatever the trust, and is kept as it is.
    plain: type | None = None
    #: Whether a value may be a model or hold models.
    holds_models: bool = False

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


class Anything(Schema):
    """Any JSON value: None, bool, number, text, list, mapping with text keys, model.

    A date or a datetime may be sent as well; it goes out in ISO 8601.
    """

    name = "a JSON value"
    classes: tuple[Any, ...] = (
        bool,
        date,
        datetime,
        dict,
        float,
        int,
        list,
        str,
        type(None),
    )
    plain: type | None = str

    def accept(self, value: Any, trust: Trust) -> Any:
        if trust is not STRICT or value is None:
            return value
        scalar = plain_scalar(value)
        if isinstance(scalar, (str, int)):
            return scalar
        if isinstance(scalar, float):
            return Number().accept(scalar, trust)
        if isinstance(value, Structured) or is_date(value):
            return value
        if isinstance(value, (list, tuple)):
            return _ANY_LIST.accept(value, trust)
        if isinstance(value, Mapping):
            return _ANY_MAP.accept(value, trust)
        raise self.mismatch(value)


class Container(Schema):
    """What holds other values. It is built anew when it is accepted."""

    def accept_whole(self, value: Any, trust: Trust) -> Any:
        kept = self.accept(value, trust)
        if kept is value:
            raise self.mismatch(value)
        return kept


class Array(Container):
    """A list whose items all follow one schema."""

    def __init__(self, item: Schema) -> None:
        self.item = item
        self.name: str = f"list of {item.name}"
        self.classes: tuple[Any, ...] = (list(item.classes),)
        self.holds_models: bool = item.holds_models

    def with_models(self, value: Any) -> Any:
        value[:] = map(self.item.with_models, value)
        return value

    def accept(self, value: Any, trust: Trust) -> Any:
        if not isinstance(value, (list, tuple)):
            if trust is UNCHECKED:
                return value
            raise self.mismatch(value)
        kept: list[Any] = []
        plain, accept = self.item.plain, self.item.accept
        try:
            for item in value:
                kept.append(item if type(item) is plain else accept(item, trust))
        except InvalidValue as error:
            raise error.inside(len(kept)) from None
        return kept


class Map(Container):
    """A mapping with text keys whose values all follow one schema."""

    def __init__(self, item: Schema) -> None:
        self.item = item
        self.name: str = f"dict of str to {item.name}"
        self.classes: tuple[Any, ...] = ({str: item.classes},)
        self.holds_models: bool = item.holds_models

    def with_models(self, value: Any) -> Any:
        for key, item in value.items():
            value[key] = self.item.with_models(item)
        return value

    def accept(self, value: Any, trust: Trust) -> Any:
        if not isinstance(value, Mapping):
            if trust is UNCHECKED:
                return value
            raise self.mismatch(value)
        kept: dict[str, Any] = {}
        for key, item in value.items():
            name = _name(key)
            try:
                kept[name] = self.item.accept(item, trust)
            except InvalidValue as error:
                raise error.inside(name) from None
        return kept


class Field(NamedTuple):
    """One declared field of an object: its name in Python, its name on the wire, what it holds."""

    name: str
    wire: str
    required: bool
    schema: Schema
    annotation: Any


class Object(Schema):
    """A JSON object with declared fields. What is not declared is kept, if it may be there."""

    def __init__(self, model: type[Structured], fields: Iterable[Field], additional: Any) -> None:
        self.name: str = model.__name__
        self.classes: tuple[Any, ...] = (model,)
        self.fields: tuple[Field, ...] = tuple(fields)
        self.required: tuple[Field, ...] = tuple(f for f in self.fields if f.required)
        self.additional: Schema = schema_of(additional)
        self.by_name: dict[str, Field] = {f.name: f for f in self.fields}
        self.by_wire: dict[str, Field] = {f.wire: f for f in self.fields}
        self.by_either: dict[str, Field] = {**self.by_wire, **self.by_name}
        usual = {f.name: (f.wire, f.schema.plain, f.schema.accept) for f in self.fields}
        self._nested = [
            (f.wire, f.schema.with_models) for f in self.fields if f.schema.holds_models
        ]
        self.holds_models: bool = bool(self._nested) or self.additional.holds_models
        self._needed = {f.name: usual[f.name] for f in self.required}
        self._others = {f.name: usual[f.name] for f in self.fields if not f.required}

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
        """The wire name of what a program calls by this name."""
        known = self.by_either.get(name)
        return name if known is None else known.wire

    def in_wire_names(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The same with wire names for those of Python, except where both are given."""
        return {
            name if (wire := self.wire_name(name)) in given else wire: value
            for name, value in given.items()
        }

    def accept(self, value: Any, trust: Trust) -> Any:
        if not isinstance(value, Mapping):
            if trust is UNCHECKED:
                return value
            raise self.mismatch(value)
        if trust is UNCHECKED:
            return self.collect(self.in_wire_names(value), trust)
        data = self.collect(value, trust)
        for f in self.required:
            if f.wire not in data:
                missing = InvalidValue(f"{self.name} needs a value", f.schema.classes)
                raise missing.inside(f.name if trust is STRICT else f.wire)
        return data

    def usual(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """What ``collect`` makes of a program's usual arguments, in a third of its time.

        The required fields come first. None where anything is missing or needs a second look.
        """
        data: dict[str, Any] = {}
        needed, others = self._needed, self._others
        try:
            for name, (wire, plain, accept) in needed.items():
                value = given[name]
                data[wire] = value if type(value) is plain else accept(value, STRICT)
            if len(data) < len(given):
                for name, value in given.items():
                    if name in needed:
                        continue
                    if name in others:
                        wire, plain, accept = others[name]
                    elif name in self.by_wire or name.startswith("_"):
                        return None
                    else:
                        wire, plain, accept = (
                            _name(name),
                            self.additional.plain,
                            self.additional.accept,
                        )
                    data[wire] = value if type(value) is plain else accept(value, STRICT)
        except (KeyError, InvalidValue, RecursionError):
            return None
        return data

    def collect(self, given: Mapping[str, Any], trust: Trust) -> dict[str, Any]:
        """Accept each of the properties that are given, whether or not any is missing.

        A program may write either of a field's names. An answer has wire names only, so that
        whatever the service may add is told from what is declared.
        """
        find = (self.by_either if trust is STRICT else self.by_wire).get
        data: dict[str, Any] = {}
        for name, value in given.items():
            f = find(name)
            if f is None:
                wire, schema = _name(name), self.additional
                keep = schema.accept
            else:
                wire, schema, keep = f.wire, f.schema, f.schema.keep
                if wire in data:
                    raise InvalidValue(f"{f.name!r} is given twice, once as {wire!r}", None)
                if value is None and not f.required and not isinstance(schema, Anything):
                    # A program's None is "not set". An answer's null is kept, and goes out again.
                    if trust is not STRICT:
                        data[wire] = None
                    continue
            if type(value) is schema.plain:
                data[wire] = value
                continue
            try:
                data[wire] = keep(value, trust)
            except InvalidValue as error:
                raise error.inside(name) from None
        return data


class Structured:
    """A value that brings its own schema: a model. What a model is, ``model_utils`` says.

    A model of a response is lazy. The decoder leaves checked JSON in ``_unread_json``, and leaves
    ``_data`` unset, so that the first access to ``_data`` calls ``__getattr__``, which makes the
    models that lie directly in the JSON. Decoding a page makes one model, and the garbage collector
    has half as many objects to follow.
    """

    __slots__ = ("__weakref__", "_data", "_unread_json")

    _data: Any
    _unread_json: Any
    #: An ``Object`` or an ``Array``: what ``_data`` is.
    _schema: ClassVar[Any]

    @classmethod
    def _holding(cls, data: Any) -> Self:
        """An instance that holds data which the schema has accepted."""
        self = cls.__new__(cls)
        hold(self, data)
        return self

    @classmethod
    def _from_checked_json(cls, raw: Any) -> Self:
        """An instance that takes over parsed JSON which the decoder has checked."""
        self = cls.__new__(cls)
        if not cls._schema.holds_models:
            hold(self, raw)
        elif isinstance(cls._schema, Object) and getattr(cls, "__getattr__", None) is _lazily:
            hold_raw(self, raw)
        else:
            # The items of an array may be replaced before they are read, and the ``__getattr__`` of
            # a subclass may not pass ``_data`` on.
            hold(self, cls._schema.with_models(raw))
        return self

    if not TYPE_CHECKING:  # pragma: no branch

        def __getattr__(self, name: str) -> Any:
            return self._make_models() if name == "_data" else self._absent_attribute(name)

    def _absent_attribute(self, name: str) -> Any:
        """The value of an attribute that ordinary lookup did not find."""
        raise NotImplementedError

    def _make_models(self) -> Any:
        """Make the models that lie directly in the JSON, and return the data that holds them."""
        # Threads that read a model at the same time are to find the same models in it.
        with _opening:
            try:
                raw = held_raw(self)
            except AttributeError:
                return self._made_by_another_thread()
            data = self._schema.with_models(raw)
            hold(self, data)
            drop_raw(self)
        return data

    def _made_by_another_thread(self) -> Any:
        try:
            return _data.__get__(self)
        except AttributeError:
            return self._absent_attribute("_data")


_data, _unread = (Structured.__dict__[name] for name in ("_data", "_unread_json"))
#: Sets the data of an instance, past the checks of assignment.
hold: Callable[[Structured, Any], None] = _data.__set__
hold_raw: Callable[[Structured, Any], None] = _unread.__set__
held_raw: Callable[[Structured], Any] = _unread.__get__
drop_raw: Callable[[Structured], None] = _unread.__delete__
_lazily: Any = Structured.__dict__["__getattr__"]
_opening = threading.RLock()


def _renew_lock() -> None:
    """In a forked process, the thread that held the lock is not there to release it."""
    global _opening
    _opening = threading.RLock()


if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_renew_lock)


class Ref(Container):
    """One of the models."""

    holds_models: bool = True

    def __init__(self, model: type[Structured]) -> None:
        self.model = model
        self.plain: type | None = model
        self.name: str = model.__name__
        self.classes: tuple[Any, ...] = (model,)

    def with_models(self, value: Any) -> Any:
        return value if isinstance(value, Structured) else self.model._from_checked_json(value)

    def accept(self, value: Any, trust: Trust) -> Any:
        if isinstance(value, self.model):
            return value
        kept = self.model._schema.accept(value, trust)
        # UNCHECKED may have let something pass of which no model can be built.
        return value if kept is value else self.model._holding(kept)


class Union(Schema):
    """One of several schemas: the first that takes the value."""

    def __init__(self, choices: tuple[Schema, ...]) -> None:
        self.choices = choices
        self.name: str = " or ".join(choice.name for choice in choices)
        self.classes: tuple[Any, ...] = tuple(c for choice in choices for c in choice.classes)

    def accept(self, value: Any, trust: Trust) -> Any:
        for choice in self.choices:
            try:
                if trust is UNCHECKED:
                    return choice.keep(value, LENIENT)
                return choice.accept(value, trust)
            except InvalidValue:
                continue
        if trust is UNCHECKED:
            return value
        raise self.mismatch(value)

    def accept_whole(self, value: Any, trust: Trust) -> Any:
        for choice in self.choices:
            try:
                return choice.accept_whole(value, trust)
            except InvalidValue:
                continue
        raise self.mismatch(value)


_ANY_LIST = Array(Anything())
_ANY_MAP = Map(Anything())
_SIMPLE: dict[Any, Schema] = {
    str: Text(),
    bool: Boolean(),
    int: Integer(),
    float: Number(),
    EpochMilliseconds: Timestamp("epoch milliseconds"),
    EpochTime: Timestamp("epoch seconds or milliseconds"),
    Any: Anything(),
    object: Anything(),
    dict: _ANY_MAP,
    list: _ANY_LIST,
    None: Null(),
    type(None): Null(),
}


def schema_of(annotation: Any) -> Schema:
    """The schema that an annotation, or 13.0.0's way to write a type, stands for.

    13.0.0 writes a tuple for alternatives, ``[T]`` for a list, ``{str: T}`` for a mapping.
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
        # JSON has no dates: a date in a response is text. Not looked up in _SIMPLE: a frozen clock
        # puts classes of its own in the place of ``date`` and ``datetime``.
        return Text()
    raise _no_json_type(annotation)


#: What ``typing.get_origin`` says of ``Optional[X]`` and of ``X | None``.
UNIONS = (typing.Union, types.UnionType)


def _schema_of_union(arguments: tuple[Any, ...]) -> Schema:
    """The schema of alternatives. ``Literal[...] | str`` is an open list of words."""
    is_open = str in arguments and any(typing.get_origin(a) is Literal for a in arguments)
    choices = [schema_of(a) for a in arguments if not (is_open and a is str)]
    if is_open:
        choices = [c.opened() if isinstance(c, OneOf) else c for c in choices]
    return choices[0] if len(choices) == 1 else Union(tuple(choices))


def _no_json_type(annotation: Any) -> ApiTypeError:
    return ApiTypeError(f"{annotation!r} is not a type that JSON can hold")


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


def _shortened(path: str) -> str:
    """Both ends of a path: an answer's keys may have any length, and a log is to stay readable."""
    return path if len(path) <= 300 else f"{path[:150]}…{path[-150:]}"


def _name(name: Any) -> str:
    """The name of a property, or the key of a mapping."""
    if isinstance(name, str):
        return str.__str__(name)
    raise InvalidValue(f"JSON names are text, not {described(name)}", (str,))


def described(value: Any) -> str:
    """A value's type, and the value where that is a help."""
    kind = type(value).__name__
    if value is None or isinstance(value, (Structured, Mapping, list, tuple, set)):
        return kind
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - whatever an object's own code does, its type can be told
        return kind
    return f"{kind} {text if len(text) <= 60 else text[:60] + '…'}"
