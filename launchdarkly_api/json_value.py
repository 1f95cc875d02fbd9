"""A value on its way out: what JSON makes of a model, a date, a tuple."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any

from launchdarkly_api.exceptions import ApiValueError
from launchdarkly_api.schema import Structured, described

#: Values of exactly these types are JSON as they are.
SCALARS = frozenset((str, int, bool, type(None)))

TOO_DEEP = "The value is nested too deep, or holds itself"


def to_json_value(value: Any) -> Any:
    """The JSON that a value stands for: new dicts, lists and plain scalars, in wire names.

    ``ApiValueError`` names what JSON cannot hold.
    """
    try:
        return value if type(value) in SCALARS else _converted(value)
    except RecursionError:
        raise ApiValueError(TOO_DEEP) from None


def _converted(value: Any) -> Any:
    if isinstance(value, Structured):
        value = value._data
    elif isinstance(value, Mapping):
        value = {_name(name): item for name, item in value.items()}
    if isinstance(value, dict):
        result = value.copy()
        for name, item in value.items():
            if type(item) not in SCALARS:
                result[name] = _converted(item)
        return result
    if isinstance(value, (list, tuple)):
        return [item if type(item) in SCALARS else _converted(item) for item in value]
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise ApiValueError(f"JSON cannot hold {described(value)}")


def _name(name: Any) -> str:
    if isinstance(name, str):
        return str.__str__(name)
    raise ApiValueError(f"JSON names are text, not {described(name)}")
