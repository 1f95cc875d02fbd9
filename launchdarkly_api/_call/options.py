"""The options that every call accepts in addition to its arguments: types, defaults and checks."""

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
    """The options that every call accepts in addition to its arguments.

    - ``_request_timeout``: seconds, or (connect, read); None means ``Configuration.timeout``
    - ``_check_input_type``: False sends the arguments without validation
    - ``_check_return_type``: False accepts the response without validation
    - ``_spec_property_naming``: accepted for old code; dicts may use either naming
    - ``_content_type``: the media type of the body, instead of the call's own
    - ``_host_index``: the server to call, as in ``Configuration.server_index``
    - ``_request_auths``: credentials for this call, in the form of ``Configuration.auth_settings``
    - ``_headers``: headers for this call, which override all others

    ``async_req``, ``_preload_content`` and ``_return_http_data_only`` are accepted too. They change
    the return type of a call, which type checkers cannot follow: ``submit`` and ``with_http_info``
    have the same effect with exact types.
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
#: The options that change the return type of a call, with the values that do not change it.
_SHAPE = {"async_req": False, "_preload_content": True, "_return_http_data_only": True}


def checked_options(call: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Validate the options of a call and add the defaults of the others.

    Args:
        call: The name of the call, for messages.
        options: The options that are given.

    Returns:
        All options.

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
        if name == "_content_type" and not isinstance(value, (str, type(None))):
            raise ApiTypeError(f"Expected str, got {type(value).__name__}", [name], (str,))
    return {**_DEFAULTS, **options}


def guard(options: Any) -> None:
    """Mask credentials in the options of a call, in place, because a traceback may show them.

    ``_request_auths`` may be a list of credentials or the mapping that
    ``Configuration.auth_settings`` returns.

    Raises:
        ApiTypeError: ``_headers`` or ``_request_auths`` has the wrong form.
    """
    for name in options.keys() - _DEFAULTS.keys():
        # The name is unknown and will be refused. It may be a misspelt option with a credential.
        if not isinstance(options[name], (bool, int, float, type(None))):
            options[name] = secret(options[name])
    # Not in local variables, because a traceback of an error here would show them.
    if options.get("_headers") is not None:
        options["_headers"] = guarded_headers(options["_headers"])
        checked_headers("_headers", options["_headers"])
    if options.get("_request_auths") is not None:
        options["_request_auths"] = _guarded_auths(options["_request_auths"])
        if options["_request_auths"] is None:
            raise ApiTypeError("_request_auths is a list of dicts with 'in', 'key' and 'value'")


def _guarded_auths(auths: Any) -> list[dict[str, Any]] | None:
    """Return credentials with masked values, or None if they have the wrong form."""
    if isinstance(auths, Mapping):
        auths = list(auths.values())
    if not isinstance(auths, (list, tuple)):
        return None
    if not all(isinstance(a, Mapping) and {"in", "key", "value"} <= a.keys() for a in auths):
        return None
    return [{**auth, "value": secret(auth["value"])} for auth in auths]


def refuse(call: str, options: Mapping[str, Any], reason: str) -> None:
    """Refuse the options that would change the return type of a call.

    Raises:
        ApiTypeError: Such an option is given.
    """
    for name, usual in _SHAPE.items():
        if boolean(options.get(name, usual)) is not usual:
            raise ApiTypeError(f"{call}() takes no {name}={options[name]!r:.60}: {reason}", [name])
