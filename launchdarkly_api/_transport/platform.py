"""The limits of Python in a browser, which makes the connections itself and has no threads."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from launchdarkly_api._transport.settings import TransportSettings
from launchdarkly_api.exceptions import ApiValueError

#: The settings that a browser controls: the values that leave them to it, and a remedy for others.
_OF_THE_BROWSER: dict[str, tuple[tuple[Any, ...], str]] = {
    "proxy": ((None, ""), "set the proxy in the browser"),
    "verify_ssl": ((True,), "have the browser trust the certificate"),
    "ssl_ca_cert": ((None, ""), "add the CA to those that the browser trusts"),
    "cert_file": ((None, ""), "install the client certificate in the browser"),
    "key_file": ((None, ""), "install the client certificate in the browser"),
    "assert_hostname": ((None,), "call the host by the name in its certificate"),
    "socket_options": ((None, []), "a browser has no sockets to set options of"),
}
#: The headers that a browser sets itself. It would let a program replace ``User-Agent`` only with
#: the service's permission (CORS), which services do not give. ``Accept-Encoding`` depends on the
#: codings that the browser can decode.
_HEADERS_OF_THE_BROWSER = frozenset(("user-agent", "accept-encoding"))


def in_browser() -> bool:
    """Whether this Python is Pyodide, as in JupyterLite."""
    return sys.platform == "emscripten"


def check_settings(configuration: TransportSettings) -> None:
    """Refuse the settings that this platform cannot follow.

    Raises:
        ApiValueError: A setting controls the connection, and a browser controls that itself.
    """
    if not in_browser():
        return
    for name, (neutral, remedy) in _OF_THE_BROWSER.items():
        if getattr(configuration, name) not in neutral:
            raise ApiValueError(
                f"Configuration.{name} cannot be followed in a browser, which makes the connections"
                f" itself; leave it at {neutral[0]!r}, and {remedy}"
            )


def permitted(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers that a program may send from this platform.

    Raises:
        ApiValueError: A header is ``Cookie``, which a browser would silently leave out.
    """
    if not in_browser():
        return headers
    if any(name.lower() == "cookie" for name in headers):
        raise ApiValueError(
            "A Cookie header cannot be sent from a browser, which sends its own; remove it and set"
            " Configuration.access_token"
        )
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in _HEADERS_OF_THE_BROWSER
    }


def check_threads() -> None:
    """Refuse a call in the background if this platform has no threads.

    Raises:
        ApiValueError: The platform has no threads.
    """
    if in_browser():
        raise ApiValueError(
            "A call in the background needs a thread, which Python in a browser does not have;"
            " call without submit or async_req"
        )
