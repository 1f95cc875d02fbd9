"""The control interface over HTTP: from a request to a verb, and from its result to JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from launchdarkly_api.sandbox.control import openapi
from launchdarkly_api.sandbox.control.shapes import (
    Number,
    ShapeError,
    fields_of,
    plain,
    read,
)
from launchdarkly_api.sandbox.control.verbs import PREFIX, VERBS, ControlFace, Verb
from launchdarkly_api.sandbox.http.control import ControlCall, ControlRequest
from launchdarkly_api.sandbox.service import bodies
from launchdarkly_api.sandbox.service.problems import (
    RefusedError,
    invalid,
    key_exists,
    not_allowed,
    observed,
)
from launchdarkly_api.sandbox.state.checks import TakenError, UnknownError

#: The path of the OpenAPI document.
DOCUMENT = "/openapi.json"


class ControlInterface:
    """The verbs of one sandbox, as the HTTP application calls them.

    Args:
        face: The sandbox.
    """

    def __init__(self, face: ControlFace) -> None:
        self._face = face

    def owns(self, path: str) -> bool:
        """Whether a path is under the prefix."""
        return path == PREFIX or path.startswith(f"{PREFIX}/")

    def find(self, method: str, path: str) -> ControlCall:
        """The call for a method and a path under the prefix.

        Raises:
            RefusedError: The path does not exist, or lacks the method.
        """
        rest = path.removeprefix(PREFIX)
        if rest == DOCUMENT:
            found = {"GET": ControlCall(True, lambda _: (200, openapi.document()))}
        else:
            found = {verb.method: self._call(verb) for verb in VERBS if verb.path == rest}
        if not found:
            raise observed(404, f"There is nothing at {path!r:.200}. Known: {', '.join(_known())}.")
        allow = ", ".join(sorted({*found, "OPTIONS", *(["HEAD"] if "GET" in found else [])}))
        if method == "OPTIONS":
            return ControlCall(True, None, allow)
        call = found.get("GET" if method == "HEAD" else method)
        if call is None:
            raise not_allowed(method, allow)
        return call

    def _call(self, verb: Verb) -> ControlCall:
        # Resets may overlap: each of them succeeds.
        ends_with_reset = verb.method != "GET" and verb.run is not ControlFace.reset
        return ControlCall(
            verb.open,
            lambda request: self._run(verb, request),
            ends_with_reset=ends_with_reset,
        )

    def _run(self, verb: Verb, request: ControlRequest) -> tuple[int, Any]:
        try:
            result = verb.run(self._face, **_arguments(verb, request))
        except ShapeError as error:
            raise invalid(str(error)) from None
        except ValueError as error:
            raise _refusal(error) from None
        return (204, None) if verb.result is None else (200, plain(result))


def _refusal(error: ValueError) -> RefusedError:
    message = _in_json(f"{str(error).rstrip('.')}.")
    if isinstance(error, UnknownError):
        return RefusedError(404, "not_found", message)
    return key_exists(message) if isinstance(error, TakenError) else invalid(message)


def _known() -> Iterator[str]:
    for verb in VERBS:
        yield f"{verb.method} {PREFIX}{verb.path}"
    yield f"GET {PREFIX}{DOCUMENT}"


def _arguments(verb: Verb, request: ControlRequest) -> dict[str, Any]:
    arguments: dict[str, Any]
    if not verb.has_body:
        given = {name: _query_value(verb, name, request) for name in request.query}
        arguments = read(verb.arguments, given)
        return arguments
    for name in request.query:
        raise invalid(f"Unknown query parameter {name!r:.80}. Send arguments in the body, as JSON.")
    if not (verb.arguments.fields or verb.document or request.body or request.content_type):
        return {}
    if request.content_type != "application/json":
        raise RefusedError(
            415,
            None,
            f"Expected Content-Type: application/json, not {request.content_type or 'none'!r:.80}.",
        )
    body = bodies.parse(request.body, distinct=True)
    if verb.document is not None:
        name, declaration = verb.document
        return {name: read(fields_of(declaration), body)}
    arguments = read(verb.arguments, body)
    return arguments


def _query_value(verb: Verb, name: str, request: ControlRequest) -> Any:
    values = request.query[name]
    if len(values) > 1:
        raise invalid(f"The query parameter {name!r:.80} is there {len(values)} times.")
    field = next((field for field in verb.arguments.fields if field.json_name == name), None)
    whole = field is not None and isinstance(field.shape, Number)
    return int(values[0]) if whole and re.fullmatch("[0-9]{1,9}", values[0]) else values[0]


def _python_names() -> Mapping[str, str]:
    """The names in JSON of the parameters that have another one in Python."""
    names = {field.name: field.json_name for verb in VERBS for field in verb.arguments.fields}
    return {name: json_name for name, json_name in names.items() if name != json_name}


_METHOD = re.compile(r"\b(\w+)\([^()]*\)")
_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def _in_json(message: str) -> str:
    """A message of a Python method, with the names of the HTTP interface."""
    requests = {verb.name: f"{verb.method} {PREFIX}{verb.path}" for verb in VERBS}
    names = _python_names()
    message = _METHOD.sub(lambda found: requests.get(found[1], found[0]), message)
    return _NAME.sub(lambda found: names.get(found[0], found[0]), message)
