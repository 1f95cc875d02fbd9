"""What an instance has, told by its class."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def known_by_class(cls: type[T]) -> type[T]:
    """Let a class have each attribute that its body annotates, with the value None.

    ``unittest.mock.create_autospec`` and ``spec=`` ask the class, and would refuse what only
    ``__init__`` sets.
    """
    for name in cls.__annotations__:
        if not hasattr(cls, name):
            setattr(cls, name, None)
    return cls
