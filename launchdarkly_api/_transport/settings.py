"""The settings that the transport reads. Numbers are checked when they are used.

``Configuration`` has all of these. The transport depends on the settings alone, and not on the
class that has them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any, Protocol

from launchdarkly_api._support.printable import shown
from launchdarkly_api.exceptions import ApiValueError


class TransportSettings(Protocol):
    """Plain attributes, which a program may change at any time. See ``Configuration`` for each."""

    verify_ssl: bool
    ssl_ca_cert: str | None
    cert_file: str | None
    key_file: str | None
    assert_hostname: bool | str | None
    socket_options: Sequence[tuple[int, int, int | bytes]] | None
    connection_pool_maxsize: int | None
    no_proxy: str | None
    respect_rate_limits: bool

    @property
    def host(self) -> str: ...
    @property
    def proxy(self) -> Any: ...  # ``str | None``, by a descriptor that type checkers do not follow
    @property
    def proxy_headers(self) -> Any: ...  # ``dict[str, str] | None``, likewise
    @property
    def event_hooks(self) -> Mapping[Any, list[Callable[[Any], Any]]]: ...
    @property
    def debug(self) -> bool: ...


def number(configuration: TransportSettings, name: str, unit: str) -> float:
    """Return the number that a setting holds.

    Raises:
        ApiValueError: The setting is not a finite number of at least 0.
    """
    value: Any = getattr(configuration, name)
    amount = _as_float(value)
    if amount is None or not 0 <= amount < math.inf:
        raise ApiValueError(
            f"Configuration.{name} is {shown(value)}; give a number of {unit}, 0 or more and finite"
        )
    return amount


def _as_float(value: object) -> float | None:
    # Nearly every value is an int or a float, and a check for those is faster than one for Real.
    if isinstance(value, bool) or not isinstance(value, (int, float, Real)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
