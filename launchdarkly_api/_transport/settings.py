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

    @property
    def host(self) -> str: ...
    @property
    def verify_ssl(self) -> bool: ...
    @property
    def ssl_ca_cert(self) -> str | None: ...
    @property
    def cert_file(self) -> str | None: ...
    @property
    def key_file(self) -> str | None: ...
    @property
    def assert_hostname(self) -> bool | str | None: ...
    @property
    def socket_options(self) -> Sequence[tuple[int, int, int | bytes]] | None: ...
    @property
    def connection_pool_maxsize(self) -> int | None: ...
    @property
    def no_proxy(self) -> str | None: ...
    @property
    def proxy(self) -> Any: ...  # ``str | None``, by a descriptor that type checkers do not follow
    @property
    def proxy_headers(self) -> Any: ...  # ``dict[str, str] | None``, likewise
    @property
    def respect_rate_limits(self) -> bool: ...
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
