"""The form that a document and the declarations share: calls, instructions, types and objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Shape(NamedTuple):
    """A type of JSON values, in the words of OpenAPI.

    ``name`` is the name of an object's model or schema, whose fields a ``Contract`` holds.
    """

    kind: str
    name: str = ""
    item: Shape | None = None
    #: The listed values of an enumeration. None accepts any string.
    words: frozenset[str] | None = None
    choices: tuple[Shape, ...] = ()
    nullable: bool = False

    def __str__(self) -> str:
        if self.kind == "object":
            return self.name
        if self.kind == "union":
            return " or ".join(sorted(map(str, self.choices)))
        return f"{self.kind} of {self.item}" if self.item else self.kind


ANY = Shape("any")


class Field(NamedTuple):
    """A field of an object."""

    shape: Shape
    required: bool = False
    deprecated: bool = False


class Object(NamedTuple):
    """A JSON object with named fields. ``named`` is false for a schema that is written in place."""

    fields: Mapping[str, Field]
    named: bool = True


class Parameter(NamedTuple):
    """A parameter of a call. ``words`` are the values that the text or the annotation lists."""

    shape: Shape
    required: bool = False
    words: frozenset[str] = frozenset()


class Call(NamedTuple):
    """A call. ``parameters`` are keyed by place and name, such as ``("query", "limit")``."""

    name: str
    method: str
    path: str
    parameters: Mapping[tuple[str, str], Parameter]
    body: Shape | None
    returns: Shape | None
    success: frozenset[int]
    errors: Mapping[int, Shape | None]
    #: Statuses that are accepted without being part of the contract.
    observed: frozenset[int] = frozenset()
    deprecated: bool = False
    withdrawn: bool = False


class Instruction(NamedTuple):
    """A kind of instruction. ``parameters`` is None if the document only names the kind."""

    parameters: frozenset[str] | None
    deprecated: bool = False


class Contract(NamedTuple):
    """One side of the comparison."""

    calls: tuple[Call, ...]
    objects: Mapping[str, Object]
    #: None if the document says nothing about instructions.
    instructions: Mapping[str, Instruction] | None
    #: Remarks about the extent of the comparison. They are not differences.
    notes: tuple[str, ...] = ()
    #: Whether the calls have descriptions, which name instructions and values of parameters.
    has_texts: bool = True
