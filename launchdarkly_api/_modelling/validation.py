"""The validation modes, and the error for a value that is not valid."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api._support.errors import ApiTypeError, ApiValueError, PathItem, render_path


class ValidationMode(enum.Enum):
    """A validation mode: how strictly a value is checked."""

    STRICT = "strict"
    LENIENT = "lenient"
    UNCHECKED = "unchecked"


STRICT, LENIENT, UNCHECKED = ValidationMode.STRICT, ValidationMode.LENIENT, ValidationMode.UNCHECKED


class InvalidValue(Exception):
    """A value is not valid. Each enclosing schema adds its part of ``path`` to the error."""

    def __init__(self, message: str, classes: tuple[Any, ...] | None) -> None:
        super().__init__(message)
        self.message = message
        self.classes = classes
        self.path: list[PathItem] = []

    def inside(self, *parents: PathItem) -> InvalidValue:
        """Prepend the position of the enclosing containers to the path."""
        self.path[:0] = parents
        return self

    def as_api_error(self) -> ApiTypeError | ApiValueError:
        """Return the public exception: an ``ApiTypeError`` if valid types are known."""
        path = render_path(self.path)
        if len(path) > 300:  # the keys of a response may have any length
            path = f"{path[:150]}…{path[-150:]}"
        text = f"{self.message} at {path}" if path else self.message
        known = self.classes is not None
        error = ApiTypeError(text, None, self.classes) if known else ApiValueError(text)
        error.path_to_item = self.path or None
        return error


def property_name(name: Any, classes: tuple[Any, ...] | None = (str,)) -> str:
    """Return the name of a property or the key of a mapping as a plain ``str``."""
    if isinstance(name, str):
        return str.__str__(name)
    raise InvalidValue(f"JSON names are text, not {described(name)}", classes)


def described(value: Any) -> str:
    """Return the type of a value, with the beginning of its ``repr`` if it is a scalar."""
    kind = type(value).__name__
    if value is None or isinstance(value, (Structured, Mapping, list, tuple, set)):
        return kind
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a ``__repr__`` may fail in any way
        return kind
    return f"{kind} {text if len(text) <= 60 else text[:60] + '…'}"
