"""Checks JSON against ``test/contract.json``: nothing missing, nothing null, nothing unknown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONTRACT = json.loads((Path(__file__).parents[1] / "contract.json").read_text())
MODELS = CONTRACT["models"]
ENDPOINTS = {endpoint["name"]: endpoint for endpoint in CONTRACT["endpoints"]}

_SCALARS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
}


def deviations(type_name: str, value: Any, path: str = "$") -> Iterator[str]:
    """The places in which a value deviates from the contract."""
    if type_name == "any":
        return
    if type_name in _SCALARS:
        fits = isinstance(value, _SCALARS[type_name])
        if not fits or (isinstance(value, bool) and type_name != "bool"):
            yield f"{path}: {value!r} is no {type_name}"
        return
    if type_name.startswith("list["):
        yield from _items(type_name[5:-1], value, path)
        return
    if type_name.startswith("map["):
        yield from _properties(type_name[4:-1], value, path)
        return
    model = MODELS[type_name]
    if model["kind"] == "array":
        yield from _items(model["items"], value, path)
    else:
        yield from _fields(model["fields"], value, path)


def _items(type_name: str, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is no list"
        return
    for number, item in enumerate(value):
        yield from deviations(type_name, item, f"{path}[{number}]")


def _properties(type_name: str, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    for name, item in value.items():
        yield from deviations(type_name, item, f"{path}.{name}")


def _fields(fields: list[dict[str, Any]], value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    known = {field["json"]: field for field in fields}
    for name in value.keys() - known.keys():
        yield f"{path}.{name} is not in the contract"
    for name, field in known.items():
        if name not in value:
            if field["required"]:
                yield f"{path}.{name} is missing"
            continue
        yield from deviations(field["type"], value[name], f"{path}.{name}")
        if "enum" in field and value[name] not in field["enum"]:
            yield f"{path}.{name}: {value[name]!r} is not one of {field['enum']}"


def check_success(call: str, status: int, body: Any) -> None:
    """Fail if the response of a successful call deviates from the contract."""
    endpoint = ENDPOINTS[call]
    assert status == endpoint["success"], f"{call} answered {status}"
    if endpoint["returns"] is None:
        assert body is None
    else:
        found = list(deviations(endpoint["returns"], body))
        assert not found, f"{call}: {found}"


def check_error(status: int, body: Any) -> None:
    """Fail if an error deviates from the contract. Undeclared errors have the same form."""
    model = CONTRACT["error_models"].get(str(status), "InvalidRequestErrorRep")
    found = list(deviations(model, body))
    assert not found, f"{status}: {found}"
    assert body.get("message"), f"{status} without a message"
