"""Support for ``help()``, ``inspect.signature()`` and Jupyter's ``?`` on models.

Everything is computed on demand, so that importing a model stays cheap.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from inspect import Signature

    from launchdarkly_api._modelling.containers import Field
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Field = Signature = Any

T = TypeVar("T")


def spelled_out(annotation: Any) -> Any:
    """Return a type in the form that jedi understands, which completes names in Jupyter."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return arguments[0]
    if origin is typing.Literal:
        return str
    form = _FORMS.get(origin)
    return form[tuple(map(spelled_out, arguments))] if form else annotation


_FORMS: dict[Any, Any] = {
    list: typing.List,  # noqa: UP006
    dict: typing.Dict,  # noqa: UP006
    types.UnionType: typing.Union,
    typing.Union: typing.Union,
}


class ClassProperty(Generic[T]):
    """A class attribute that is computed at each access."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute

    def __get__(self, instance: object, owner: type) -> T:
        return self.compute(owner)


def signature(fields: tuple[Field, ...], additional: Any) -> Signature:
    """Return a constructor's signature: positional and other fields, additional properties."""
    from inspect import Parameter, Signature

    parameters = [
        Parameter(
            f.name,
            Parameter.POSITIONAL_OR_KEYWORD if f.positional else Parameter.KEYWORD_ONLY,
            default=Parameter.empty if f.required else None,
            annotation=f.annotation,
        )
        for f in sorted(fields, key=lambda f: not f.positional)
    ]
    if additional is not None:
        name, kind = "additional_properties", Parameter.VAR_KEYWORD
        parameters.append(Parameter(name, kind, annotation=additional))
    # An optional field may come before a required one, as it does in 13.0.0's constructors.
    return Signature(parameters, __validate_parameters__=False)


def field_docs(cls: type) -> dict[str, str]:
    """Return the strings below the fields in a class body, by field. Reads the source."""
    import ast
    from inspect import cleandoc, getsource
    from itertools import pairwise
    from textwrap import dedent

    try:
        body = ast.parse(dedent(getsource(cls))).body[0]
    except (OSError, TypeError, SyntaxError):  # the source is not available
        return {}
    docs: dict[str, str] = {}
    for statement, below in pairwise(getattr(body, "body", [])):
        match statement, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                docs[name] = cleandoc(text)
            case _:
                pass
    return docs
