"""Numbers in a configuration, which is made of plain attributes, checked where they are used."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING

from launchdarkly_api.exceptions import ApiValueError

if TYPE_CHECKING:
    from launchdarkly_api.configuration import Configuration


def number(configuration: Configuration, name: str, unit: str) -> float:
    """A setting that is a number of something. ``ApiValueError`` where it is none."""
    value = getattr(configuration, name)
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < math.inf:
        raise ApiValueError(
            f"Configuration.{name} is {value!r}; give a number of {unit}, 0 or more and finite"
        )
    return float(value)
