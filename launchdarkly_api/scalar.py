"""Numbers, booleans and text of other types than Python's own, such as those of NumPy."""

from __future__ import annotations

import numbers
import sys
from typing import Any


def plain_scalar(value: Any) -> Any:
    """The ``str``, ``bool``, ``int`` or ``float`` that a value stands for.

    Subclasses and registered numbers count: an enumeration's member that is text, ``numpy.int64``,
    ``numpy.bool_``. Every other value is returned as it is. ``Decimal`` and ``Fraction`` are among
    those, since a float would change them.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        return float(value)
    if _is_numpy_boolean(value):
        return bool(value)
    return value


def _is_numpy_boolean(value: Any) -> bool:
    # A value of NumPy can only exist after an import of it, so there is no need to import it here.
    kind = getattr(sys.modules.get("numpy"), "bool_", None)
    return kind is not None and isinstance(value, kind)
