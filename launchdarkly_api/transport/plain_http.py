"""A warning where an access token would travel in the clear."""

from __future__ import annotations

import ipaddress
import sys
import urllib.parse
import warnings
from types import FrameType

from urllib3.exceptions import SecurityWarning

_PACKAGE = __name__.partition(".")[0]


class InsecureTransportWarning(SecurityWarning):
    """An access token goes to another machine over plain http: anybody on the way can read it."""


def warn_of_plain_http(origin: str) -> None:
    """Warn, at the caller of the library, if this origin is not reached by TLS and not local."""
    parts = urllib.parse.urlsplit(origin)
    if parts.scheme != "http" or is_loopback(parts.hostname or ""):
        return
    warnings.warn(
        f"The access token is sent to {origin} without TLS, and can be read on the way;"
        " set Configuration.host to an https:// URL",
        InsecureTransportWarning,
        stacklevel=_level_of_caller(),
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: ``localhost``, 127.0.0.0/8, ``::1``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _level_of_caller() -> int:
    """How many frames above ``warn_of_plain_http`` the library was called."""
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level
