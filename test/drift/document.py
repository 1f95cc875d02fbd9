"""Reads the contract of an OpenAPI document: 2.0, 3.0 or 3.1."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from test.drift import instructions
from test.drift.contract import Call, Contract, Parameter, Shape
from test.drift.reading import Unusable, mapping, resolved, sequence
from test.drift.schemas import Schemas

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
#: The marks of an operation of experiments: the beginning of a tag, or a part of the path.
TAG = re.compile(r"experiments\b", re.IGNORECASE)
SEGMENTS = {"experiments", "experimentation-settings", "iterations"}


def documented(document: Any, declared: Contract) -> Contract:
    """Return the contract of the experiments in a document.

    An operation is compared if it has a tag that begins with "Experiments", if its path has one of
    ``SEGMENTS``, or if the package declares its method and path.

    Args:
        document: The parsed document.
        declared: The contract of the package, which names further operations and schemas.

    Returns:
        The contract of the document.

    Raises:
        Unusable: The document is not an OpenAPI document, or has no experiments.
    """
    if not isinstance(document, dict):
        raise Unusable("The document is not an object.")
    if not mapping(document.get("paths"), "paths"):
        raise Unusable("The document has no paths.")
    wanted = {(call.method, without_names(call.path)) for call in declared.calls}
    everything = list(_operations(document))
    chosen = [
        (method, path, operation)
        for method, path, operation in everything
        if _is_of_experiments(path, operation) or (method, without_names(path)) in wanted
    ]
    if not chosen:
        raise Unusable(f"None of the {len(everything)} operations is one of experiments.")
    schemas = Schemas(document)
    calls = tuple(_call(schemas, *operation) for operation in chosen)
    schemas.read_named(declared.objects)
    kinds = instructions.documented(schemas, chosen)
    notes = [
        f"{len(chosen)} of {len(everything)} operations are compared: those with a tag Experiments,"
        f" with {', '.join(sorted(SEGMENTS))} in the path, or with a declaration"
    ]
    has_texts = any(operation.get("description") for _, _, operation in chosen)
    if not has_texts:
        notes.append("the calls have no texts, so what texts list is not compared")
    patches = any(method == "PATCH" for method, _, _ in chosen)
    compared = kinds if kinds or (patches and has_texts) else None
    return Contract(calls, schemas.objects, compared, tuple(notes), has_texts)


def without_names(path: str) -> str:
    """Return a path without the names of its parameters."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the method, the whole path and the operation, with the parameters of its path."""
    base = _base_path(document)
    for path, given in mapping(document["paths"], "paths").items():
        _, item = resolved(document, given, path)
        shared = sequence(item.get("parameters"), f"parameters of {path}")
        for method in METHODS:
            if method in item:
                place = f"{method.upper()} {path}"
                operation = mapping(item[method], place)
                own = sequence(operation.get("parameters"), f"parameters of {place}")
                yield method.upper(), base + path, {**operation, "parameters": [*shared, *own]}


def _base_path(document: Mapping[str, Any]) -> str:
    """Return the path before all paths: ``basePath`` in 2.0, and of the first server in 3."""
    base = document.get("basePath")
    for server in sequence(document.get("servers"), "servers")[:1]:
        url = mapping(server, "servers").get("url")
        try:
            base = urlsplit(url).path if isinstance(url, str) else base
        except ValueError:
            raise Unusable(f"The server {url!r} is not a URL.") from None
    return base.rstrip("/") if isinstance(base, str) else ""


def _is_of_experiments(path: str, operation: Mapping[str, Any]) -> bool:
    tags = operation.get("tags")
    words: Collection[Any] = tags if isinstance(tags, list) else ()
    return not SEGMENTS.isdisjoint(path.split("/")) or any(TAG.match(str(tag)) for tag in words)


def _call(schemas: Schemas, method: str, path: str, operation: Mapping[str, Any]) -> Call:
    name = str(operation.get("operationId") or f"{method} {path}")
    given = [
        resolved(schemas.document, item, f"A parameter of {name}")[1]
        for item in operation["parameters"]
    ]
    by_status = dict(_responses(schemas, name, operation))
    success = frozenset(status for status in by_status if status < 300)
    return Call(
        name,
        method,
        path,
        {
            (str(item.get("in")), str(item.get("name"))): _parameter(schemas, name, operation, item)
            for item in given
            if item.get("in") != "body"
        },
        _body(schemas, name, operation, given),
        next((by_status[status] for status in sorted(success) if by_status[status]), None),
        success,
        {status: shape for status, shape in by_status.items() if status not in success},
        deprecated=operation.get("deprecated") is True,
    )


def _parameter(
    schemas: Schemas, call: str, operation: Mapping[str, Any], item: Mapping[str, Any]
) -> Parameter:
    name = str(item.get("name"))
    # In 2.0, the type is a member of the parameter itself.
    schema = item.get("schema", {k: item[k] for k in ("type", "items", "enum") if k in item})
    shape = schemas.shape(schema, f"{call}.{name}")
    words = _listed(name, operation.get("description")) or _listed(name, item.get("description"))
    if not words and (said := item.get("description")):
        words = frozenset(re.findall(r"`(\w+)`", str(said)))
    return Parameter(shape, item.get("required") is True, shape.words or words)


def _listed(name: str, text: Any) -> frozenset[str]:
    """Return the values of a parameter that a text lists below a paragraph that names it."""
    found = re.search(rf"`{re.escape(name)}`[^\n]*:\s*\n((?:\s*[-*] `\w+`[^\n]*\n?)+)", str(text))
    return (
        frozenset(re.findall(r"^\s*[-*] `(\w+)`", found[1], re.MULTILINE)) if found else frozenset()
    )


def _body(
    schemas: Schemas, name: str, operation: Mapping[str, Any], parameters: list[Mapping[str, Any]]
) -> Shape | None:
    for item in parameters:
        if item.get("in") == "body":
            return schemas.shape(item.get("schema"), f"{name}.body")
    _, body = resolved(schemas.document, operation.get("requestBody"), f"The body of {name}")
    return _content(schemas, body, f"{name}.body")


def _responses(
    schemas: Schemas, name: str, operation: Mapping[str, Any]
) -> Iterator[tuple[int, Shape | None]]:
    """Yield the statuses and the types of their bodies. A default response has no status."""
    for status, given in mapping(operation.get("responses"), f"responses of {name}").items():
        place = f"{name}.{status}"
        _, response = resolved(schemas.document, given, place)
        if re.fullmatch("[1-5][0-9]{2}", status):
            yield int(status), _content(schemas, response, place)


def _content(schemas: Schemas, holder: Mapping[str, Any], place: str) -> Shape | None:
    if "schema" in holder:  # 2.0
        return schemas.shape(holder["schema"], place)
    for media_type, content in mapping(holder.get("content"), f"content of {place}").items():
        schema = mapping(content, f"{media_type} of {place}").get("schema")
        if schema is not None and "json" in media_type:
            return schemas.shape(schema, place)
    return None
