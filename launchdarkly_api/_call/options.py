"""What the ways to make a call ask of the options that they pass on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchdarkly_api._support.scalars import boolean
from launchdarkly_api.exceptions import ApiTypeError

#: Options that change what a call returns, as they are where they do not.
_SHAPE = {"async_req": False, "_preload_content": True, "_return_http_data_only": True}


def refuse(call: str, options: Mapping[str, Any], reason: str) -> None:
    """``ApiTypeError`` where an option would change what a call returns."""
    for name, usual in _SHAPE.items():
        if boolean(options.get(name, usual)) is not usual:
            raise ApiTypeError(f"{call}() takes no {name}={options[name]!r:.60}: {reason}", [name])
