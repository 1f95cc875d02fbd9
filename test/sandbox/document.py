"""Checks JSON against ``test/today.json``: nothing missing, nothing null, nothing unknown.

``referred.json`` has the facts about what experiments refer to, as far as the sandbox sends it.

OpenAPI lets an object have properties that its schema does not name. This checker does not: what
the sandbox sends is what the document says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCUMENT = json.loads((Path(__file__).parents[1] / "today.json").read_text(encoding="utf-8"))
REFERRED = json.loads(Path(__file__).with_name("referred.json").read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = {
    **DOCUMENT["components"]["schemas"],
    **REFERRED["components"]["schemas"],
}


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _schema_of(part: Any) -> Any:
    return part["content"]["application/json"]["schema"]


def _operations(document: Any) -> dict[str, Any]:
    return {
        _snake_case(operation["operationId"]): {**operation, "method": method.upper(), "path": path}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


#: By call: the operation, with its ``method`` and its ``path``.
OPERATIONS: dict[str, Any] = _operations(DOCUMENT)
#: The same for the calls that read what experiments refer to.
READS: dict[str, Any] = _operations(REFERRED)
#: By call: the schema of the request body.
BODIES: dict[str, Any] = {
    call: _schema_of(operation["requestBody"])
    for call, operation in OPERATIONS.items()
    if "requestBody" in operation
}

_TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list}


def resolved(schema: Any) -> Any:
    """A schema itself, if it is a reference to one."""
    reference = schema.get("$ref")
    return schema if reference is None else resolved(SCHEMAS[reference.rpartition("/")[2]])


def deviations(schema: Any, value: Any, path: str = "$") -> Iterator[str]:
    """The places in which a value deviates from a schema, or from the one with a name."""
    schema = resolved(SCHEMAS[schema] if isinstance(schema, str) else schema)
    kind = schema.get("type")
    if kind is None:
        return
    if kind == "object":
        yield from _object(schema, value, path)
        return
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{path}: {value!r} is no {kind}"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from deviations(schema["items"], item, f"{path}[{number}]")
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is not one of {schema['enum']}"


def _object(schema: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name} is missing"
    for name, part in value.items():
        if name in properties:
            yield from deviations(properties[name], part, f"{path}.{name}")
        elif "additionalProperties" in schema:
            yield from deviations(schema["additionalProperties"], part, f"{path}.{name}")
        else:
            yield f"{path}.{name} is not in the document"


def check(call: str, status: int, body: Any) -> None:
    """Fail if a response deviates from the document, or has a status that the call has not."""
    operation = READS.get(call) or OPERATIONS.get(call)
    assert operation is not None, f"{call} is not in the document, and responded {status}"
    described = operation["responses"].get(str(status))
    assert described is not None, f"{call} responded {status}: {body}"
    found = list(deviations(_schema_of(described), body))
    assert not found, f"{call} responded {status}: {found}"
