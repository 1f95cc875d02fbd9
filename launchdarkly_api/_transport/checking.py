"""Checks settings before they are used, with the messages that their use would give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launchdarkly_api._support.text import checked_text
from launchdarkly_api._transport.proxy import check_proxy
from launchdarkly_api._transport.settings import (
    EVENTS,
    TransportSettings,
    hooks_for,
    number,
    pool_size,
)
from launchdarkly_api._transport.timeout import timeouts_for


def check(configuration: TransportSettings) -> None:
    """Refuse a setting that a call would refuse. Files are left to the first connection.

    Raises:
        ApiTypeError: A setting has the wrong type.
        ApiValueError: The value of a setting is not allowed.
    """
    timeouts_for(None, configuration.timeout)
    number(configuration, "max_retry_wait", "seconds")
    number(configuration, "max_response_bytes", "bytes")
    pool_size(configuration.connection_pool_maxsize)
    checked_text("Configuration.no_proxy", configuration.no_proxy)
    check_proxy(configuration)


def lists_of_hooks(given: Any) -> dict[Any, list[Callable[[Any], Any]]]:
    """Return a list of hooks for every event.

    Args:
        given: The hooks by event, or None.

    Raises:
        ApiTypeError: It is not a mapping.
        ApiValueError: It has the name of another event, or a value is not a list of callables.
    """
    return {event: list(hooks_for(event, given)) for event in EVENTS}
