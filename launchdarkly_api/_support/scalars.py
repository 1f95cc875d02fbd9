"""Recognizes numbers and booleans, including those of NumPy, which are not ``int`` or ``bool``."""

from __future__ import annotations

import operator
from typing import Any


def whole_number(value: Any) -> int | None:
    """Convert an integer to ``int``. None for other values, which include booleans."""
    if boolean(value) is not None:
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def boolean(value: Any) -> bool | None:
    """Convert a boolean to ``bool``. None for other values."""
    if isinstance(value, bool):
        return value
    # NumPy's boolean has no abstract base class, unlike its numbers, so its name identifies it.
    kind = f"{type(value).__module__}.{type(value).__name__}"
    if kind in ("numpy.bool", "numpy.bool_"):
        return bool(value)
    return None


def plain_scalar(value: Any) -> Any:
    """Convert a scalar to a plain ``str``, ``bool``, ``int`` or ``float``.

    Subclasses and registered numbers are converted: a member of ``class Key(str, Enum)``,
    ``numpy.int64``, ``numpy.bool_``. All other values are returned unchanged, including ``Decimal``
    and ``Fraction``, which a float may not represent exactly.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if (truth := boolean(value)) is not None:
        return truth
    import numbers  # imported only if needed

    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        return float(value)
    return value
