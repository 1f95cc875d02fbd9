"""The fast path of decoding: a check of parsed JSON, compiled once per class from its declaration.

``Schema.accept`` defines which responses are valid. The functions compiled here check a response in
straight-line code. A value of an unusual type is converted by ``Schema.accept``, which replaces it
in place: 5.0 in a field of integers becomes 5. At the first value that is not valid, they raise
``Reject``. The caller then parses the response again and calls ``Schema.accept`` for all of it,
which describes the error with its path, so that the compiled code tracks no paths.

A checked object becomes a model without a copy. The models inside it are created when it is first
read (see ``Structured``).

The compiled source contains the wire names of declarations, as literals. It contains nothing from
a response.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launchdarkly_api._modelling.containers import Anything, Array, Map, Object, Ref
from launchdarkly_api._modelling.schema import Scalar, Schema
from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api._modelling.validation import LENIENT, InvalidValue

Decode = Callable[[Any], Any]


class Reject(Exception):
    """The value is not valid. ``Schema.accept`` describes the error."""


_decoders: dict[type[Structured], Decode] = {}


def decoder(model: type[Structured]) -> Decode:
    """Return a function that checks parsed JSON and returns the model that holds it.

    The returned function raises ``Reject`` if a value is not valid.
    """
    if model not in _decoders:
        # Two threads may both get here. They compile equal functions, and one of them is kept.
        _decoders[model] = _compiled(model)
    return _decoders[model]


def _compiled(model: type[Structured]) -> Decode:
    source = _Source()
    source.container(1, 0, Ref(model))
    source.add(1, f"return {source.bind(model._from_checked_json)}(v0)")
    # Every object that the code uses is a default argument: locals are faster than globals.
    needs = ", ".join(f"{name}={name}" for name in source.names)
    text = "\n".join([f"def decode(v0, {needs}):", *source.lines])
    exec(compile(text, f"<decoder of {model.__name__}>", "exec"), source.names)
    decode: Decode = source.names["decode"]
    return decode


class _Source:
    """The source of a function under construction.

    ``v0``, ``v1``, … are the containers being checked, numbered by depth.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        kinds = (bool, dict, float, int, list, map, str, type, type(None), Reject)
        self.names: dict[str, Any] = {kind.__name__: kind for kind in kinds}

    def add(self, indent: int, line: str) -> None:
        self.lines.append(" " * indent + line)

    def bind(self, value: Any) -> str:
        """Return a name by which the function can use this object."""
        name = f"ref{len(self.names)}"
        self.names[name] = value
        return name

    def container(self, indent: int, depth: int, schema: Schema) -> None:
        """Write the check of the list or dict at this depth."""
        value = f"v{depth}"
        if isinstance(schema, Ref):
            # The check of a nested model is inlined, because a call would double its cost.
            # Declarations are trees, so inlining ends.
            schema = schema.model._schema
        kind = "list" if isinstance(schema, Array) else "dict"
        self.add(indent, f"if type({value}) is not {kind}: raise Reject")
        if isinstance(schema, Array):
            self.items(indent, depth, schema.item)
        elif isinstance(schema, Object):
            self.properties(indent, depth, schema)
        elif isinstance(schema, Map) and not isinstance(schema.item, Anything):
            self.add(indent, f"for k{depth} in {value}:")
            self.check(indent + 1, depth, f"{value}[k{depth}]", schema.item)

    def properties(self, indent: int, depth: int, shape: Object) -> None:
        here = f"v{depth}"
        if shape.required:
            self.add(indent, "try:")
            for f in shape.required:
                self.check(indent + 1, depth, f"{here}[{f.wire!r}]", f.schema)
            self.add(indent, "except KeyError: raise Reject from None")
        for f in shape.fields:
            if not f.required:
                place = f"{here}[{f.wire!r}]"
                self.check(indent, depth, place, f.schema, f"{f.wire!r} in {here}")
        if not isinstance(shape.additional, Anything):
            declared = self.bind(frozenset(shape.by_wire))
            self.add(indent, f"for k{depth} in {here}:")
            self.add(indent + 1, f"if k{depth} not in {declared}:")
            self.check(indent + 2, depth, f"{here}[k{depth}]", shape.additional)

    def check(
        self, indent: int, depth: int, place: str, schema: Schema, is_set: str | None = None
    ) -> None:
        """Write the check of the value that the expression ``place`` reads at this depth.

        Args:
            indent: The indentation of the check.
            depth: The depth of the container that holds the value.
            place: The expression that reads the value. It can be assigned to.
            schema: The schema of the value.
            is_set: For an optional field, the expression that is true if it is set. It may then
                also be None.
        """
        if isinstance(schema, Anything):
            if is_set is None:
                # Reading a required field that is missing raises KeyError.
                self.add(indent, place)
            return
        # A single test is faster, and most fields of a response are usual scalars.
        tests = [is_set, _surprise(place, schema), is_set and f"{place} is not None"]
        if condition := " and ".join(filter(None, tests)):
            self.add(indent, f"if {condition}:")
            indent += 1
        if isinstance(schema, (Array, Map, Ref)):
            self.add(indent, f"v{depth + 1} = {place}")
            self.container(indent, depth + 1, schema)
        else:
            self.add(indent, f"{place} = {self.bind(_accept_or_reject(schema))}({place})")

    def items(self, indent: int, depth: int, item: Schema) -> None:
        """Write the check of the items of the list at this depth."""
        here, value = f"v{depth}", f"v{depth + 1}"
        if isinstance(item, Anything):
            return
        self.add(indent, f"for {value} in {here}:")
        if isinstance(item, (Array, Map, Ref)):
            self.container(indent + 1, depth + 1, item)
            return
        self.add(indent + 1, f"if {_surprise(value, item) or True}:")
        convert = self.bind(_accept_or_reject(item))
        self.add(indent + 2, f"{here}[:] = map({convert}, {here})")
        self.add(indent + 2, "break")


def _surprise(place: str, schema: Schema) -> str | None:
    """Return an expression that is true if a scalar may have to be converted or rejected.

    The result is None if that depends on more than the type of the value.
    """
    if isinstance(schema, Scalar):
        return f"type({place}) is not {schema.classes[0].__name__}"
    return None


def _accept_or_reject(schema: Schema) -> Decode:
    def decode(value: Any) -> Any:
        try:
            return schema.accept(value, LENIENT)
        except InvalidValue:
            raise Reject from None

    return decode
