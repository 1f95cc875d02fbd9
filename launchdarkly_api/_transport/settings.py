"""Numbers in a configuration, which is made of plain attributes, checked where they are used."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, Any

from launchdarkly_api._support.printable import shown
from launchdarkly_api.exceptions import ApiValueError

if TYPE_CHECKING:
    from launchdarkly_api.configuration import Configuration
else:
    # Programs ask for annotations at run time too.
    Configuration = Any


def number(configuration: Configuration, name: str, unit: str) -> float:
    """A setting that is a number of something. ``ApiValueError`` where it is none."""
    value: Any = getattr(configuration, name)
    amount = _as_float(value)
    if amount is None or not 0 <= amount < math.inf:
        raise ApiValueError(
            f"Configuration.{name} is {shown(value)}; give a number of {unit}, 0 or more and finite"
        )
    return amount


def _as_float(value: object) -> float | None:
    # The first two are what nearly every value is, and are found faster.
    if isinstance(value, bool) or not isinstance(value, (int, float, Real)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
