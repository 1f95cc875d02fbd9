"""Validates and encodes the arguments of a call before anything is sent."""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from launchdarkly_api._call.encoding import check_path, encode_query, encode_segment, query_value
from launchdarkly_api._call.endpoint import BETA, JSON, Endpoint
from launchdarkly_api._support.text import plain, text_of
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError


class Prepared(NamedTuple):
    """The arguments of one call, as ``ApiClient.call_api`` receives them."""

    path: dict[str, Any]
    query: list[tuple[str, Any]]
    headers: dict[str, str]
    body: Any


def prepare(
    endpoint: Endpoint, arguments: Mapping[str, Any], options: Mapping[str, Any], safe: str
) -> Prepared:
    """Validate the arguments of a call, unless its options turn validation off.

    Args:
        endpoint: The call.
        arguments: Its own arguments, by Python name.
        options: All options of the call, as ``checked_options`` returns them.
        safe: The characters that a path parameter keeps unquoted.

    Returns:
        The arguments for ``call_api``.

    Raises:
        ApiTypeError, ApiValueError: An argument is not allowed.
    """
    from launchdarkly_api._call.body import accepted_body

    check = options["_check_input_type"]
    path = path_arguments(endpoint, arguments, check, safe)
    query = [
        (p.wire, query_value(p.name, value, p.type) if check else value)
        for p in endpoint.query_parameters
        if (value := arguments[p.name]) is not None
    ]
    headers = {"Accept": JSON, BETA[0]: BETA[1]}
    body = None
    if endpoint.body_name is not None:
        headers["Content-Type"] = options["_content_type"] or endpoint.content_type
        given = arguments[endpoint.body_name]
        body = accepted_body(endpoint, given, headers["Content-Type"], check)
    return Prepared(path, query, headers, body)


def path_arguments(
    endpoint: Endpoint, arguments: Mapping[str, Any], check: bool = True, safe: str = ""
) -> dict[str, Any]:
    """Return the path parameters of a call by wire name, after a check that each can be encoded.

    Raises:
        ApiTypeError, ApiValueError: A parameter cannot be encoded.
    """
    path: dict[str, Any] = {}
    for p in endpoint.path_parameters:
        value = path[p.wire] = arguments[p.name] if check else text_of(arguments[p.name])
        encode_segment(p.name, value, safe)
    return path


def encode_target(
    template: str, path_params: Any, query_params: Any, formats: Mapping[str, str], safe: str
) -> str:
    """Return the path and query of a request.

    Args:
        template: The path, with ``{name}`` for each path parameter.
        path_params: The path parameters, as a mapping or as pairs.
        query_params: The query parameters, as a mapping or as pairs.
        formats: The collection format of each query parameter that has one.
        safe: The characters that a path parameter keeps unquoted.

    Returns:
        The target of the request.

    Raises:
        ApiTypeError, ApiValueError: A parameter cannot be encoded, or the path has a dot segment.
    """
    if not template.startswith("/"):
        raise ApiValueError(f"The path {template!r:.60} must begin with /")
    path = plain(template)
    for name, value in _pairs("path_params", path_params):
        path = path.replace(f"{{{text_of(name)}}}", encode_segment(name, text_of(value), safe))
    check_path(path)
    query = encode_query(_flattened(_pairs("query_params", query_params), formats))
    return f"{path}?{query}" if query else path


def _pairs(argument: str, given: Any) -> list[tuple[str, Any]]:
    """Return parameters as pairs of a name and a JSON value, from a mapping or from pairs."""
    pairs = list(given.items() if isinstance(given, Mapping) else given or ())
    if any(isinstance(pair, str) or len(pair) != 2 for pair in pairs):
        raise ApiTypeError(f"{argument} is a mapping, or pairs of a name and a value")
    from launchdarkly_api._modelling.json_value import to_json_value

    # Most values are text, which needs no conversion.
    return [(name, value if type(value) is str else to_json_value(value)) for name, value in pairs]


def _flattened(
    parameters: Iterable[tuple[str, Any]], formats: Mapping[str, str]
) -> Iterable[tuple[str, Any]]:
    """Return query parameters with lists in their collection formats."""
    separators = {"ssv": " ", "tsv": "\t", "pipes": "|"}
    for name, value in parameters:
        if name not in formats:
            yield name, value
        elif formats[name] == "multi":
            yield from ((name, item) for item in value)
        else:
            yield name, separators.get(formats[name], ",").join(text_of(item) for item in value)
