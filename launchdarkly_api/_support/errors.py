"""The base of all exceptions, and the exceptions about one value.

``exceptions`` is their public module. They are defined here so that models can raise them without
importing that module, whose ``ApiException`` holds a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: Tracebacks and pickles use the name of the public module.
_PUBLIC = "launchdarkly_api.exceptions"

PathItem = str | int


def render_path(path_to_item: Sequence[PathItem]) -> str:
    """Format a path in the notation of Python and JavaScript: ``items[3].currentIteration``.

    A key that is not an identifier is written in brackets, so that paths are unambiguous.

    Args:
        path_to_item: The keys and indexes, from the outermost.

    Returns:
        The text.
    """
    text = ""
    for part in path_to_item:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.isidentifier():
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return text


class OpenApiException(Exception):
    """Base of all exceptions of this library."""

    __module__ = _PUBLIC

    def __repr__(self) -> str:
        # The message, because the exception for a response is created without arguments.
        return f"{type(self).__name__}({str(self)!r})"


class _AtPath(OpenApiException):
    """An error about one value, which may be nested in another."""

    path_to_item: list[PathItem] | None

    def __init__(self, msg: str, path_to_item: Sequence[PathItem] | None = None) -> None:
        self.path_to_item = list(path_to_item) if path_to_item else None
        super().__init__(f"{msg} at {render_path(path_to_item)}" if path_to_item else msg)


class ApiTypeError(_AtPath, TypeError):
    """A value has the wrong type, in an argument or in a response.

    ``path_to_item`` is the path to the value, and ``valid_classes`` are the types that it may have.
    ``key_type`` is True if the error is about the key of a mapping instead of its value.
    """

    __module__ = _PUBLIC

    valid_classes: tuple[Any, ...] | None
    key_type: bool | None

    def __init__(
        self,
        msg: str,
        path_to_item: Sequence[PathItem] | None = None,
        valid_classes: tuple[Any, ...] | None = None,
        key_type: bool | None = None,
    ) -> None:
        super().__init__(msg, path_to_item)
        self.valid_classes = valid_classes
        self.key_type = key_type


class ApiValueError(_AtPath, ValueError):
    """A value has the right type but is not allowed; ``path_to_item`` is the path to it."""

    __module__ = _PUBLIC


class ApiAttributeError(_AtPath, AttributeError):
    """A model does not have an attribute of this name, or the requested value is not set."""

    __module__ = _PUBLIC


class ApiKeyError(_AtPath, KeyError):
    """A name is unknown."""

    __module__ = _PUBLIC

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which would put the message in quotes.
        return str(self.args[0])
