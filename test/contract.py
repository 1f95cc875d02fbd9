"""The contract of 13.0.0, and examples made from it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

CONTRACT: dict[str, Any] = json.loads(Path(__file__).with_name("contract.json").read_text())
MODELS: dict[str, Any] = CONTRACT["models"]
ENDPOINTS: list[dict[str, Any]] = CONTRACT["endpoints"]
ERROR_MODELS: dict[str, str] = CONTRACT["error_models"]

#: The fields of the contract that the service has made optional since.
OPTIONAL_TODAY = {
    ("ExperimentPost", "maintainer_id"),
    ("MetricInput", "primary"),
    ("RandomizationUnitInput", "default"),
    ("RandomizationUnitInput", "standard_randomization_unit"),
}

_SCALARS = {"str": "text", "int": 1654104600000, "float": 0.125, "bool": True, "any": ["any", 1]}


def example(type_name: str, *, required_only: bool = False, name: str = "") -> Any:
    """A JSON value of this type, in wire names: the same one at every call."""
    if type_name in _SCALARS:
        return f"{name}-text" if type_name == "str" and name else _SCALARS[type_name]
    if container := re.fullmatch(r"(list|map)\[(.*)\]", type_name):
        item = example(container[2], required_only=required_only, name=name)
        return [item] if container[1] == "list" else {"some-key": item}
    model = MODELS[type_name]
    if model["kind"] == "array":
        return [example(model["items"], required_only=required_only)]
    if model["additional_properties"] != "any":
        return {"some-key": example(model["additional_properties"], required_only=required_only)}
    return {
        field["json"]: field["enum"][0]
        if "enum" in field
        else example(field["type"], required_only=required_only, name=field["name"])
        for field in model["fields"]
        if field["required"] or not required_only
    }


def is_required(model: str, field: dict[str, Any]) -> bool:
    """Whether a field of the contract is still required."""
    return field["required"] and (model, field["name"]) not in OPTIONAL_TODAY


def arguments(endpoint: dict[str, Any]) -> list[Any]:
    """Positional arguments for a call: every required one."""
    values: list[Any] = [parameter["name"] for parameter in endpoint["path_parameters"]]
    if "body" in endpoint:
        values.append(example(endpoint["body"]["type"]))
    return values


def path(endpoint: dict[str, Any]) -> str:
    """The path of a call with those arguments."""
    text: str = endpoint["path"]
    for parameter in endpoint["path_parameters"]:
        text = text.replace(f"{{{parameter['in_path']}}}", parameter["name"])
    return text


def by_name(name: str) -> dict[str, Any]:
    """The call with this name."""
    return next(endpoint for endpoint in ENDPOINTS if endpoint["name"] == name)
