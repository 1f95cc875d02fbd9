"""The fast way from parsed JSON to a model, compiled once a class from its declaration.

``Schema.accept`` is the truth about what is taken. The functions made here take the usual answer
in straight-line code, in place, and raise ``Reject`` at the first surprise; the caller then parses
the answer again and asks ``Schema.accept``, which takes it after all or says what is wrong where.
So no error is described twice, and nothing here needs to know a path.

The source that is compiled holds wire names of this library's own declarations, as literals, and
nothing that came from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launchdarkly_api.schema import (
    LENIENT,
    Anything,
    Array,
    Boolean,
    Integer,
    InvalidValue,
    Map,
    Number,
    Object,
    Ref,
    Schema,
    Structured,
    Text,
    Timestamp,
    is_timestamp_text,
)

Decode = Callable[[Any], Any]


class Reject(Exception):
    """The value is not the usual one. It may be right for all that."""


class Blank(Structured):
    """A model before it is one.

    It has the layout of every model and none of the checks, so that it is made and filled at the
    speed of the interpreter; then it is told its class. That takes two thirds of the time of
    ``object.__new__`` and a slot's ``__set__``, which is what the class itself would need.
    """

    __slots__ = ()


_decoders: dict[type[Structured], Decode] = {}


def decoder(model: type[Structured]) -> Decode:
    """A function that checks parsed JSON in place and returns the model that holds it."""
    if model not in _decoders:
        # Two threads may both come here. They compile the same, and one of the two stays.
        _decoders[model] = _compiled(model)
    return _decoders[model]


def _compiled(model: type[Structured]) -> Decode:
    source = _Source()
    source.model(1, 0, model)
    source.add(1, "return v0")
    # Everything it needs is a default argument: locals are read faster than globals.
    needs = ", ".join(f"{name}={name}" for name in source.names)
    text = "\n".join([f"def decode(v0, {needs}):", *source.lines])
    exec(compile(text, f"<decoder of {model.__name__}>", "exec"), source.names)
    decode: Decode = source.names["decode"]
    return decode


class _Source:
    """A function's lines being written.

    ``v0``, ``v1``, … are the values at hand, by depth. Every method that takes a depth writes code
    that checks that value and leaves the decoded one in its place.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {
            kind.__name__: kind for kind in (bool, dict, float, int, list, str, type, Blank, Reject)
        }

    def add(self, indent: int, line: str) -> None:
        self.lines.append(" " * indent + line)

    def bind(self, value: Any) -> str:
        """A name in the function for this object."""
        name = f"ref{len(self.names)}"
        self.names[name] = value
        return name

    def model(self, indent: int, depth: int, model: type[Structured]) -> None:
        value = f"v{depth}"
        if isinstance(model._schema, Array):
            self.value(indent, depth, model._schema)
        else:
            self.add(indent, f"if type({value}) is not dict: raise Reject")
            self.properties(indent, depth, model._schema)
        if _has_plain_layout(model):
            self.add(indent, f"model = Blank(); model._data = {value}")
            self.add(indent, f"model.__class__ = {self.bind(model)}; {value} = model")
        else:
            self.add(indent, f"{value} = {self.bind(model._holding)}({value})")

    def properties(self, indent: int, depth: int, shape: Object) -> None:
        here = f"v{depth}"
        if shape.required:
            self.add(indent, "try:")
            for f in shape.required:
                self.field(indent + 1, depth, f"{here}[{f.wire!r}]", f.schema)
            self.add(indent, "except KeyError: raise Reject from None")
        for f in shape.fields:
            if not f.required:
                self.optional(indent, depth, f.wire, f.schema)
        if not isinstance(shape.additional, Anything):
            declared = self.bind(frozenset(shape.by_wire))
            self.add(indent, f"for k{depth} in {here}:")
            self.add(indent + 1, f"if k{depth} not in {declared}:")
            self.property(indent + 2, depth, f"{here}[k{depth}]", shape.additional)

    def optional(self, indent: int, depth: int, wire: str, schema: Schema) -> None:
        here, value = f"v{depth}", f"v{depth + 1}"
        place = f"{here}[{wire!r}]"
        if test := self.surprise_in_field(place, schema):
            # One line, for speed: most fields of an answer are of this sort.
            condition = f"{wire!r} in {here} and {test} and {place} is not None"
            self.add(indent, f"if {condition}: raise Reject")
        elif not isinstance(schema, Anything):
            self.add(indent, f"{value} = {place} if {wire!r} in {here} else None")
            self.add(indent, f"if {value} is not None:")
            self.decoded(indent + 1, depth + 1, place, schema)

    def field(self, indent: int, depth: int, place: str, schema: Schema) -> None:
        """Check the value of a required field."""
        if test := self.surprise_in_field(place, schema):
            self.add(indent, f"if {test}: raise Reject")
        else:
            self.property(indent, depth, place, schema)

    def property(self, indent: int, depth: int, place: str, schema: Schema) -> None:
        """Check the value at this place, and put the decoded one there if it is another."""
        if test := self.surprise(place, schema):
            self.add(indent, f"if {test}: raise Reject")
        else:
            self.add(indent, f"v{depth + 1} = {place}")
            self.decoded(indent, depth + 1, place, schema)

    def surprise(self, place: str, schema: Schema) -> str | None:
        """A test that is true where this value is not the usual one, or None for no such test.

        It is for values that stay as they are when they are right.
        """
        if not isinstance(schema, (Text, Boolean, Integer)):
            return None
        test = f"type({place}) is not {schema.classes[0].__name__}"
        if isinstance(schema, Timestamp):
            test += f" and not {self.bind(is_timestamp_text)}({place})"
        return test

    def surprise_in_field(self, place: str, schema: Schema) -> str | None:
        """The same for a field. What is read as a float may be kept as a whole number."""
        if isinstance(schema, Number):
            return f"type({place}) is not float and type({place}) is not int"
        return self.surprise(place, schema)

    def decoded(self, indent: int, depth: int, place: str, schema: Schema) -> None:
        """Decode the value at hand, which was read from this place."""
        self.value(indent, depth, schema)
        if not isinstance(schema, (Array, Map, Anything)):
            self.add(indent, f"{place} = v{depth}")

    def value(self, indent: int, depth: int, schema: Schema) -> None:
        value = f"v{depth}"
        if isinstance(schema, Array):
            self.add(indent, f"if type({value}) is not list: raise Reject")
            self.items(indent, depth, schema.item)
        elif isinstance(schema, Map):
            self.add(indent, f"if type({value}) is not dict: raise Reject")
            if not isinstance(schema.item, Anything):
                self.add(indent, f"for k{depth} in {value}:")
                self.property(indent + 1, depth, f"{value}[k{depth}]", schema.item)
        elif isinstance(schema, Ref):
            # Written out, not called: a declaration is a tree, and a call costs what a check does.
            self.model(indent, depth, schema.model)
        elif isinstance(schema, Number):
            convert = self.bind(_accept_or_reject(schema))
            self.add(indent, f"if type({value}) is not float: {value} = {convert}({value})")
        elif not isinstance(schema, Anything):
            self.add(indent, f"{value} = {self.bind(_accept_or_reject(schema))}({value})")

    def items(self, indent: int, depth: int, item: Schema) -> None:
        """Decode a list's items in place. The lists are short, so a plain loop is fastest."""
        if isinstance(item, Anything):
            return
        index, value = f"i{depth}", f"v{depth + 1}"
        self.add(indent, f"{index} = 0")
        self.add(indent, f"for {value} in v{depth}:")
        self.value(indent + 1, depth + 1, item)
        self.add(indent + 1, f"v{depth}[{index}] = {value}")
        self.add(indent + 1, f"{index} += 1")


def _has_plain_layout(model: type[Structured]) -> bool:
    """Whether a blank can become one: the instances of a subclass may hold more."""
    try:
        object.__setattr__(Blank(), "__class__", model)
    except TypeError:
        return False
    return True


def _accept_or_reject(schema: Schema) -> Decode:
    def decode(value: Any) -> Any:
        try:
            return schema.accept(value, LENIENT)
        except InvalidValue:
            raise Reject from None

    return decode
