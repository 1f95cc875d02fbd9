"""The options that every call takes beside its own arguments: their types, defaults and checks."""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.scalars import boolean
from launchdarkly_api._support.secret import secret
from launchdarkly_api._transport.headers import checked_headers, guarded_headers
from launchdarkly_api.exceptions import ApiTypeError


class CallOptions(TypedDict, total=False):
    """What every call takes beside its own arguments.

    - ``_request_timeout``: seconds, or (connect, read); None means ``Configuration.timeout``
    - ``_check_input_type``: False sends what is given, without checking it
    - ``_check_return_type``: False takes what comes, without checking it
    - ``_spec_property_naming``: taken for old code; dicts may be written in either naming
    - ``_content_type``: the body's media type, instead of the call's own
    - ``_host_index``: the server to call, as in ``Configuration.server_index``
    - ``_request_auths``: settings as ``Configuration.auth_settings`` gives them, for this call
    - ``_headers``: headers for this call; they win over all others

    ``async_req``, ``_preload_content`` and ``_return_http_data_only`` are taken too. They
    change what a call returns, which no type checker can follow: ``submit`` and
    ``with_http_info`` do the same with exact types.
    """

    _request_timeout: float | tuple[float, float] | None
    _check_input_type: bool
    _check_return_type: bool
    _spec_property_naming: bool
    _content_type: str | None
    _host_index: int | None
    _request_auths: Sequence[Mapping[str, Any]] | Mapping[str, Mapping[str, Any]] | None
    _headers: Mapping[str, str] | None


_DEFAULTS: dict[str, Any] = {
    "async_req": False,
    "_request_timeout": None,
    "_preload_content": True,
    "_return_http_data_only": True,
    "_check_input_type": True,
    "_check_return_type": True,
    "_spec_property_naming": False,
    "_content_type": None,
    "_host_index": None,
    "_request_auths": None,
    "_headers": None,
}
#: Options that change what a call returns, as they are where they do not.
_SHAPE = {"async_req": False, "_preload_content": True, "_return_http_data_only": True}


def checked_options(call: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """All options of a call: those that are given, checked, and the defaults of the others.

    Raises:
        ApiTypeError: An option is unknown, or has the wrong type.
    """
    if not options:
        return _DEFAULTS
    guard(options)
    for name, value in options.items():
        if name not in _DEFAULTS:
            raise ApiTypeError(f"{call}() got an unexpected keyword argument {name!r}")
        if isinstance(_DEFAULTS[name], bool) and boolean(value) is None:
            raise ApiTypeError(
                f"Expected bool, got {type(value).__name__} {shown(value)}", [name], (bool,)
            )
    return {**_DEFAULTS, **options}


def guard(options: Any) -> None:
    """Mask credentials in the options of a call, where they are: a traceback may show them.

    ``ApiTypeError`` where they have another form than they must have. ``_request_auths`` may also
    be what ``Configuration.auth_settings`` returns.
    """
    for name in options.keys() - _DEFAULTS.keys():
        # It is going to be refused, and may be one of these, misspelt.
        if not isinstance(options[name], (bool, int, float, type(None))):
            options[name] = secret(options[name])
    # No local name: the frame of an error that is raised here may be shown too.
    if options.get("_headers") is not None:
        options["_headers"] = guarded_headers(options["_headers"])
        checked_headers("_headers", options["_headers"])
    if options.get("_request_auths") is not None:
        options["_request_auths"] = _guarded_auths(options["_request_auths"])
        if options["_request_auths"] is None:
            raise ApiTypeError("_request_auths is a list of dicts with 'in', 'key' and 'value'")


def _guarded_auths(auths: Any) -> list[dict[str, Any]] | None:
    """Credentials with their values masked, or None where they are no such thing."""
    if isinstance(auths, Mapping):
        auths = list(auths.values())
    if not isinstance(auths, (list, tuple)):
        return None
    if not all(isinstance(a, Mapping) and {"in", "key", "value"} <= a.keys() for a in auths):
        return None
    return [{**auth, "value": secret(auth["value"])} for auth in auths]


def refuse(call: str, options: Mapping[str, Any], reason: str) -> None:
    """``ApiTypeError`` where an option would change what a call returns."""
    for name, usual in _SHAPE.items():
        if boolean(options.get(name, usual)) is not usual:
            raise ApiTypeError(f"{call}() takes no {name}={options[name]!r:.60}: {reason}", [name])
