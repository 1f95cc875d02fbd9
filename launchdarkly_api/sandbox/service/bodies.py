"""Request bodies: from bytes to JSON of the expected shape.

The shapes are written down here and not taken from the client's models, so that a mistake in a
model cannot hide itself from the tests that use the sandbox.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from launchdarkly_api.sandbox.service.endpoints import Call
from launchdarkly_api.sandbox.service.problems import invalid


@dataclass(frozen=True)
class ListOf:
    """An array whose items have one shape."""

    item: Shape


@dataclass(frozen=True)
class MapOf:
    """An object with arbitrary keys, whose values have one shape."""

    value: Shape


@dataclass(frozen=True)
class Fields:
    """An object. Fields that are not listed are accepted as they are."""

    name: str
    required: dict[str, Shape] = field(default_factory=dict)
    #: These fields may also be null.
    optional: dict[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True)
class OneOf:
    """A string of an enumeration."""

    values: tuple[str, ...]


Shape: TypeAlias = type[str] | type[bool] | type[int] | ListOf | MapOf | Fields | OneOf
Path: TypeAlias = tuple[str | int, ...]

_METRIC = Fields("MetricInput", {"key": str, "primary": bool})
_PARAMETER = Fields("TreatmentParameterInput", {"flagKey": str, "variationId": str})
#: The same in 2023 and 2026.
TREATMENT = Fields(
    "TreatmentInput",
    {
        "name": str,
        "baseline": bool,
        "allocationPercent": str,
        "parameters": ListOf(_PARAMETER),
    },
)
_FLAG = Fields("FlagInput", {"ruleId": str, "flagConfigVersion": int})
_ITERATION = Fields(
    "IterationInput",
    {
        "hypothesis": str,
        "metrics": ListOf(_METRIC),
        "treatments": ListOf(TREATMENT),
        "flags": MapOf(_FLAG),
    },
    {"canReshuffleTraffic": bool, "randomizationUnit": str},
)
_UNIT = Fields(
    "RandomizationUnitInput",
    {"randomizationUnit": str, "default": bool, "standardRandomizationUnit": str},
)

#: The body of each call that has one.
SHAPES: dict[Call, Fields] = {
    "create_experiment": Fields(
        "ExperimentPost",
        {"name": str, "maintainerId": str, "key": str, "iteration": _ITERATION},
        {"description": str},
    ),
    "create_iteration": _ITERATION,
    "patch_experiment": Fields(
        "ExperimentPatchInput",
        {"instructions": ListOf(Fields("Instruction"))},
        {"comment": str},
    ),
    "put_experimentation_settings": Fields(
        "ExperimentationSettingsPut", {"randomizationUnits": ListOf(_UNIT)}
    ),
}

_JSON_NAMES = {str: "a string", bool: "a boolean", int: "a whole number"}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


def distinct_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, in which no field is there twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the field {twice!r:.80} is there twice")
    return made


def parse(body: bytes, *, distinct: bool = False) -> Any:
    """The JSON value of a body.

    Args:
        body: The body.
        distinct: Whether a field that is there twice is refused. If not, the last one counts.
    """
    if not body:
        raise invalid("The request has no body. Send a JSON object.")
    hook = distinct_fields if distinct else None
    try:
        return json.loads(body, parse_constant=_no_constant, object_pairs_hook=hook)
    except RecursionError:
        raise invalid("The body is nested too deeply.") from None
    except ValueError as error:
        raise invalid(f"The body is not valid JSON: {error}.") from None


def check(shape: Shape, value: Any) -> Any:
    """The value of a body, if it has the shape."""
    _check(shape, value, ())
    return value


def _check(shape: Shape, value: Any, path: Path) -> None:
    if isinstance(shape, OneOf):
        if value not in shape.values:
            raise _unexpected(f"one of {', '.join(shape.values)}", value, path)
    elif isinstance(shape, Fields):
        _check_fields(shape, value, path)
    elif isinstance(shape, ListOf):
        if not isinstance(value, list):
            raise _unexpected("a list", value, path)
        for number, item in enumerate(value):
            _check(shape.item, item, (*path, number))
    elif isinstance(shape, MapOf):
        if not isinstance(value, dict):
            raise _unexpected("an object", value, path)
        for key, item in value.items():
            _check(shape.value, item, (*path, key))
    elif not _is_scalar(shape, value):
        raise _unexpected(_JSON_NAMES[shape], value, path)


def _is_scalar(kind: type[str] | type[bool] | type[int], value: Any) -> bool:
    # In Python a boolean is also an integer. In JSON 1.0 and 1 are the same number.
    if kind is int:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return whole and not isinstance(value, bool)
    return isinstance(value, kind)


def _check_fields(shape: Fields, value: Any, path: Path) -> None:
    if not isinstance(value, dict):
        raise _unexpected(shape.name, value, path)
    for name, expected in shape.required.items():
        if name not in value:
            raise invalid(f"{shape.name} needs a value{place((*path, name))}.")
        _check(expected, value[name], (*path, name))
    for name, expected in shape.optional.items():
        if value.get(name) is not None:
            _check(expected, value[name], (*path, name))


def shown(value: Any) -> str:
    """A JSON value for a message. An object or a list may be too long to show, or too deep."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return f"{json.dumps(value):.80}"


def _unexpected(expected: str, value: Any, path: Path) -> Exception:
    return invalid(f"Expected {expected}, not {shown(value)}{place(path)}.")


def place(path: Path) -> str:
    """The place of a value, such as `` at iteration.metrics[0].key``."""
    text = ""
    for step in path:
        if isinstance(step, str) and step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{step!r:.80}]"
    return f" at {text}" if text else ""
