"""Validates and encodes the arguments of a call before anything is sent."""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from launchdarkly_api._call.encoding import (
    check_path,
    encode_query,
    encode_segment,
    is_plain_segment,
    not_text,
    query_value,
)
from launchdarkly_api._call.endpoint import BETA, JSON, Endpoint
from launchdarkly_api._support.secret import HeaderDict
from launchdarkly_api._support.text import plain, text_of
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

_HEADERS = (("Accept", JSON), BETA)


class Prepared(NamedTuple):
    """The arguments of one call, as ``ApiClient.call_api`` receives them."""

    path: dict[str, Any]
    query: list[tuple[str, Any]]
    headers: HeaderDict
    body: Any


def prepare(
    endpoint: Endpoint, arguments: Mapping[str, Any], options: Mapping[str, Any]
) -> Prepared:
    """Validate the arguments of a call, unless its options turn validation off.

    ``encode_target`` checks the texts of path parameters.

    Args:
        endpoint: The call.
        arguments: Its own arguments, by Python name.
        options: All options of the call, as ``checked_options`` returns them.

    Returns:
        The arguments for ``call_api``.

    Raises:
        ApiTypeError, ApiValueError: An argument is not allowed.
    """
    check = options["_check_input_type"]
    path: dict[str, Any] = {}
    for p in endpoint.path_parameters:
        value = path[p.wire] = arguments[p.name]
        if check and not isinstance(value, str):
            raise not_text(p.name, value)
    query = [
        (p.wire, query_value(p.name, value, p.type) if check else value)
        for p in endpoint.query_parameters
        if (value := arguments[p.name]) is not None
    ]
    # Neither holds a credential.
    headers = HeaderDict()
    headers.adopt(_HEADERS)
    body = None
    if endpoint.body_name is not None:
        headers["Content-Type"] = options["_content_type"] or endpoint.content_type
        given = arguments[endpoint.body_name]
        from launchdarkly_api._call.body import accepted_body

        body = accepted_body(endpoint, given, headers["Content-Type"], check)
    return Prepared(path, query, headers, body)


def check_path_arguments(endpoint: Endpoint, arguments: Mapping[str, Any]) -> None:
    """Check that each path parameter of a call can be encoded, before the call is made.

    Raises:
        ApiTypeError, ApiValueError: A parameter cannot be encoded.
    """
    for p in endpoint.path_parameters:
        encode_segment(p.name, arguments[p.name])


def encode_target(
    template: str, path_params: Any, query_params: Any, formats: Mapping[str, str], safe: str
) -> str:
    """Return the path and query of a request.

    Args:
        template: The path, with ``{name}`` for each path parameter. For a ``Template``, messages
            use the Python names of the parameters.
        path_params: The path parameters, as a mapping or as pairs.
        query_params: The query parameters, as a mapping or as pairs.
        formats: The collection format of each parameter that has one.
        safe: The characters that a path parameter keeps unquoted.

    Returns:
        The target of the request.

    Raises:
        ApiTypeError, ApiValueError: A parameter cannot be encoded, or the path has a dot segment.
    """
    if not template.startswith("/"):
        raise ApiValueError(f"The path {template!r:.60} must begin with /")
    path = plain(template)
    segments = _pairs("path_params", path_params)
    for name, value in _flattened(segments, formats) if formats else segments:
        text = text_of(value)
        if not is_plain_segment(text):
            text = encode_segment(_python_name(template, name), text, safe)
        path = path.replace(f"{{{text_of(name)}}}", text)
    check_path(path)
    if not query_params:
        return path
    query = encode_query(_flattened(_pairs("query_params", query_params), formats))
    return f"{path}?{query}" if query else path


def _python_name(template: str, wire: str) -> str:
    endpoint: Endpoint | None = getattr(template, "endpoint", None)
    names = {p.wire: p.name for p in endpoint.path_parameters} if endpoint else {}
    return names.get(wire, wire)


def _pairs(argument: str, given: Any) -> list[tuple[str, Any]]:
    """Return parameters as pairs of a name and a JSON value, from a mapping or from pairs."""
    if isinstance(given, Mapping):
        pairs: list[tuple[str, Any]] = list(given.items())
    else:
        pairs = list(given or ())
        if any(isinstance(pair, str) or len(pair) != 2 for pair in pairs):
            raise ApiTypeError(f"{argument} is a mapping, or pairs of a name and a value")
    if all(type(value) is str for _, value in pairs):
        # As nearly always. Text needs no conversion.
        return pairs
    from launchdarkly_api._modelling.json_value import to_json_value

    return [(name, to_json_value(value)) for name, value in pairs]


def _flattened(
    parameters: Iterable[tuple[str, Any]], formats: Mapping[str, str]
) -> Iterable[tuple[str, Any]]:
    """Return parameters with lists in their collection formats."""
    separators = {"ssv": " ", "tsv": "\t", "pipes": "|"}
    for name, value in parameters:
        if name not in formats:
            yield name, value
        elif formats[name] == "multi":
            yield from ((name, item) for item in value)
        else:
            yield name, separators.get(formats[name], ",").join(text_of(item) for item in value)
