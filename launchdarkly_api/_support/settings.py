"""Settings that are mappings: checked, copied, and in a form that shows no credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from launchdarkly_api._support.errors import ApiTypeError
from launchdarkly_api._support.secret import NotText, SecretDict, secret
from launchdarkly_api._support.text import checked_text, plain


def guarded_texts(texts: Any) -> Any:
    """Texts by name, or what was given in place of them, in a form that shows none."""
    if texts is None or isinstance(texts, Mapping):
        return SecretDict(cast("Mapping[str, str]", texts or {}))
    return secret(texts)


def checked_texts(name: str, texts: Any, form: str) -> SecretDict:
    """Texts by name, as ``guarded_texts`` returns them, checked."""
    if not isinstance(texts, SecretDict):
        kind = texts.kind if isinstance(texts, NotText) else "str"
        raise ApiTypeError(f"Configuration.{name} is of type {kind}; give {form}")
    for key, text in texts.items():
        checked_text(f"A name in Configuration.{name}", key)
        checked_text(f"Configuration.{name}[{key!r:.60}]", text)
    return texts


def guarded_mapping(given: Any) -> Any:
    """A mapping, or what was given in place of one in a form that does not show it."""
    return given if given is None or _is_mapping(given) else secret(given)


def copied_mapping(name: str, given: Any) -> dict[str, Any]:
    """A copy of a mapping, as ``guarded_mapping`` returns it. ``ApiTypeError`` if it is none."""
    if given is None:
        return {}
    if not _is_mapping(given):
        kind = given.kind if isinstance(given, NotText) else "str"
        raise ApiTypeError(f"Configuration.{name} is of type {kind}; give a mapping")
    return {plain(key) if isinstance(key, str) else key: value for key, value in given.items()}


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)
