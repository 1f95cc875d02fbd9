"""Numbers in a configuration, which is made of plain attributes, checked where they are used."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

from launchdarkly_api.exceptions import ApiValueError

if TYPE_CHECKING:
    from launchdarkly_api.configuration import Configuration

#: What a float holds is less than this; a whole number may be more.
_TOO_LARGE: Any = 2**1023


def number(configuration: Configuration, name: str, unit: str) -> float:
    """A setting that is a number of something. ``ApiValueError`` where it is none."""
    value: Any = getattr(configuration, name)
    if not _is_number(value) or not 0 <= value < _TOO_LARGE:
        raise ApiValueError(
            f"Configuration.{name} is {value!r:.60}; give a number of {unit}, 0 or more and finite"
        )
    return float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, Real)) and not isinstance(value, bool)
