"""How a value is validated, and the error that says why it was not accepted."""

# Values of any type come by here, so their parts are of no type that is known.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api._support.errors import ApiTypeError, ApiValueError, PathItem, render_path


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


def _shortened(path: str) -> str:
    """Both ends of a path: an answer's keys may have any length, and a log is to stay readable."""
    return path if len(path) <= 300 else f"{path[:150]}…{path[-150:]}"


def property_name(name: Any) -> str:
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
