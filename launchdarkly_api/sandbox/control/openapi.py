"""The OpenAPI document of the control interface, made of the verbs."""

from __future__ import annotations

import copy
import functools
from typing import Any

from launchdarkly_api.sandbox.control.shapes import Json, camel, fields_of
from launchdarkly_api.sandbox.control.verbs import PREFIX, VERBS, Verb

_DESCRIPTION = """\
Sets up, inspects and breaks a running sandbox, from any language.

If the sandbox listens on an address that other computers can reach, each request needs the access
token in the `Authorization` header, except those for the health and for this document."""

_PROBLEM: Json = {
    "type": "object",
    "description": "The reason of a refusal.",
    "properties": {
        "code": {"type": "string", "description": "A code for programs, if there is one."},
        "message": {"type": "string", "description": "One sentence that says what to do."},
    },
    "required": ["message"],
    "additionalProperties": False,
}


def document() -> Json:
    """The OpenAPI document."""
    return copy.deepcopy(_document())


@functools.cache
def _document() -> Json:
    components: Json = {"Problem": _PROBLEM}
    paths: Json = {}
    for verb in VERBS:
        path = paths.setdefault(f"{PREFIX}{verb.path}", {})
        path[verb.method.lower()] = _operation(verb, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Control interface of the LaunchDarkly sandbox",
            "version": "1",
            "description": _DESCRIPTION,
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                "Refused": {
                    "description": "The request is refused, and changes nothing.",
                    "content": _json({"$ref": "#/components/schemas/Problem"}),
                }
            },
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"}
            },
        },
        "security": [{}, {"token": []}],
    }


def _json(schema: Any) -> Json:
    return {"application/json": {"schema": schema}}


def _operation(verb: Verb, components: Json) -> Json:
    summary, _, description = verb.arguments.text.partition("\n")
    operation: Json = {"operationId": camel(verb.name), "summary": summary}
    if description.strip():
        operation["description"] = description.strip()
    if verb.document is not None:
        schema = fields_of(verb.document[1]).schema(components)
        operation["requestBody"] = {"required": True, "content": _json(schema)}
    elif verb.has_body:
        schema = verb.arguments.schema(components)
        required = bool(verb.arguments.fields)
        operation["requestBody"] = {"required": required, "content": _json(schema)}
    elif verb.arguments.fields:
        operation["parameters"] = [
            {
                "name": field.json_name,
                "in": "query",
                "description": field.text,
                "schema": field.schema(components),
            }
            for field in verb.arguments.fields
        ]
    if verb.result is None:
        responses: Json = {"204": {"description": "It is done."}}
    else:
        responses = {
            "200": {
                "description": "The result.",
                "content": _json(verb.result.schema(components)),
            }
        }
    operation["responses"] = {**responses, "4XX": {"$ref": "#/components/responses/Refused"}}
    return operation
