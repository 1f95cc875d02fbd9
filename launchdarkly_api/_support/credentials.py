"""Finds out whether an access token was given, and why not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launchdarkly_api._support.secret import MASK

_NAME = re.compile("[A-Za-z_-]{1,30}")


def usable(token: object) -> bool:
    """Return whether a value is text that is not blank."""
    return isinstance(token, str) and bool(token) and not token.isspace()


def why_no_token(keys: Mapping[str, Any], token: Any, scheme: str) -> str | None:
    """Return why a configuration that was given a token has none.

    Args:
        keys: The tokens by the name of their security scheme.
        token: The setting ``access_token``.
        scheme: The scheme of the service.

    Returns:
        The reason and the remedy, or None if no token was given.
    """
    if scheme in keys:
        setting, given = f"Configuration.api_key[{scheme!r}]", keys[scheme]
    elif keys:
        others = ", ".join(map(_shown, keys))
        return f"Configuration.api_key has {others}; its key must be {scheme!r}"
    elif token is None:
        return None
    else:
        setting, given = "Configuration.access_token", token
    state = "None" if given is None else "blank" if given else "empty"
    return f"{setting} is {state}; give an access token"


def _shown(key: object) -> str:
    """The key of a token, for a message. One that may be a token itself is masked."""
    return repr(key) if isinstance(key, str) and _NAME.fullmatch(key) else MASK
