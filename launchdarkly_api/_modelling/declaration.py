"""The declaration of a model's fields."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, overload

from launchdarkly_api._modelling.annotations import UNIONS, schema_of
from launchdarkly_api._modelling.containers import Field
from launchdarkly_api._modelling.schema import Schema
from launchdarkly_api._support.errors import ApiTypeError

if TYPE_CHECKING:
    from dataclasses import KW_ONLY as KW_ONLY
else:

    class KW_ONLY:
        """In a declaration, ``_: KW_ONLY`` makes the fields below it keyword-only."""


class _WireName(NamedTuple):
    """The placeholder that ``field()`` returns. It is replaced when the class is complete."""

    wire: str
    required: bool


@overload
def field(wire: str) -> Any: ...
@overload
def field(wire: str, *, default: None) -> Any: ...
def field(wire: str, **default: None) -> Any:
    """Declare a field whose wire name is not the camel-case form of its name.

    Args:
        wire: The name of the field in JSON.
        **default: ``default=None`` makes the field optional.

    Returns:
        A placeholder for the class body.
    """
    return _WireName(wire, required=not default)


def declared_fields(cls: type) -> Iterator[Field]:
    """Yield the fields that a class body declares, in the order of the declaration.

    A field with a default is optional. As in a dataclass, the fields above ``_: KW_ONLY`` are
    positional, or all fields of a class without that line. ``_positional`` lists them if an
    optional one comes before a required one. Class variables, slots and names that begin with an
    underscore are not fields.

    Raises:
        ApiTypeError: A field has a default other than None, or a type that JSON lacks.
    """
    positional = cls.__dict__.get("_positional") or _above_kw_only(cls)
    for name, annotation in _annotations(cls).items():
        default = cls.__dict__.get(name)
        if ClassVar in (annotation, typing.get_origin(annotation)) or isinstance(
            default, types.MemberDescriptorType
        ):
            continue
        wire, required = camel_case(name), name not in cls.__dict__
        if isinstance(default, _WireName):
            wire, required = default
        elif default is not None:
            raise ApiTypeError(
                f"{cls.__name__}.{name} has the default {default!r:.60};"
                " a field has no other default than None"
            )
        yield Field(
            name,
            wire,
            required,
            _schema(required, annotation),
            annotation,
            name in positional,
        )


def _above_kw_only(cls: type) -> list[str]:
    """Return the names that a class body annotates above ``_: KW_ONLY``."""
    names: list[str] = []
    for name, given in cls.__annotations__.items():
        if given is KW_ONLY or (isinstance(given, str) and given.endswith("KW_ONLY")):
            break
        names.append(name)
    return names


def _annotations(cls: type) -> dict[str, Any]:
    """Return the evaluated annotations of a class itself, without those of its bases."""
    own = {n: given for n, given in cls.__annotations__.items() if not n.startswith("_")}
    if not any(isinstance(given, str) for given in own.values()):
        return own
    # ``get_type_hints`` needs a class to allow ClassVar. It looks names up in the module first.
    return typing.get_type_hints(
        type(cls.__name__, (), {"__annotations__": own}),
        globalns=dict(vars(cls)),
        localns=getattr(sys.modules.get(cls.__module__), "__dict__", None),
        include_extras=True,
    )


def _schema(required: bool, annotation: Any) -> Schema:
    """Return the schema of a field. In an optional field, None means "not set" and is left out."""
    if not required and typing.get_origin(annotation) in UNIONS:
        annotation = tuple(a for a in typing.get_args(annotation) if a is not types.NoneType)
    return schema_of(annotation)


def camel_case(name: str) -> str:
    """Return the default wire name of a field with this Python name."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
