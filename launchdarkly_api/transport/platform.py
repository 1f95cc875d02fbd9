"""What Python cannot do in a browser, which makes the connections itself and has no threads."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from launchdarkly_api.exceptions import ApiValueError

if TYPE_CHECKING:
    from launchdarkly_api.configuration import Configuration

#: The settings that a browser decides, the values that leave it to the browser, and the remedy.
_OF_THE_BROWSER = {
    "proxy": ((None, ""), "set the proxy in the browser"),
    "verify_ssl": ((True,), "have the browser trust the certificate"),
    "ssl_ca_cert": ((None, ""), "add the CA to those that the browser trusts"),
    "cert_file": ((None, ""), "install the client certificate in the browser"),
    "key_file": ((None, ""), "install the client certificate in the browser"),
    "assert_hostname": ((None,), "call the host by the name in its certificate"),
    "socket_options": ((None,), "a browser has no sockets to set options of"),
}


def in_browser() -> bool:
    """Whether this Python is Pyodide, as in JupyterLite."""
    return sys.platform == "emscripten"


def check_settings(configuration: Configuration) -> None:
    """Refuse the settings that this platform cannot follow.

    Raises:
        ApiValueError: A setting says how to connect, and a browser decides that itself.
    """
    if not in_browser():
        return
    for name, (neutral, remedy) in _OF_THE_BROWSER.items():
        if getattr(configuration, name) not in neutral:
            raise ApiValueError(
                f"Configuration.{name} cannot be followed in a browser, which makes the connections"
                f" itself; leave it at {neutral[0]!r}, and {remedy}"
            )


def check_threads() -> None:
    """Refuse a call in the background if this platform has no threads.

    Raises:
        ApiValueError: There are none.
    """
    if in_browser():
        raise ApiValueError(
            "A call in the background needs a thread, which Python in a browser does not have;"
            " call without submit or async_req"
        )
