"""Reads and checks text from the caller."""

from __future__ import annotations

from typing import Any

from launchdarkly_api._support.errors import ApiTypeError


def plain(text: str) -> str:
    """Convert text to a plain ``str``.

    For a member of ``class Key(str, Enum)``, ``str(member)`` and ``f"{member}"`` would return
    ``"Key.A"`` instead of the value.
    """
    return str.__str__(text)


def text_of(value: Any) -> str:
    """Convert text to a plain ``str``, and any other value with ``str(value)``."""
    return plain(value) if isinstance(value, str) else str(value)


def checked_text(name: str, value: Any) -> Any:
    """Check that a setting is text or None.

    Args:
        name: The name of the setting, for messages.
        value: The setting as ``secret.secret`` returns it, so that frames hold only masked values.

    Returns:
        The setting.

    Raises:
        ApiTypeError: The setting is neither. The message does not show it.
    """
    if value is None or isinstance(value, str):
        return value
    kind = getattr(value, "kind", type(value).__name__)
    if kind in ("bytes", "bytearray"):
        remedy = "give a str, such as value.decode() returns"
    elif kind.startswith("Secret"):
        remedy = "give a str, such as value.get_secret_value() returns"
    else:
        remedy = "give a str"
    raise ApiTypeError(f"{name} is of type {kind}; {remedy}", None, (str,))
