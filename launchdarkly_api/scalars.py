"""Whole numbers and booleans, also those of NumPy, which are no ``int`` and no ``bool``."""

from __future__ import annotations

import operator
from typing import Any


def whole_number(value: Any) -> int | None:
    """The ``int`` that a value is, or None if it is not a whole number. A boolean is not."""
    if boolean(value) is not None:
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def boolean(value: Any) -> bool | None:
    """The ``bool`` that a value is, or None if it is not a boolean."""
    if isinstance(value, bool):
        return value
    # NumPy registers its numbers with ``numbers``. Its boolean has no such class to be known by.
    kind: Any = type(value)
    if kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"):
        return bool(value)
    return None
