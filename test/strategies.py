"""Hypothesis strategies: responses of the contract, and of the service of today."""

from __future__ import annotations

import functools
import re
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from launchdarkly_api import models
from test.contract import MODELS

#: Neither a slow machine nor chance must fail a test: each run has the same examples.
thorough = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)

#: Names that a careless client confuses with its own.
EVIL_NAMES = (
    *("self", "cls", "args", "kwargs", "name", "value", "items", "keys", "get", "data", "type"),
    *("_check_type", "_configuration", "_path_to_item", "_spec_property_naming", "_data"),
    *("_schema", "_holding", "__class__", "__dict__", "__init__", "__slots__", "__getattr__"),
    *("to_dict", "to_str", "attribute_map", "openapi_types", "additional_properties"),
    *("", " ", "a.b", "a[0]", "a'b", "é", "\x00", "id", "links", "flag_key", "maintainer_id"),
)

TEXT = st.text(max_size=8)
#: 2**53 is where floats begin to lose whole numbers.
INTEGERS = st.integers(-(2**70), 2**70) | st.sampled_from([0, -1, 2**53 + 1, 2**60 + 1])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | TEXT

JSON: SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXT | st.sampled_from(EVIL_NAMES), inner, max_size=4)
    ),
    max_leaves=8,
)

_BY_TYPE = {"str": TEXT, "int": INTEGERS, "float": FLOATS, "bool": st.booleans(), "any": JSON}


@functools.cache
def wire(kind: str, *, drifted: bool = False) -> SearchStrategy[Any]:
    """Responses of a type, in wire names, with any of the optional fields.

    Drifted ones are like those of 2026: unknown fields, null in optional fields, values that an
    enumeration does not list, whole numbers in float fields, and times as digits.
    """
    if kind in _BY_TYPE:
        return _BY_TYPE[kind] | INTEGERS if drifted and kind == "float" else _BY_TYPE[kind]
    if container := re.fullmatch(r"(list|map)\[(.*)\]", kind):
        item = wire(container[2], drifted=drifted)
        if container[1] == "list":
            return st.lists(item, max_size=2)
        return st.dictionaries(TEXT | st.sampled_from(EVIL_NAMES), item, max_size=2)
    model = MODELS[kind]
    if model["kind"] == "array":
        return st.lists(wire(model["items"], drifted=drifted), max_size=2)
    if model["additional_properties"] != "any":
        return wire(f"map[{model['additional_properties']}]", drifted=drifted)
    declared = st.fixed_dictionaries(
        {f["json"]: _field(f, drifted) for f in model["fields"] if f["required"]},
        optional={f["json"]: _field(f, drifted) for f in model["fields"] if not f["required"]},
    )
    return st.builds(_mixed, _unknown(kind), declared) if drifted else declared


def _field(field: dict[str, Any], drifted: bool) -> SearchStrategy[Any]:
    values = wire(field["type"], drifted=drifted)
    if "enum" in field:
        values = st.sampled_from(field["enum"])
    if not drifted:
        return values
    if "enum" in field:
        values |= st.sampled_from(["funnel", "standard", "trace", "guardrail"])
    if is_time(field):
        values |= st.integers(-(10**17), 10**17).map(str)
    return values if field["required"] else values | st.none()


def is_time(field: dict[str, Any]) -> bool:
    """Whether a field holds a point in time. One of them is in no unit that the contract knows."""
    return "unit" in field or field["name"] == "timestamp"


def kept(kind: str, value: Any) -> Any:
    """A response as a model of this type keeps and sends it.

    Times are integers, and numbers of float fields are floats if a float can represent them.
    """
    if value is None:
        return None
    if container := re.fullmatch(r"(list|map)\[(.*)\]", kind):
        if container[1] == "list":
            return [kept(container[2], item) for item in value]
        return {name: kept(container[2], item) for name, item in value.items()}
    if kind == "float":
        return float(value) if float(value) == value else value
    model = MODELS.get(kind)
    if model is None:
        return value
    if model["kind"] == "array":
        return kept(f"list[{model['items']}]", value)
    if model["additional_properties"] != "any":
        return kept(f"map[{model['additional_properties']}]", value)
    fields = {field["json"]: field for field in model["fields"]}
    return {
        name: int(item)
        if name in fields and is_time(fields[name]) and isinstance(item, str)
        else kept(fields[name]["type"] if name in fields else "any", item)
        for name, item in value.items()
    }


def _unknown(kind: str) -> SearchStrategy[dict[str, Any]]:
    """Fields that are not declared."""
    declared = {field.wire for field in getattr(models, kind)._fields}
    names = TEXT | st.sampled_from(EVIL_NAMES)
    return st.dictionaries(names.filter(lambda name: name not in declared), JSON, max_size=2)


def _mixed(unknown: dict[str, Any], declared: dict[str, Any]) -> dict[str, Any]:
    return {**unknown, **declared} if len(unknown) == 1 else {**declared, **unknown}


def responses(*, drifted: bool = False) -> SearchStrategy[tuple[str, Any]]:
    """A model's name, and a response of that model."""
    return st.sampled_from(sorted(MODELS)).flatmap(
        lambda name: st.tuples(st.just(name), wire(name, drifted=drifted))
    )


def nearly(value: Any) -> SearchStrategy[Any]:
    """A response with one value in it replaced by any JSON, or left out."""
    return st.tuples(st.sampled_from(list(paths(value))), JSON | st.just(...)).map(
        lambda change: replaced(value, *change)
    )


def paths(value: Any) -> list[tuple[str | int, ...]]:
    """The paths to all values in a JSON value, its own first."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [(), *((step, *rest) for step, item in inner for rest in paths(item))]


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path."""
    for step in path:
        value = value[step]
    return value


def replaced(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """A copy with another value at this path, or without a value if it is ``...``."""
    if not path:
        return None if new is ... else new
    step, rest = path[0], path[1:]
    if not rest and new is ...:
        if isinstance(value, list):
            return [item for index, item in enumerate(value) if index != step]
        return {name: item for name, item in value.items() if name != step}
    changed = replaced(value[step], rest, new)
    if isinstance(value, list):
        return [changed if index == step else item for index, item in enumerate(value)]
    return {name: changed if name == step else item for name, item in value.items()}
