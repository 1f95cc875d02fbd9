"""Validates the settings of ``Configuration``, and masks credentials in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, cast

from launchdarkly_api._support.errors import ApiTypeError, ApiValueError
from launchdarkly_api._support.secret import NotText, SecretDict, secret
from launchdarkly_api._support.text import checked_text, plain

#: JSON schema keywords that 13.0.0 let a caller turn off. The contract does not use any of them.
_VALIDATION_KEYWORDS = frozenset(
    (
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "multipleOf",
        "pattern",
    )
)


class Settings(TypedDict, total=False):
    """The arguments of the constructor of ``Configuration``."""

    host: str | None
    api_key: Mapping[str, str] | None
    api_key_prefix: Mapping[str, str] | None
    access_token: str | None
    username: str | None
    password: str | None
    discard_unknown_keys: bool
    disabled_client_side_validations: str
    server_index: int | None
    server_variables: Mapping[str, str] | None
    server_operation_index: Mapping[str, int] | None
    server_operation_variables: Mapping[str, Mapping[str, str]] | None
    ssl_ca_cert: str | None


def guarded_texts(texts: Any) -> Any:
    """Return a mapping of strings, or the value given instead of one, with masked values."""
    if texts is None or isinstance(texts, Mapping):
        return SecretDict(cast("Mapping[str, str]", texts or {}))
    return secret(texts)


def checked_texts(name: str, texts: Any, form: str) -> SecretDict:
    """Check the result of ``guarded_texts``.

    Raises:
        ApiTypeError: It is not a mapping from strings to strings.
    """
    if not isinstance(texts, SecretDict):
        kind = texts.kind if isinstance(texts, NotText) else "str"
        raise ApiTypeError(f"Configuration.{name} is of type {kind}; give {form}")
    for key, text in texts.items():
        checked_text(f"A name in Configuration.{name}", key)
        checked_text(f"Configuration.{name}[{key!r:.60}]", text)
    return texts


def guarded_mapping(given: Any) -> Any:
    """Return a mapping unchanged, or the value given instead of one, masked."""
    return given if given is None or _is_mapping(given) else secret(given)


def copied_mapping(name: str, given: Any) -> dict[str, Any]:
    """Return a copy of the result of ``guarded_mapping``.

    Raises:
        ApiTypeError: It is not a mapping.
    """
    if given is None:
        return {}
    if not _is_mapping(given):
        kind = given.kind if isinstance(given, NotText) else "str"
        raise ApiTypeError(f"Configuration.{name} is of type {kind}; give a mapping")
    return {plain(key) if isinstance(key, str) else key: value for key, value in given.items()}


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def check_keywords(names: str) -> None:
    """Check a comma-separated list of JSON schema keywords.

    Raises:
        ApiValueError: A name in it is not one of the keywords.
    """
    if any(name and name not in _VALIDATION_KEYWORDS for name in names.split(",")):
        raise ApiValueError(
            "Configuration.disabled_client_side_validations has a name that is none of"
            f" {sorted(_VALIDATION_KEYWORDS)}"
        )


def refuse_unknown(cls: type, settings: Any) -> None:
    """Refuse settings that are not arguments of the constructor of a class.

    Raises:
        ApiTypeError: The constructor does not have an argument of this name.
    """
    if not settings.keys() - Settings.__annotations__.keys():
        return
    from inspect import Parameter, signature

    taken = signature(cls).parameters
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in taken.values()):
        return
    unknown = next((name for name in settings if name not in taken), None)
    if unknown is not None:
        raise ApiTypeError(f"from_env() got an unexpected keyword argument {unknown!r}")
