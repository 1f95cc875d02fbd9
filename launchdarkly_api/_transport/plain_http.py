"""Warns if an access token would be sent without encryption."""

from __future__ import annotations

import ipaddress
import urllib.parse
import warnings

from launchdarkly_api._support.caller import level_of_caller
from launchdarkly_api.exceptions import InsecureTransportWarning


def warn_of_plain_http(origin: str) -> None:
    """Warn, at the line that called the library, if the origin is neither https nor local."""
    parts = urllib.parse.urlsplit(origin)
    if parts.scheme != "http" or is_loopback(parts.hostname or ""):
        return
    warnings.warn(
        f"The access token is sent to {origin} without TLS, and can be read on the way;"
        " set Configuration.host to an https:// URL",
        InsecureTransportWarning,
        stacklevel=level_of_caller(),
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: ``localhost``, 127.0.0.0/8, ``::1``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
