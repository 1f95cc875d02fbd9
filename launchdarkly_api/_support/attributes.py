"""Declares on a class the attributes that its constructor sets."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def known_by_class(cls: type[T]) -> type[T]:
    """Give each annotated attribute of a class the value None, unless it has another value.

    ``unittest.mock.create_autospec`` and ``spec=`` inspect the class, and would otherwise refuse
    the attributes that only ``__init__`` sets.
    """
    for name in cls.__annotations__:
        if not hasattr(cls, name):
            setattr(cls, name, None)
    return cls
