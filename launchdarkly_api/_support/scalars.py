"""Numbers and booleans, also those of NumPy, which are not an ``int`` or a ``bool``."""

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
    kind = f"{type(value).__module__}.{type(value).__name__}"
    if kind in ("numpy.bool", "numpy.bool_"):
        return bool(value)
    return None


def plain_scalar(value: Any) -> Any:
    """The ``str``, ``bool``, ``int`` or ``float`` that a value stands for.

    Subclasses and registered numbers count: a member of ``class Key(str, Enum)``, ``numpy.int64``,
    ``numpy.bool_``. Every other value is returned as it is. ``Decimal`` and ``Fraction`` are among
    those, since a float would change them.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if (truth := boolean(value)) is not None:
        return truth
    import numbers  # not needed by most programs

    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        return float(value)
    return value
