"""Text from the caller: checked, and read by its value."""

from __future__ import annotations

from typing import Any

from launchdarkly_api._support.errors import ApiTypeError


def plain(text: str) -> str:
    """The characters of a text as an exact ``str``.

    ``str(member)`` and ``f"{member}"`` of ``class Key(str, Enum)`` give ``"Key.A"``, and not the
    value.
    """
    return str.__str__(text)


def text_of(value: Any) -> str:
    """The value of a text, and ``str(value)`` of anything else."""
    return plain(value) if isinstance(value, str) else str(value)


def checked_text(name: str, value: Any) -> Any:
    """A setting that must be text, or None.

    Args:
        name: How a message names the setting.
        value: The setting as ``secret.secret`` returns it, so that no frame holds a credential.

    Raises:
        ApiTypeError: It is something else. The message does not show it.
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
