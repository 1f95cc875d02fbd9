"""The base of all exceptions, and those about one value. ``exceptions`` is their public module.

They are here so that models can raise them: an ``ApiException`` holds a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: Tracebacks and pickles name the module that programs import.
_PUBLIC = "launchdarkly_api.exceptions"

PathItem = str | int


def render_path(path_to_item: Sequence[PathItem]) -> str:
    """Write a path the way Python and JavaScript do: ``items[3].currentIteration``.

    A key that is not a plain word is written in brackets, so that no path is ambiguous.
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
    """Base of everything that this library raises on purpose."""

    __module__ = _PUBLIC

    def __repr__(self) -> str:
        # Not the arguments: an exception for a response has none, and the attributes say it all.
        return f"{type(self).__name__}({str(self)!r})"


class _AtPath(OpenApiException):
    """An error about one value, which may lie deep inside another."""

    path_to_item: list[PathItem] | None

    def __init__(self, msg: str, path_to_item: Sequence[PathItem] | None = None) -> None:
        self.path_to_item = list(path_to_item) if path_to_item else None
        super().__init__(f"{msg} at {render_path(path_to_item)}" if path_to_item else msg)


class ApiTypeError(_AtPath, TypeError):
    """A value has the wrong type, in what is to be sent or in what was received.

    ``path_to_item`` leads to the value, ``valid_classes`` are the types that it may have.
    ``key_type`` is True where the key of a mapping is meant, and not its value.
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
    """A value has the right type but is not allowed; ``path_to_item`` leads to it."""

    __module__ = _PUBLIC


class ApiAttributeError(_AtPath, AttributeError):
    """A model has no such attribute, or an item that was asked for is not set."""

    __module__ = _PUBLIC


class ApiKeyError(_AtPath, KeyError):
    """A name is not known."""

    __module__ = _PUBLIC

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which would quote the whole sentence.
        return str(self.args[0])
