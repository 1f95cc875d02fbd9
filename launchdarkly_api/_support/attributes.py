"""Lets a class know the attributes that its constructor sets."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def known_by_class(cls: type[T]) -> type[T]:
    """Give a class each attribute that its body annotates, with the value None.

    ``unittest.mock.create_autospec`` and ``spec=`` ask the class. They refuse an attribute that
    only ``__init__`` sets.
    """
    for name in cls.__annotations__:
        if not hasattr(cls, name):
            setattr(cls, name, None)
    return cls
