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
from launchdarkly_api._support.scalars import whole_number
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

#: The events of hooks, in the order in which they happen.
EVENTS = ("request", "response", "retry")
#: The number of idle connections if the setting is None.
_USUAL_SIZE = 4


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
    timeout: Any

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


# Apart, because a check in place would make the parts of the value unknown to type checkers.
def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))


def pool_size(given: int | None) -> int:
    """Return the number of idle connections to keep for a setting.

    Raises:
        ApiValueError: The setting is not a whole number of at least 1.
    """
    size = whole_number(_USUAL_SIZE if given is None else given)
    if size is None or size < 1:
        raise ApiValueError(
            f"Configuration.connection_pool_maxsize is {shown(given)}; give a number from 1"
        )
    return size


def hooks_for(event: str, hooks: Any) -> Sequence[Callable[[Any], Any]]:
    """Return the hooks for an event.

    Args:
        event: The name of the event.
        hooks: The setting. A program may have set any value.

    Raises:
        ApiTypeError: The setting is not a mapping.
        ApiValueError: The setting has the name of another event, or no list of callables.
    """
    if not hooks:
        return ()
    if not _is_mapping(hooks):
        raise ApiTypeError(f"Configuration.event_hooks is {shown(hooks)}; give lists by event")
    if not any(hooks.values()):
        return ()
    unknown = [name for name in hooks if name not in EVENTS]
    if unknown:
        raise ApiValueError(f"Configuration.event_hooks has {unknown}; there are {list(EVENTS)}")
    found: Any = hooks.get(event) or ()
    if not _is_list(found) or not all(map(callable, found)):
        raise ApiValueError(f"Configuration.event_hooks[{event!r}] must be a list of callables")
    callables: Sequence[Callable[[Any], Any]] = found
    return callables
