"""Validates the settings of ``Configuration``, and masks credentials in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypedDict, TypeVar, cast

import urllib3

from launchdarkly_api._support.errors import ApiTypeError, ApiValueError
from launchdarkly_api._support.secret import NotText, SecretDict, secret
from launchdarkly_api._support.text import checked_text, plain

Number = int | float
Event = Literal["request", "response", "retry"]

T = TypeVar("T")
GivenT = TypeVar("GivenT")

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
    timeout: Number | tuple[Number, Number] | urllib3.Timeout | None
    retries: int | urllib3.Retry | None
    max_retry_wait: Number
    respect_rate_limits: bool
    max_response_bytes: int
    proxy: str | None
    no_proxy: str | None
    proxy_headers: Mapping[str, str] | None
    verify_ssl: bool
    cert_file: str | None
    key_file: str | None
    assert_hostname: bool | str | None
    socket_options: Sequence[tuple[int, int, int | bytes]] | None
    connection_pool_maxsize: int | None
    event_hooks: Mapping[Event, Sequence[Callable[[Any], Any]]] | None
    refresh_api_key_hook: Callable[[Any], Any] | None
    debug: bool
    logger_file: str | None
    logger_format: str
    safe_chars_for_path_param: str
    client_side_validation: bool
    temp_folder_path: str | None


def guarded_texts(texts: Any) -> Any:
    """Return a mapping of strings, or the value given instead of one, with masked values."""
    if texts is None or isinstance(texts, Mapping):
        return SecretDict(cast("Mapping[str, str]", texts or {}))
    return secret(texts)


class _Setting(Generic[T, GivenT]):
    """A setting of a configuration, stored under its name with an underscore. Its value is masked.

    Args:
        description: The docstring.
        form: The form of a mapping, for messages.
    """

    def __init__(self, description: str, form: str = "") -> None:
        self.__doc__ = f"{description} Its ``repr`` is masked."
        self._form = form

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, configuration: Any, owner: type) -> T:
        if configuration is None:
            return cast("T", self)
        return cast("T", vars(configuration)[f"_{self._name}"])

    def __set__(self, configuration: Any, value: GivenT) -> None:
        # Masked first, because a traceback of the error may show this frame.
        value = self._masked(value)
        vars(configuration)[f"_{self._name}"] = self._checked(value)

    def _masked(self, value: Any) -> Any:
        return guarded_texts(value)

    def _checked(self, value: Any) -> Any:
        if not isinstance(value, SecretDict):
            kind = value.kind if isinstance(value, NotText) else "str"
            raise ApiTypeError(f"Configuration.{self._name} is of type {kind}; give {self._form}")
        texts: Mapping[Any, Any] = value
        for key, text in texts.items():
            checked_text(f"A name in Configuration.{self._name}", key)
            checked_text(f"Configuration.{self._name}[{key!r:.60}]", text)
        return texts


class SecretTexts(_Setting["dict[str, str]", "Mapping[str, str] | None"]):
    """A setting that is a mapping of texts. None becomes an empty dict."""


class OptionalSecretTexts(_Setting["dict[str, str] | None", "Mapping[str, str] | None"]):
    """A setting that is a mapping of texts, or None."""

    def _masked(self, value: Any) -> Any:
        return None if value is None else guarded_texts(value)

    def _checked(self, value: Any) -> Any:
        return None if value is None else super()._checked(value)


class SecretText(_Setting["str | None", "str | None"]):
    """A setting that is text or None."""

    def _masked(self, value: Any) -> Any:
        return secret(value)

    def _checked(self, value: Any) -> Any:
        return checked_text(f"Configuration.{self._name}", value)


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


def first_set(variables: Sequence[str]) -> str | None:
    """Return the value of the first of these environment variables that is not blank, or None."""
    return next((v for v in (os.environ.get(n, "").strip() for n in variables) if v), None)
