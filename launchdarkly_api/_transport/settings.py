"""The settings that the transport reads, and numbers among them, checked when they are used.

``Configuration`` has all of these. The transport knows the settings, and not who holds them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any, Protocol

from launchdarkly_api._support.printable import shown
from launchdarkly_api.exceptions import ApiValueError


class TransportSettings(Protocol):
    """Plain attributes, which a program may change at any time. ``Configuration`` explains them."""

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
    def proxy(self) -> str | None: ...
    @property
    def no_proxy(self) -> str | None: ...
    @property
    def proxy_headers(self) -> dict[str, str] | None: ...
    @property
    def respect_rate_limits(self) -> bool: ...
    @property
    def event_hooks(self) -> Mapping[Any, list[Callable[[Any], Any]]]: ...
    @property
    def debug(self) -> bool: ...


def number(configuration: TransportSettings, name: str, unit: str) -> float:
    """A setting that is a number of something. ``ApiValueError`` where it is none."""
    value: Any = getattr(configuration, name)
    amount = _as_float(value)
    if amount is None or not 0 <= amount < math.inf:
        raise ApiValueError(
            f"Configuration.{name} is {shown(value)}; give a number of {unit}, 0 or more and finite"
        )
    return amount


def _as_float(value: object) -> float | None:
    # The first two are what nearly every value is, and are found faster.
    if isinstance(value, bool) or not isinstance(value, (int, float, Real)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
